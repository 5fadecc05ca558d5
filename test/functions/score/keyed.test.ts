import assert from 'node:assert/strict';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import { RESOURCES } from '../../start/provision.ts';
import { query, useLender } from '../support/lender.ts';
import { type LocalProxy, startProxy } from '../support/proxy.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually, type Instance, startInstance } from '../support/score.ts';
import type { Reply } from '../support/serve.ts';
import { deploy, makeVersion, storeVersion } from '../support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const V3 = 'v20260603_000000';
const REQUEST = { ...requestOf(loanRows(1, 3).applications[0]!), amount: 500 };
const REPLAYED = 'idempotent-replayed';

/** A row without what Pub/Sub writes of the message that brought it. */
function withoutMessage(row: Record<string, unknown>) {
  const { message_id: _, publish_time: __, ...event } = row;
  return event;
}

describe('a decision with an Idempotency-Key', function () {
  this.timeout(30_000);
  const lender = useLender();
  let one: Instance;
  let other: Instance;
  let keys = 0;
  const newKey = () => ({ 'idempotency-key': `"key ${++keys}"` });

  before(async () => {
    await deploy(lender.objects, 'loans', { champion: await version(V1) });
    one = await startInstance(lender);
    other = await startInstance(lender);
  });
  after(() => Promise.all([one.stop(), other.stop()]));

  const version = (name: string, changes?: Parameters<typeof makeVersion>[2]) =>
    storeVersion(lender.objects, lender.portfolio, name, changes);
  const get = async (id: string, { url } = one): Promise<Pick<Reply, 'status' | 'body'>> => {
    const response = await fetch(`${url}/v1/loans/decisions/${id}`);
    return { status: response.status, body: await response.json() };
  };
  const kept = async () => {
    const [files] = await lender.storage.bucket(RESOURCES.decisionsBucket).getFiles();
    return files.map(({ name }) => name);
  };
  /** The events of a decision, once there is one; the later ones may still be on their way. */
  const eventsOf = (id: string) =>
    eventually(async () => {
      const rows = await query(
        lender,
        `SELECT * FROM flit.decisions WHERE decided_at >= '2000-01-01' AND decision_id = '${id}' ORDER BY decided_at`,
      );
      return rows.length > 0 ? rows : undefined;
    });

  it('is answered, recorded and kept like any other', async () => {
    const { status, headers, body } = await one.decide(REQUEST, { 'idempotency-key': 'abc' });
    assert.equal(status, 200);
    assert.equal(headers.get(REPLAYED), null);
    assert.equal(body.model_version, V1);
    assert.ok((await kept()).includes(`decisions/loans/${body.decision_id}.json`));
    const [event] = await eventsOf(body.decision_id);
    assert.equal(
      event!.idempotency_key_sha256,
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('is the same when it is asked for again, at any instance, in quotes or not', async () => {
    const first = await one.decide(REQUEST, { 'idempotency-key': 'again' });
    const members = Object.entries(REQUEST).reverse();
    const written = JSON.stringify(Object.fromEntries(members), null, 2);
    for (const { decide } of [one, other, other]) {
      const { status, headers, body } = await decide(written, { 'idempotency-key': '"again"' });
      assert.equal(status, 200);
      assert.equal(headers.get(REPLAYED), 'true');
      assert.deepEqual(body, first.body);
    }
    const [event, ...copies] = (await eventsOf(first.body.decision_id)).map(withoutMessage);
    for (const copy of copies) assert.deepEqual(copy, event);
  });

  it('is refused to another body, which changes nothing', async () => {
    const key = newKey();
    const first = await one.decide(REQUEST, key);
    const refused = await other.decide({ ...REQUEST, amount: 501 }, key);
    assert.equal(refused.status, 422);
    assert.equal(refused.body.code, 'idempotency_key_reused');
    // Even to one that would be refused anyway.
    assert.equal((await other.decide({ ...REQUEST, amount: 'much' }, key)).status, 422);
    assert.deepEqual((await one.decide(REQUEST, key)).body, first.body);
  });

  it('is one for duplicates at the same time', async () => {
    const key = newKey();
    const before = (await kept()).length;
    // A busy machine may not keep it in time: then, as a checkout would, once more.
    const ask = async ({ decide }: Instance): Promise<Reply> => {
      const reply = await decide(REQUEST, key);
      return reply.status === 503 ? ask(one) : reply;
    };
    const asked = Array.from({ length: 12 }, (_, i) => ask(i % 2 ? one : other));
    const replies = await Promise.all(asked);
    assert.equal(new Set(replies.map(({ body }) => JSON.stringify(body))).size, 1);
    assert.ok(replies.filter(({ headers }) => headers.get(REPLAYED) === null).length <= 1);
    assert.equal((await kept()).length, before + 1);
  });

  it('takes no key for what the contract refuses', async () => {
    const key = newKey();
    const refused = await one.decide({ ...REQUEST, amount: -1 }, key);
    assert.equal(refused.status, 400);
    assert.equal(refused.body.errors[0].pointer, '/amount');
    const mended = await one.decide(REQUEST, key);
    assert.equal(mended.status, 200);
    assert.equal(mended.headers.get(REPLAYED), null);
  });

  it('refuses a key that is none, and decides nothing', async () => {
    const before = await kept();
    for (const key of ['', 'a, b', `"${'x'.repeat(256)}"`, 'cl\xe9']) {
      const { status, body } = await one.decide(REQUEST, { 'idempotency-key': key });
      assert.equal(status, 400, key);
      assert.match(body.detail, /Idempotency-Key/);
    }
    assert.deepEqual(await kept(), before);
  });

  it('is read again by its id, and only then', async () => {
    const { body } = await one.decide(REQUEST, newKey());
    assert.deepEqual(await get(body.decision_id, other), { status: 200, body });
    const without = await one.decide(REQUEST);
    for (const id of [without.body.decision_id, 'x', body.decision_id.replace(/.$/, 'z')]) {
      assert.equal((await get(id)).status, 404, id);
    }
    const elsewhere = await fetch(`${one.url}/v1/cars/decisions/${body.decision_id}`);
    assert.equal(elsewhere.status, 404);
  });

  describe('after a promotion', () => {
    afterEach(async () => {
      await deploy(lender.objects, 'loans', { champion: await version(V1) });
    });

    it('is still the first one', async () => {
      const key = newKey();
      const first = await one.decide(REQUEST, key);
      await deploy(lender.objects, 'loans', { champion: await version(V2, { lift: 2 }) });
      assert.equal((await other.decide(REQUEST)).body.model_version, V2);
      const again = await other.decide(REQUEST, key);
      assert.deepEqual(again.body, first.body);
      assert.equal(again.body.model_version, V1);
    });

    it('is still the first one where the new version would refuse the body', async () => {
      const key = newKey();
      const first = await one.decide(REQUEST, key);
      const { application, sql } = lender.portfolio;
      const inputs = inputFields(application).map((input) =>
        input.name === 'amount' ? { ...input, minimum: 1000 } : input,
      );
      const features = compileFeatures(sql.features, inputs);
      const { golden } = (await makeVersion(lender.portfolio, V3)).manifest;
      const large = golden.filter(({ request }) => (request.amount as number) >= 1000);
      await deploy(lender.objects, 'loans', {
        champion: await version(V3, { features, golden: large }),
      });
      assert.equal((await other.decide(REQUEST)).status, 400);
      assert.equal((await other.decide(REQUEST, newKey())).status, 400);
      const again = await other.decide(REQUEST, key);
      assert.equal(again.status, 200);
      assert.deepEqual(again.body, first.body);
    });
  });

  describe('whose first instance died before it was published', () => {
    const die = async () => {
      const key = newKey();
      const { body } = await one.decide(REQUEST, key);
      await eventsOf(body.decision_id);
      await query(
        lender,
        `DELETE FROM flit.decisions
         WHERE decided_at >= '2000-01-01' AND decision_id = '${body.decision_id}'`,
      );
      return { key, body };
    };

    it('is published when it is asked for again', async () => {
      const { key, body } = await die();
      assert.deepEqual((await other.decide(REQUEST, key)).body, body);
      assert.equal((await eventsOf(body.decision_id)).length, 1);
    });

    it('is published when it is read', async () => {
      const { body } = await die();
      assert.deepEqual((await get(body.decision_id, other)).body, body);
      assert.equal((await eventsOf(body.decision_id)).length, 1);
    });
  });

  describe('while Cloud Storage', () => {
    let proxy: LocalProxy;
    let instance: Instance;

    before(async () => {
      proxy = await startProxy(lender.cloud.origin);
      instance = await startInstance(lender, {}, { STORAGE_EMULATOR_HOST: proxy.origin });
      await instance.decide(REQUEST);
    });
    after(async () => {
      await instance.stop();
      await proxy.stop();
    });
    const ofDecisions = (line: string) => line.includes(RESOURCES.decisionsBucket);

    for (const [what, fate] of [
      ['is silent', 'silence'],
      ['breaks connections', 'break'],
      ['answers 403', 403],
      ['answers 503', 503],
    ] as const) {
      it(`${what} is not made: 503, and is when that is over`, async () => {
        const key = newKey();
        proxy.fate = (line) => (ofDecisions(line) ? fate : undefined);
        const refused = await instance.decide(REQUEST, key);
        assert.equal(refused.status, 503);
        assert.equal(refused.headers.get('retry-after'), '1');
        assert.equal(refused.body.code, 'unavailable');
        assert.equal((await get(crypto.randomUUID(), instance)).status, 404);
        assert.equal((await instance.decide(REQUEST)).status, 200);
        proxy.fate = () => undefined;
        assert.equal((await instance.decide(REQUEST, key)).status, 200);
      });
    }

    it('works costs a write, and one without a key nothing', async () => {
      const before = proxy.seen.filter(ofDecisions).length;
      await instance.decide(REQUEST);
      assert.equal(proxy.seen.filter(ofDecisions).length, before);
      await instance.decide(REQUEST, newKey());
      assert.equal(proxy.seen.filter(ofDecisions).length, before + 1);
    });

    it('holds something else in its place is not told: 500, and the log names the object', async () => {
      const key = newKey();
      const { body } = await one.decide(REQUEST, key);
      const name = `decisions/loans/${body.decision_id}.json`;
      const file = lender.storage.bucket(RESOURCES.decisionsBucket).file(name);
      await file.save('{"format":2}', { resumable: false });
      const refused = await instance.decide(REQUEST, key);
      assert.equal(refused.status, 500);
      const [line] = instance.log.of('request failed').slice(-1);
      assert.match(String(line!.stack_trace), new RegExp(name));
      await file.delete();
    });
  });
});
