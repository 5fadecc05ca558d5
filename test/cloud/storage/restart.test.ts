import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStorage, status, type TestStorage } from './testing.ts';

describe('storage in a folder', () => {
  let directory: string;
  let storage: TestStorage;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storage-'));
    storage = await startStorage(directory);
  });
  afterEach(async () => {
    await storage.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const restart = async () => {
    await storage.stop();
    storage = await startStorage(directory);
  };
  const file = (name: string) => storage.client.bucket('bucket').file(name);
  const text = async (name: string) => String((await file(name).download())[0]);

  it('is there again after a restart', async () => {
    const [bucket] = await storage.client.createBucket('bucket', { labels: { a: 'b' } });
    await bucket.setMetadata({ versioning: { enabled: true } });
    await file('dir/x').save('one', { metadata: { metadata: { k: 'v' } } });
    await file('dir/x').save('two');
    await file('gone').save('three');
    await file('gone').delete();
    const [before] = await file('dir/x').getMetadata();
    await restart();
    const again = storage.client.bucket('bucket');
    assert.deepEqual((await again.getMetadata())[0].labels, { a: 'b' });
    assert.equal(await text('dir/x'), 'two');
    const { selfLink, mediaLink, ...rest } = before;
    const [{ selfLink: _, mediaLink: __, ...after }] = await file('dir/x').getMetadata();
    assert.ok(selfLink && mediaLink);
    assert.deepEqual(after, rest);
    const [versions] = await again.getFiles({ versions: true });
    assert.deepEqual(
      versions.map(({ name }) => name),
      ['dir/x', 'dir/x', 'gone'],
    );
    await assert.rejects(file('gone').download(), status(404));
    await file('dir/x').save('three');
    const [next] = await file('dir/x').getMetadata();
    assert.ok(Number(next.generation) > Number(before.generation), 'generations go on growing');
  });

  it('goes on with uploads that a restart broke', async () => {
    await storage.client.createBucket('bucket');
    const [uri] = await file('x').createResumableUpload();
    const chunk = Buffer.alloc(262_144, 'x');
    await fetch(uri, {
      method: 'PUT',
      body: chunk,
      headers: { 'content-range': 'bytes 0-262143/*' },
    });
    await restart();
    const { pathname, search } = new URL(uri);
    const headers = { 'content-range': 'bytes 262144-262144/262145' };
    const url = storage.origin + pathname + search;
    assert.equal((await fetch(url, { method: 'PUT', body: 'y', headers })).status, 200);
    assert.equal((await file('x').getMetadata())[0].size, '262145');
  });

  it('has the old object after a crash before the new one was named, and drops its bytes', async () => {
    await storage.client.createBucket('bucket');
    await file('x').save('old');
    const kept = await storage.blobs.list();
    await writeFile(join(directory, 'blobs', 'half-written'), 'new by');
    const [document] = await readdir(join(directory, 'documents', 'objects'));
    await writeFile(join(directory, 'documents', 'objects', `${document}.tmp`), '{"bucket":"bu');
    await restart();
    assert.equal(await text('x'), 'old');
    assert.deepEqual(await storage.blobs.list(), kept);
  });

  it('has the new object after a crash before the old bytes were removed', async () => {
    await storage.client.createBucket('bucket');
    await file('x').save('old');
    const { blobs } = storage;
    blobs.remove = async () => {
      throw new Error('the power went');
    };
    const { error } = console;
    console.error = () => {};
    await file('x')
      .save('new')
      .catch(() => {});
    console.error = error;
    assert.equal((await blobs.list()).length, 2);
    await restart();
    assert.equal(await text('x'), 'new');
    assert.equal((await storage.blobs.list()).length, 1);
  });

  it('does not start on a document that is corrupt, and names it', async () => {
    await storage.client.createBucket('bucket');
    await file('x').save('x');
    await storage.stop();
    const folder = join(directory, 'documents', 'objects');
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '{"bucket":');
    await assert.rejects(startStorage(directory), new RegExp(`${name} is not valid JSON`));
    await rm(join(folder, name));
    storage = await startStorage(directory);
  });
});
