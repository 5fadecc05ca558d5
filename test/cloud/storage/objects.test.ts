import assert from 'node:assert/strict';
import type { Bucket, FileMetadata } from '@google-cloud/storage';
import { startStorage, status, type TestStorage } from './testing.ts';

describe('objects', () => {
  let storage: TestStorage;
  let bucket: Bucket;
  beforeEach(async () => {
    storage = await startStorage();
    [bucket] = await storage.client.createBucket('bucket');
  });
  afterEach(() => storage.stop());

  const text = async (name: string, generation?: string) => {
    const options = generation === undefined ? {} : { generation };
    return String((await bucket.file(name, options).download())[0]);
  };
  const generationOf = async (name: string) =>
    String((await bucket.file(name).getMetadata())[0].generation);
  const names = async (options: object = {}) =>
    (await bucket.getFiles(options))[0].map(({ name }) => name);

  it('have the metadata that the real service gives them', async () => {
    const file = bucket.file('a/b ü.txt');
    await file.save('hello', { metadata: { metadata: { k: 'v' }, cacheControl: 'no-cache' } });
    const [metadata] = await file.getMetadata();
    const { generation, etag, timeCreated, selfLink, mediaLink, ...rest } = metadata;
    assert.match(String(generation), /^\d{16}$/);
    assert.ok(etag);
    const path = `b/${bucket.name}/o/a%2Fb%20%C3%BC.txt`;
    assert.equal(selfLink, `${storage.origin}/storage/v1/${path}`);
    assert.equal(String(await (await fetch(String(mediaLink))).text()), 'hello');
    assert.deepEqual(rest, {
      kind: 'storage#object',
      id: `${bucket.name}/a/b ü.txt/${generation}`,
      name: 'a/b ü.txt',
      bucket: bucket.name,
      metageneration: '1',
      contentType: 'text/plain',
      cacheControl: 'no-cache',
      metadata: { k: 'v' },
      storageClass: 'STANDARD',
      size: '5',
      crc32c: 'mnG7TA==',
      md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==',
      updated: timeCreated,
      timeStorageClassUpdated: timeCreated,
      timeFinalized: timeCreated,
    });
  });

  it('get a new, greater generation each time they are written', async () => {
    const generations: number[] = [];
    for (const body of ['one', 'two', 'three']) {
      await bucket.file('x').save(body);
      generations.push(Number(await generationOf('x')));
    }
    assert.deepEqual(
      generations,
      generations.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(generations).size, 3);
    assert.equal(await text('x'), 'three');
    await assert.rejects(text('x', String(generations[0])), status(404));
  });

  it('are patched, and replaced, with a growing metageneration', async () => {
    const file = bucket.file('x');
    await file.save('x', { metadata: { metadata: { a: '1', b: '2' } } });
    const [patched] = await file.setMetadata({ contentType: 'a/b', metadata: { a: null, c: '3' } });
    assert.deepEqual(patched.metadata, { b: '2', c: '3' });
    assert.equal(patched.contentType, 'a/b');
    assert.equal(patched.metageneration, '2');
    assert.notEqual(patched.updated, patched.timeCreated);
    const put = await fetch(String(patched.selfLink), {
      method: 'PUT',
      body: '{"contentType":"c/d"}',
    });
    const replaced = (await put.json()) as Record<string, unknown>;
    assert.deepEqual([replaced.contentType, replaced.metadata], ['c/d', undefined]);
    assert.equal(replaced.metageneration, '3');
    assert.equal(await text('x'), 'x');
    await assert.rejects(
      file.setMetadata({ storageClass: 'COLDLINE' } as FileMetadata),
      status(400),
    );
    await assert.rejects(file.setMetadata({ temporaryHold: true }), status(501));
    await assert.rejects(bucket.file('none').setMetadata({}), status(404));
  });

  it('are found only in their bucket', async () => {
    await bucket.file('x').save('x');
    const { client } = storage;
    await assert.rejects(bucket.file('y').getMetadata(), status(404, /No such object: .*\/y/));
    await assert.rejects(bucket.file('y').download(), status(404, /^No such object: .*\/y$/));
    await assert.rejects(bucket.file('y').delete(), status(404));
    const elsewhere = client.bucket('no-such-bucket').file('x');
    await assert.rejects(elsewhere.getMetadata(), status(404, /bucket does not exist/));
    await assert.rejects(elsewhere.save('x'), status(404, /bucket does not exist/));
    await assert.rejects(client.bucket('no-such-bucket').getFiles(), status(404));
  });

  it('are refused under names that are none', async () => {
    await assert.rejects(bucket.file('a\nb').save('x'), status(400));
    await assert.rejects(bucket.file('é'.repeat(600)).save('x', { resumable: false }), status(400));
    assert.deepEqual(await names(), []);
  });

  describe('on conditions', () => {
    it('are written only where there was none', async () => {
      const preconditionOpts = { ifGenerationMatch: 0 };
      await bucket.file('x').save('first', { preconditionOpts });
      const second = bucket.file('x').save('second', { preconditionOpts });
      await assert.rejects(second, status(412));
      assert.equal(await text('x'), 'first');
      await bucket.file('x').delete();
      await bucket.file('x').save('third', { preconditionOpts });
    });

    it('are written, changed and deleted only as the generation that is meant', async () => {
      await bucket.file('x').save('one');
      const ifGenerationMatch = Number(await generationOf('x'));
      await bucket.file('x').save('two', { preconditionOpts: { ifGenerationMatch } });
      const old = { ifGenerationMatch };
      const stale = bucket.file('x').save('three', { preconditionOpts: old });
      await assert.rejects(stale, status(412));
      await assert.rejects(bucket.file('x').setMetadata({ contentType: 'a/b' }, old), status(412));
      await assert.rejects(bucket.file('x').delete(old), status(412));
      const meta = { ifMetagenerationMatch: 2 };
      await assert.rejects(bucket.file('x').setMetadata({ contentType: 'a/b' }, meta), status(412));
      assert.equal(await text('x'), 'two');
    });

    it('are written by exactly one of many at the same time', async () => {
      const preconditionOpts = { ifGenerationMatch: 0 };
      const save = (n: number) =>
        bucket.file('x').save(`writer ${n}`, { preconditionOpts, resumable: n % 2 === 0 });
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => save(n)));
      const won = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
      assert.equal(won.length, 1);
      assert.equal(await text('x'), `writer ${won[0]}`);
      for (const result of results) {
        if (result.status === 'rejected') assert.equal(result.reason.code, 412);
      }
      assert.equal((await storage.blobs.list()).length, 1, 'the losers left no bytes');
    });

    it('are counted without a loss by writers who try again', async () => {
      const file = bucket.file('counter');
      await file.save('0');
      const increment = async () => {
        for (;;) {
          const ifGenerationMatch = Number(await generationOf('counter'));
          const value = Number(await text('counter', String(ifGenerationMatch)).catch(() => NaN));
          if (Number.isNaN(value)) continue;
          const preconditionOpts = { ifGenerationMatch };
          try {
            return await file.save(String(value + 1), { preconditionOpts, resumable: false });
          } catch (error) {
            assert.ok(status(412)(error));
          }
        }
      };
      await Promise.all(Array.from({ length: 6 }, increment));
      assert.equal(await text('counter'), '6');
    });

    it('are read only if changed', async () => {
      await bucket.file('x').save('x');
      const generation = await generationOf('x');
      const url = `${storage.origin}/storage/v1/b/${bucket.name}/o/x?alt=media`;
      const same = await fetch(`${url}&ifGenerationNotMatch=${generation}`);
      assert.deepEqual([same.status, await same.text()], [304, '']);
      assert.equal((await fetch(`${url}&ifGenerationNotMatch=1`)).status, 200);
      assert.equal((await fetch(`${url}&ifGenerationMatch=1`)).status, 412);
      const etag = same.headers.get('etag') ?? (await fetch(url)).headers.get('etag') ?? '';
      assert.equal((await fetch(url, { headers: { 'if-none-match': etag } })).status, 304);
    });
  });

  describe('in a bucket with versioning', () => {
    beforeEach(() => bucket.setMetadata({ versioning: { enabled: true } }));

    it('keep their older versions when written', async () => {
      await bucket.file('x').save('one');
      const first = await generationOf('x');
      await bucket.file('x').save('two');
      assert.equal(await text('x'), 'two');
      assert.equal(await text('x', first), 'one');
      const [files] = await bucket.getFiles({ versions: true });
      assert.deepEqual(
        files.map(({ metadata }) => metadata.timeDeleted !== undefined),
        [true, false],
      );
      assert.deepEqual(await names(), ['x']);
    });

    it('become noncurrent when deleted, and go for good by generation', async () => {
      await bucket.file('a/x').save('one');
      const generation = await generationOf('a/x');
      await bucket.file('a/x').delete();
      await assert.rejects(bucket.file('a/x').getMetadata(), status(404));
      assert.deepEqual(await names(), []);
      const [, , listing] = await bucket.getFiles({ delimiter: '/', autoPaginate: false });
      assert.deepEqual((listing as { prefixes?: string[] }).prefixes, undefined);
      assert.equal(await text('a/x', generation), 'one');
      await assert.rejects(bucket.delete(), status(409));
      await bucket.file('a/x', { generation }).delete();
      await assert.rejects(text('a/x', generation), status(404));
      assert.deepEqual(await storage.blobs.list(), []);
    });

    it('start anew after a deletion, and conditions see no live one', async () => {
      await bucket.file('x').save('one');
      await bucket.file('x').delete();
      await bucket.file('x').save('two', { preconditionOpts: { ifGenerationMatch: 0 } });
      assert.equal((await bucket.getFiles({ versions: true }))[0].length, 2);
      await bucket.setMetadata({ versioning: { enabled: false } });
      await bucket.file('x').save('three');
      const [files] = await bucket.getFiles({ versions: true });
      const bodies = files.map(({ metadata }) => text('x', String(metadata.generation)));
      assert.deepEqual(await Promise.all(bodies), ['one', 'three']);
    });
  });

  describe('listed', () => {
    beforeEach(async () => {
      const all = ['a', 'dir/', 'dir/x', 'dir/y/z', 'other/w', 'é', 'z'];
      await Promise.all(all.map((name) => bucket.file(name).save('', { resumable: false })));
    });

    it('come in order, in pages of any size', async () => {
      const expected = ['a', 'dir/', 'dir/x', 'dir/y/z', 'other/w', 'z', 'é'];
      assert.deepEqual(await names(), expected);
      const paged: string[] = [];
      let query: object | null = { maxResults: 2 };
      while (query) {
        const options: object = { ...query, autoPaginate: false };
        const [files, next] = await bucket.getFiles(options);
        paged.push(...files.map(({ name }) => name));
        query = next;
      }
      assert.deepEqual(paged, expected);
    });

    it('are chosen by prefix and offsets', async () => {
      assert.deepEqual(await names({ prefix: 'dir/' }), ['dir/', 'dir/x', 'dir/y/z']);
      assert.deepEqual(await names({ startOffset: 'dir/x', endOffset: 'other/w' }), [
        'dir/x',
        'dir/y/z',
      ]);
    });

    it('are put together by a delimiter', async () => {
      const options = { delimiter: '/', prefix: 'dir/', autoPaginate: false };
      const [files, , page] = await bucket.getFiles(options);
      assert.deepEqual(
        files.map(({ name }) => name),
        ['dir/', 'dir/x'],
      );
      assert.deepEqual((page as { prefixes: string[] }).prefixes, ['dir/y/']);
    });

    it('are refused by glob, and by a page token that is none', async () => {
      await assert.rejects(bucket.getFiles({ matchGlob: '*' }), status(501, /matchGlob/));
      await assert.rejects(bucket.getFiles({ pageToken: 'x' }), status(400, /page token/));
      await assert.rejects(bucket.getFiles({ softDeleted: true }), status(501));
    });
  });

  describe('made of others', () => {
    it('are copied with their metadata, or with another', async () => {
      const source = bucket.file('source');
      await source.save('bytes', { metadata: { contentType: 'a/b', metadata: { k: 'v' } } });
      await source.copy('copy');
      const [copied] = await bucket.file('copy').getMetadata();
      assert.deepEqual([copied.contentType, copied.metadata], ['a/b', { k: 'v' }]);
      assert.notEqual(copied.generation, await generationOf('source'));
      await source.copy('typed', { contentType: 'c/d' } as object);
      const [typed] = await bucket.file('typed').getMetadata();
      assert.deepEqual([typed.contentType, typed.metadata], ['c/d', undefined]);
      await source.delete();
      assert.deepEqual([await text('copy'), await text('typed')], ['bytes', 'bytes']);
    });

    it('are copied on conditions of the source and of the target', async () => {
      await bucket.file('source').save('one');
      await bucket.file('target').save('two');
      const base = `${storage.origin}/storage/v1/b/${bucket.name}/o/source`;
      const copy = (kind: string, query: string) =>
        fetch(`${base}/${kind}/b/${bucket.name}/o/target?${query}`, { method: 'POST' });
      for (const kind of ['copyTo', 'rewriteTo']) {
        assert.equal((await copy(kind, 'ifGenerationMatch=0')).status, 412);
        assert.equal((await copy(kind, 'ifSourceGenerationMatch=1')).status, 412);
        assert.equal((await copy(kind, 'sourceGeneration=1')).status, 404);
      }
      assert.equal((await copy('rewriteTo', 'rewriteToken=x')).status, 400);
      assert.equal(await text('target'), 'two');
      const generation = await generationOf('source');
      assert.equal((await copy('copyTo', `ifSourceGenerationMatch=${generation}`)).status, 200);
      assert.equal(await text('target'), 'one');
      assert.equal((await storage.blobs.list()).length, 2);
    });

    it('are moved', async () => {
      await bucket.file('from').save('x');
      await bucket.file('from').move('to');
      assert.deepEqual(await names(), ['to']);
    });

    it('are composed in order, with a crc32c and without an md5', async () => {
      await bucket.file('1').save('one');
      await bucket.file('2').save('two');
      await bucket.combine(['2', '1'], 'sum');
      await bucket.combine(['sum', '1'], 'sum');
      const [metadata] = await bucket.file('sum').getMetadata();
      assert.equal(await text('sum'), 'twooneone');
      assert.deepEqual(
        [metadata.componentCount, metadata.md5Hash, metadata.size],
        [3, undefined, '9'],
      );
    });

    it('are not composed of nothing, of what is not there, or of too many', async () => {
      await bucket.file('1').save('one');
      await assert.rejects(bucket.combine(['1', 'none'], 'sum'), status(404));
      const many = Array.from({ length: 33 }, () => '1');
      await assert.rejects(bucket.combine(many, 'sum'), status(400, /33.*32/));
      const url = `${storage.origin}/storage/v1/b/${bucket.name}/o/sum/compose`;
      const post = (body: object) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
      assert.equal((await post({})).status, 400);
      const stale = { name: '1', objectPreconditions: { ifGenerationMatch: '5' } };
      assert.equal((await post({ sourceObjects: [stale] })).status, 412);
      assert.deepEqual(await names(), ['1']);
      assert.equal((await storage.blobs.list()).length, 1);
    });
  });

  it('are read and written through the port of BigQuery', async () => {
    const { objectStore } = storage;
    await objectStore.write(bucket.name, 'out/1.csv', Buffer.from('a,b'), 'text/csv');
    assert.equal(await text('out/1.csv'), 'a,b');
    assert.equal((await bucket.file('out/1.csv').getMetadata())[0].contentType, 'text/csv');
    await bucket.file('out/0').save('zero');
    await bucket.file('in/0').save('other');
    assert.equal(String(await objectStore.read(bucket.name, 'out/0')), 'zero');
    const pieces: Uint8Array[] = [];
    for await (const piece of (await objectStore.stream?.(bucket.name, 'out/0')) ?? []) {
      pieces.push(piece);
    }
    assert.equal(String(Buffer.concat(pieces)), 'zero');
    assert.deepEqual(await objectStore.list(bucket.name, 'out/'), ['out/0', 'out/1.csv']);
    await assert.rejects(objectStore.read(bucket.name, 'none'), { status: 404 });
    await assert.rejects(objectStore.list('no-such-bucket', ''), { status: 404 });
    const lost = objectStore.write('no-such-bucket', 'x', Buffer.from('x'), 'a/b');
    await assert.rejects(lost, { status: 404 });
    assert.equal((await storage.blobs.list()).length, 3);
  });
});
