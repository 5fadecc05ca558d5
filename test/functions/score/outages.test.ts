import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { PubSub } from '@google-cloud/pubsub';
import { messageOf } from '../../../shared/decision/message.ts';
import { createEventCheck } from '../../../shared/republish/event_check.ts';
import { logItems } from '../../../shared/republish/log_events.ts';
import { republish } from '../../../shared/republish/republish.ts';
import { InferenceSession } from '../../../shared/scorer/onnxruntime.ts';
import { RESOURCES } from '../../start/provision.ts';
import { columnsOf } from '../../start/sql_objects.ts';
import { query, useLender } from '../support/lender.ts';
import { scoreOnPaper } from '../support/paper.ts';
import { startProxy } from '../support/proxy.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { bothEngines, eventually, type Instance, startInstance } from '../support/score.ts';
import { deploy, makeVersion, storeVersion } from '../support/versions.ts';

const VERSION = 'v20260601_000000';
const SHADOW = 'v20260602_000000';
const REQUEST = requestOf(loanRows(1, 3).applications[0]!);

describe('an outage', () => {
  const lender = useLender();
  let instance: Instance | undefined;

  before(async () => {
    const champion = await storeVersion(lender.objects, lender.portfolio, VERSION);
    const shadow = await storeVersion(lender.objects, lender.portfolio, SHADOW);
    await deploy(lender.objects, 'loans', { champion, shadows: [shadow] });
  });
  afterEach(() => instance?.stop());

  describe('of Pub/Sub', () => {
    let silent: Server;
    const sockets = new Set<Socket>();

    before(async () => {
      silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
      await once(silent, 'listening');
    });
    after(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });

    const hosts: Record<string, () => string> = {
      'refuses connections': () => '127.0.0.1:1',
      'is silent': () => `127.0.0.1:${(silent.address() as AddressInfo).port}`,
    };
    for (const [what, host] of Object.entries(hosts)) {
      it(`that ${what} keeps no answer back, and the whole event is in the log`, async () => {
        instance = await startInstance(lender, {}, { PUBSUB_EMULATOR_HOST: host() });
        const { status, body } = await instance.decide(REQUEST);
        assert.equal(status, 200);
        assert.equal(body.model_version, VERSION);
        const [line] = instance.log.of(
          'the decision event could not be published; it is kept here',
        );
        assert.equal(line!.severity, 'CRITICAL');
        const event = line!.decision_event as Record<string, unknown>;
        assert.equal(event.decision_id, body.decision_id);
        assert.equal(event.pd, body.probability_of_default);
        assert.deepEqual(JSON.parse(String(event.request)), REQUEST);
        assert.equal((event.scores as unknown[]).length, 2);
      });
    }
  });

  it('of the topic’s schema keeps no answer back, and the log’s event can be published again', async () => {
    const pubsub = new PubSub({ projectId: lender.projectId });
    const fields = [{ name: 'of_another_release', type: 'string' }];
    const definition = JSON.stringify({ type: 'record', name: 'Strict', fields });
    const schema = await pubsub.createSchema('strict', 'AVRO', definition);
    const schemaSettings = { schema: await schema.getName(), encoding: 'JSON' } as const;
    await pubsub.createTopic({ name: 'strict', schemaSettings });
    instance = await startInstance(lender, { DECISIONS_TOPIC: 'strict' });
    const { status, body } = await instance.decide(REQUEST);
    assert.equal(status, 200);
    const [line] = instance.log.of('the decision event could not be published; it is kept here');
    assert.match(String(line!.stack_trace), /Message failed schema validation/);
    const { published } = await republish(
      logItems(Readable.from([JSON.stringify(line)])),
      createEventCheck(await columnsOf('decisions')),
      (event) => pubsub.topic(RESOURCES.decisionsTopic).publishMessage(messageOf(event)),
    );
    assert.equal(published, 1);
    const [row] = await eventually(async () => {
      const sql = `SELECT outcome, pd FROM flit_views.decisions
                   WHERE decided_at >= '2000-01-01' AND decision_id = '${body.decision_id}'`;
      const rows = await query(lender, sql);
      return rows.length > 0 ? rows : undefined;
    });
    assert.deepEqual(row, { outcome: body.outcome, pd: body.probability_of_default });
    await pubsub.close();
  });

  it('of Cloud Storage at the start leaves policy alone, until it is over', async () => {
    const proxy = await startProxy(lender.cloud.origin);
    proxy.fate = () => 'silence';
    instance = await startInstance(lender, {}, { STORAGE_EMULATOR_HOST: proxy.origin });
    try {
      const { status, body } = await instance.decide(REQUEST);
      assert.equal(status, 200);
      assert.equal(body.outcome, 'review');
      assert.equal(body.model_version, null);
      proxy.fate = () => undefined;
      // What was asked in silence is still asked, and given up in the end; a new instance is not held up.
      const next = await startInstance(lender, {}, { STORAGE_EMULATOR_HOST: proxy.origin });
      assert.equal((await next.decide(REQUEST)).body.model_version, VERSION);
      await next.stop();
    } finally {
      await proxy.stop();
    }
  });

  for (const [what, fate] of [
    ['answers 403', 403],
    ['answers 404', 404],
  ] as const) {
    it(`of Cloud Storage that ${what} costs a warm instance nothing, and ends when it ends`, async () => {
      const proxy = await startProxy(lender.cloud.origin);
      instance = await startInstance(lender, {}, { STORAGE_EMULATOR_HOST: proxy.origin });
      const { decide } = instance;
      try {
        assert.equal((await decide(REQUEST)).body.model_version, VERSION);
        proxy.fate = () => fate;
        for (let i = 0; i < 3; i++) {
          assert.equal((await decide(REQUEST)).body.model_version, VERSION);
        }
        const next = 'v20260603_000000';
        const champion = await storeVersion(lender.objects, lender.portfolio, next);
        const generation = await deploy(lender.objects, 'loans', { champion });
        proxy.fate = () => undefined;
        assert.equal((await decide(REQUEST)).body.model_version, next);
        assert.ok(generation > 0);
      } finally {
        await proxy.stop();
        const champion = await storeVersion(lender.objects, lender.portfolio, VERSION);
        await deploy(lender.objects, 'loans', { champion });
      }
    });
  }

  describe('of onnxruntime', () => {
    let prototype: { run: InferenceSession['run'] };
    let run: InferenceSession['run'];

    before(async () => {
      const { files } = await makeVersion(lender.portfolio, VERSION);
      const session = await InferenceSession.create(files.get('model.onnx')!);
      prototype = Object.getPrototypeOf(session);
      run = prototype.run;
      await session.release();
    });
    afterEach(() => {
      prototype.run = run;
    });

    const failures: Record<string, () => Promise<never> | ReturnType<InferenceSession['run']>> = {
      'that throws': async () => {
        throw new Error('out of memory');
      },
      'that answers no number': async () =>
        ({ probability: { data: [Number.NaN] }, pd: { data: [Number.NaN] } }) as never,
    };
    for (const [what, fail] of Object.entries(failures)) {
      it(`${what} leaves the kernel, which answers the same; each failure is said once`, async () => {
        instance = await startInstance(lender);
        const well = await instance.decide(REQUEST);
        await bothEngines(instance);
        prototype.run = fail as InferenceSession['run'];
        const { status, body } = await instance.decide(REQUEST);
        assert.equal(status, 200);
        assert.equal(body.model_version, VERSION);
        assert.equal(body.outcome, well.body.outcome);
        const { pd } = scoreOnPaper(REQUEST);
        assert.ok(Math.abs(body.probability_of_default - pd) < 1e-6);
        // Champion and shadow.
        assert.equal(instance.log.of('onnxruntime failed; the kernel scores').length, 2);
        const event = await eventually(async () => {
          const [rows] = await lender.bigquery.query({
            query:
              "SELECT pd, fallback FROM flit.decisions WHERE decided_at >= '2000-01-01' AND decision_id = @id",
            params: { id: body.decision_id },
          });
          return rows[0];
        });
        assert.deepEqual(event, { pd: body.probability_of_default, fallback: null });
      });
    }
  });
});
