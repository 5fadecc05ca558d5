import assert from 'node:assert/strict';
import { START, startStorage, status, type TestStorage } from './testing.ts';

describe('buckets', () => {
  let storage: TestStorage;
  before(async () => {
    storage = await startStorage();
  });
  after(() => storage.stop());

  it('are made with the defaults of the real service', async () => {
    const [bucket] = await storage.client.createBucket('made');
    const [{ timeCreated, updated, selfLink, ...rest }] = await bucket.getMetadata();
    assert.equal(selfLink, `${storage.origin}/storage/v1/b/made`);
    assert.equal(timeCreated, updated);
    assert.ok(Date.parse(timeCreated ?? '') > START);
    assert.deepEqual(rest, {
      kind: 'storage#bucket',
      id: 'made',
      name: 'made',
      projectNumber: '123',
      generation: '1',
      metageneration: '1',
      etag: Buffer.from('m1').toString('base64'),
      location: 'US',
      locationType: 'multi-region',
      storageClass: 'STANDARD',
      rpo: 'DEFAULT',
      iamConfiguration: {
        publicAccessPrevention: 'inherited',
        uniformBucketLevelAccess: { enabled: true },
      },
    });
  });

  it('are made as asked for', async () => {
    const [bucket] = await storage.client.createBucket('asked', {
      location: 'europe-west1',
      storageClass: 'NEARLINE',
      labels: { team: 'risk' },
      versioning: { enabled: true },
    });
    const [metadata] = await bucket.getMetadata();
    assert.equal(metadata.location, 'EUROPE-WEST1');
    assert.equal(metadata.locationType, 'region');
    assert.equal(metadata.storageClass, 'NEARLINE');
    assert.deepEqual(metadata.labels, { team: 'risk' });
    assert.deepEqual(metadata.versioning, { enabled: true });
  });

  it('are made once', async () => {
    const { client } = storage;
    const twice = await Promise.allSettled([
      client.createBucket('twice'),
      client.createBucket('twice'),
    ]);
    assert.deepEqual(twice.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await assert.rejects(client.createBucket('twice'), status(409));
  });

  it('need a valid name, a project and fields that work', async () => {
    const { client, origin } = storage;
    await assert.rejects(client.createBucket('No'), status(400, /Invalid bucket name: 'No'/));
    const fields = { retentionPolicy: { retentionPeriod: 9 } };
    await assert.rejects(
      client.createBucket('kept-long', fields),
      status(501, /retention policies/),
    );
    const post = (query: string, body: object) =>
      fetch(`${origin}/storage/v1/b?${query}`, { method: 'POST', body: JSON.stringify(body) });
    assert.equal((await post('', { name: 'no-project' })).status, 400);
    assert.equal((await post('project=p', {})).status, 400);
    assert.equal((await post('project=p&predefinedAcl=publicRead', { name: 'acl' })).status, 400);
    for (const name of ['kept-long', 'no-project', 'acl']) {
      await assert.rejects(client.bucket(name).getMetadata(), status(404));
    }
  });

  it('are patched field by field, with a growing metageneration', async () => {
    const [bucket] = await storage.client.createBucket('patched', { labels: { a: '1', b: '2' } });
    const [first] = await bucket.setMetadata({ labels: { a: null, c: '3' } });
    assert.deepEqual(first.labels, { b: '2', c: '3' });
    assert.equal(first.metageneration, '2');
    await bucket.setMetadata({ versioning: { enabled: true } });
    const [second] = await bucket.getMetadata();
    assert.deepEqual(second.labels, { b: '2', c: '3' });
    assert.equal(second.metageneration, '3');
    const old = { ifMetagenerationMatch: 2 };
    await assert.rejects(bucket.setMetadata({ labels: {} }, old), status(412));
    await assert.rejects(bucket.setMetadata({ location: 'EU' }), status(400, /location can't/));
    await assert.rejects(storage.client.bucket('none').setMetadata({}), status(404));
  });

  it('are replaced by PUT, but for where they are', async () => {
    await storage.client.createBucket('put', { location: 'EU', labels: { a: '1' } });
    const response = await fetch(`${storage.origin}/storage/v1/b/put`, {
      method: 'PUT',
      body: '{}',
    });
    const { labels, location } = (await response.json()) as { labels?: object; location: string };
    assert.deepEqual([labels, location], [undefined, 'EU']);
  });

  it('are listed by project and prefix, in pages', async () => {
    const { client, origin } = storage;
    for (const name of ['list-c', 'list-a', 'list-b']) await client.createBucket(name);
    const other = `${origin}/storage/v1/b?project=other`;
    await fetch(other, { method: 'POST', body: '{"name":"list-other"}' });
    const [two, next] = await client.getBuckets({
      prefix: 'list-',
      maxResults: 2,
      autoPaginate: false,
    });
    const [rest, end] = await client.getBuckets({ ...next, autoPaginate: false });
    assert.deepEqual(
      [two, rest].map((page) => page.map(({ name }) => name)),
      [['list-a', 'list-b'], ['list-c']],
    );
    assert.equal(end, null);
    const list = (await (await fetch(other)).json()) as { items: { name: string }[] };
    assert.deepEqual(
      list.items.map(({ name }) => name),
      ['list-other'],
    );
    assert.equal((await fetch(`${origin}/storage/v1/b`)).status, 400);
    assert.equal((await fetch(`${other}&maxResults=0`)).status, 400);
  });

  it('are deleted when they are empty', async () => {
    const [bucket] = await storage.client.createBucket('gone');
    const file = bucket.file('x');
    await file.save('');
    await assert.rejects(bucket.delete(), status(409, /not empty/));
    await file.delete();
    await assert.rejects(bucket.delete({ ifMetagenerationMatch: 9 } as object), status(412));
    await bucket.delete();
    await assert.rejects(bucket.delete(), status(404, /The specified bucket does not exist/));
    assert.deepEqual(await bucket.exists(), [false]);
  });

  it('do not go while an object comes', async () => {
    const [bucket] = await storage.client.createBucket('race');
    const results = await Promise.allSettled([
      ...Array.from({ length: 8 }, (_, n) => bucket.file(`f${n}`).save('x', { resumable: false })),
      bucket.delete(),
    ]);
    const deleted = results.at(-1)?.status === 'fulfilled';
    const saved = results.slice(0, -1).filter(({ status }) => status === 'fulfilled').length;
    if (deleted) assert.equal(saved, 0);
    else assert.equal((await bucket.getFiles())[0].length, saved);
  });

  it('refuse by name what is not there', async () => {
    const base = `${storage.origin}/storage/v1/b/made`;
    for (const path of [
      'acl',
      'iam',
      'defaultObjectAcl/allUsers',
      'notificationConfigs',
      'o/x/acl',
      'o/x/moveTo/o/y',
    ]) {
      const response = await fetch(`${base}/${path}`);
      assert.equal(response.status, 501, path);
      assert.match(await response.text(), /does not support/);
    }
    assert.equal((await fetch(`${base}/nonsense`)).status, 404);
    await assert.rejects(storage.client.createHmacKey('a@b.c'), status(501, /HMAC keys/));
  });

  it('say how their objects lie, and whose they are', async () => {
    const layout = await (await fetch(`${storage.origin}/storage/v1/b/asked/storageLayout`)).json();
    assert.deepEqual(layout, {
      kind: 'storage#storageLayout',
      bucket: 'asked',
      location: 'EUROPE-WEST1',
      locationType: 'region',
      hierarchicalNamespace: { enabled: false },
    });
    const [account] = await storage.client.getServiceAccount();
    assert.equal(account.emailAddress, 'service-123@gs-project-accounts.iam.gserviceaccount.com');
  });
});
