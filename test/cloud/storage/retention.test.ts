import assert from 'node:assert/strict';
import type { Bucket, FileMetadata } from '@google-cloud/storage';
import { START, startStorage, status, type TestStorage } from './testing.ts';

const HOUR = 3_600_000;
const at = (hours: number) => new Date(START + hours * HOUR).toISOString();
const unlocked = (hours: number) => ({ mode: 'Unlocked', retainUntilTime: at(hours) });
const locked = (hours: number) => ({ mode: 'Locked', retainUntilTime: at(hours) });

const OVERRIDE = 'overrideUnlockedRetention=true';
const KEPT = status(403, /cannot be deleted or overwritten until 2026-01-02T04:04:05\.000Z/);

describe('object retention', () => {
  let storage: TestStorage;
  let plain: Bucket;
  let versioned: Bucket;
  beforeEach(async () => {
    storage = await startStorage();
    const retention = { enableObjectRetention: true };
    [plain] = await storage.client.createBucket('plain', retention);
    const versioning = { enabled: true };
    [versioned] = await storage.client.createBucket('versioned', { ...retention, versioning });
  });
  afterEach(() => storage.stop());

  const save = (bucket: Bucket, metadata: FileMetadata, resumable = false) =>
    bucket.file('x').save('one', { resumable, metadata });
  const found = async (bucket: Bucket) => (await bucket.file('x').getMetadata())[0];
  /** The client's types know no override. */
  const patch = async (retention: object | null, query = '') => {
    const body = JSON.stringify({ retention });
    const url = `${storage.origin}/storage/v1/b/plain/o/x?${query}`;
    const response = await fetch(url, { method: 'PATCH', body });
    const answer = (await response.json()) as FileMetadata & {
      error?: { errors: { reason: string }[] };
    };
    return { status: response.status, reason: answer.error?.errors[0]?.reason, answer };
  };

  it('is a bucket’s from the start or never, whatever is changed of the bucket', async () => {
    const enabled = { mode: 'Enabled' };
    assert.deepEqual((await plain.getMetadata())[0].objectRetention, enabled);
    await plain.setMetadata({ labels: { a: 'b' } });
    for (const [method, body] of [
      ['PATCH', '{"objectRetention":null}'],
      ['PUT', '{}'],
    ] as const) {
      await fetch(`${storage.origin}/storage/v1/b/plain`, { method, body });
      assert.deepEqual((await plain.getMetadata())[0].objectRetention, enabled, method);
    }
    const [without] = await storage.client.createBucket('without');
    await without.setMetadata({ objectRetention: enabled });
    assert.equal((await without.getMetadata())[0].objectRetention, undefined);
  });

  for (const resumable of [false, true]) {
    it(`comes with ${resumable ? 'a resumable' : 'a multipart'} upload and is shown`, async () => {
      await save(plain, { retention: unlocked(1) }, resumable);
      const { retention, retentionExpirationTime } = await found(plain);
      assert.deepEqual(retention, unlocked(1));
      assert.equal(retentionExpirationTime, at(1));
    });
  }

  it('is refused where the bucket has it not', async () => {
    const [without] = await storage.client.createBucket('without');
    await assert.rejects(
      save(without, { retention: unlocked(1) }),
      status(400, /bucket without does not have object retention enabled/),
    );
    await save(without, {});
    await assert.rejects(
      without.file('x').setMetadata({ retention: unlocked(1) }),
      status(400, /retention enabled/),
    );
  });

  it('ends in the next hundred years', async () => {
    for (const hours of [-1, 24 * 365.25 * 100 + 1]) {
      await assert.rejects(save(plain, { retention: unlocked(hours) }), status(400, /100 years/));
    }
    await assert.rejects(plain.file('x').getMetadata(), status(404));
  });

  it('forbids to delete, and to overwrite by whatever means', async () => {
    await save(plain, { retention: unlocked(1) });
    const file = plain.file('x');
    await plain.file('y').save('two');
    await assert.rejects(file.delete(), KEPT);
    await assert.rejects(file.save('two', { resumable: false }), KEPT);
    await assert.rejects(file.save('two', { resumable: true }), KEPT);
    await assert.rejects(plain.file('y').copy(file), KEPT);
    await assert.rejects(plain.combine(['x', 'y'], 'x'), KEPT);
    const { reason } = await patch(null);
    assert.equal(reason, 'retentionPolicyNotMet');
    assert.equal(String((await file.download())[0]), 'one');
  });

  it('lets a condition fail first', async () => {
    await save(plain, { retention: unlocked(1) });
    const preconditionOpts = { ifGenerationMatch: 0 };
    await assert.rejects(plain.file('x').save('two', { preconditionOpts }), status(412));
  });

  it('ends: then the object may go', async () => {
    // Each look at the clock is a second later.
    await save(plain, { retention: { ...unlocked(0), retainUntilTime: at(10 / 3600) } });
    await assert.rejects(plain.file('x').delete(), status(403));
    for (let i = 0; i < 10; i++) await plain.file(`later-${i}`).save('x');
    await plain.file('x').delete();
  });

  it('lets a version become noncurrent, and holds it as that', async () => {
    await save(versioned, { retention: locked(1) });
    const { generation } = await found(versioned);
    await versioned.file('x').save('two');
    assert.equal((await found(versioned)).retention, undefined);
    const old = versioned.file('x', { generation: String(generation) });
    await assert.rejects(old.delete(), KEPT);
    assert.equal(String((await old.download())[0]), 'one');
    await versioned.file('x').delete();
    const [files] = await versioned.getFiles({ versions: true });
    assert.equal(files.length, 2);
  });

  it('leaves other fields free', async () => {
    await save(plain, { retention: locked(1) });
    await plain.file('x').setMetadata({ contentType: 'a/b', metadata: { k: 'v' } });
    const { contentType, retention } = await found(plain);
    assert.deepEqual([contentType, retention], ['a/b', locked(1)]);
    const { answer } = await patch({});
    assert.deepEqual(answer.retention, locked(1));
  });

  it('may be given later, and be made longer by anybody', async () => {
    await save(plain, {});
    for (const wanted of [unlocked(1), unlocked(2)]) {
      await plain.file('x').setMetadata({ retention: wanted });
      assert.deepEqual((await found(plain)).retention, wanted);
    }
    await patch(locked(2), OVERRIDE);
    await plain.file('x').setMetadata({ retention: locked(3) });
    assert.deepEqual((await found(plain)).retention, locked(3));
  });

  for (const [what, wanted] of [
    ['shorter', unlocked(1)],
    ['locked', locked(2)],
    ['none', null],
    ['none, by its parts', { mode: null, retainUntilTime: null }],
  ] as const) {
    it(`that is unlocked becomes ${what} only by an override`, async () => {
      await save(plain, { retention: unlocked(2) });
      assert.equal((await patch(wanted)).status, 403);
      assert.deepEqual((await found(plain)).retention, unlocked(2));
      const { status, answer } = await patch(wanted, OVERRIDE);
      assert.equal(status, 200);
      assert.deepEqual(answer.retention, wanted?.mode ? wanted : undefined);
    });
  }

  for (const wanted of [locked(1), unlocked(2), null]) {
    it(`that is locked does not become ${JSON.stringify(wanted)}`, async () => {
      await save(plain, { retention: locked(2) });
      const { status, reason } = await patch(wanted, OVERRIDE);
      assert.deepEqual([status, reason], [403, 'retentionPolicyNotMet']);
      assert.deepEqual((await found(plain)).retention, locked(2));
    });
  }

  it('is taken away by a PUT that leaves it out, which needs an override too', async () => {
    await save(plain, { retention: unlocked(1) });
    const put = (query: string) =>
      fetch(`${storage.origin}/storage/v1/b/plain/o/x?${query}`, { method: 'PUT', body: '{}' });
    assert.equal((await put('')).status, 403);
    assert.equal((await put(OVERRIDE)).status, 200);
    await plain.file('x').delete();
  });

  it('is not copied', async () => {
    await save(plain, { contentType: 'a/b', retention: unlocked(1) });
    await plain.file('x').copy(plain.file('copy'));
    const [{ contentType, retention }] = await plain.file('copy').getMetadata();
    assert.deepEqual([contentType, retention], ['a/b', undefined]);
  });
});
