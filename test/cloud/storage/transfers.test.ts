import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Bucket, Storage as Client } from '@google-cloud/storage';
import { startStorage, status, type TestStorage } from './testing.ts';

const BIG = Buffer.alloc(1_500_000, 'all work and no play ');

describe('transfers', () => {
  let storage: TestStorage;
  let bucket: Bucket;
  beforeEach(async () => {
    storage = await startStorage();
    [bucket] = await storage.client.createBucket('bucket');
  });
  afterEach(() => storage.stop());

  const media = (name: string) => `${storage.origin}/storage/v1/b/bucket/o/${name}?alt=media`;
  const upload = (query: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${storage.origin}/upload/storage/v1/b/bucket/o?${query}`, {
      method: 'POST',
      body,
      headers,
    });
  const read = async (name: string) => Buffer.from(await (await fetch(media(name))).arrayBuffer());
  /** fetch() opens gzip by itself; this does not. */
  const raw = async (name: string, headers: Record<string, string>) => {
    const { promise, resolve, reject } =
      Promise.withResolvers<import('node:http').IncomingMessage>();
    get(media(name), { headers }, resolve).on('error', reject);
    const response = await promise;
    return { headers: response.headers, body: Buffer.concat(await response.toArray()) };
  };

  for (const [name, options] of [
    ['in one body with their metadata', { resumable: false }],
    ['resumably, in one request', { resumable: true }],
    ['resumably, in chunks', { resumable: true, chunkSize: 512 * 1024 }],
    [
      'resumably, in chunks that end where the object ends',
      { resumable: true, chunkSize: 750_000 - (750_000 % 262_144) },
    ],
  ] as const) {
    it(`bring objects up ${name}`, async () => {
      const metadata = { contentType: 'x/y', metadata: { k: 'v' } };
      await bucket.file('big').save(BIG, { ...options, metadata, validation: 'crc32c' });
      const [stored] = await bucket.file('big').getMetadata();
      assert.equal(stored.contentType, 'x/y');
      assert.deepEqual(stored.metadata, { k: 'v' });
      assert.equal(stored.md5Hash, createHash('md5').update(BIG).digest('base64'));
      assert.deepEqual(await read('big'), BIG);
    });
  }

  it('bring up and down streams, and empty objects', async () => {
    const source = Readable.from([Buffer.from('streamed '), Buffer.from('bytes')]);
    await pipeline(source, bucket.file('x').createWriteStream());
    const chunks = await bucket.file('x').createReadStream().toArray();
    assert.equal(Buffer.concat(chunks).toString(), 'streamed bytes');
    for (const resumable of [true, false]) {
      await bucket.file('empty').save('', { resumable });
      assert.equal((await bucket.file('empty').download())[0].length, 0);
    }
  });

  it('go on where a client that was stopped left off', async () => {
    const file = bucket.file('big');
    const [uri] = await file.createResumableUpload();
    const half = BIG.subarray(0, 786_432);
    const headers = { 'content-range': `bytes 0-${half.length - 1}/*` };
    assert.equal((await fetch(uri, { method: 'PUT', body: half, headers })).status, 308);
    await pipeline(
      Readable.from([BIG.subarray(half.length)]),
      file.createWriteStream({ uri, offset: half.length, validation: false }),
    );
    assert.deepEqual(await read('big'), BIG);
  });

  it('work for clients that follow STORAGE_EMULATOR_HOST', async () => {
    const before = process.env.STORAGE_EMULATOR_HOST;
    process.env.STORAGE_EMULATOR_HOST = storage.origin;
    try {
      const other = new Client({ projectId: 'p' }).bucket('bucket');
      await other.file('a/x').save('resumed');
      await other.file('a/y').save('whole', { resumable: false });
      assert.equal(String((await other.file('a/x').download())[0]), 'resumed');
      assert.equal((await other.getFiles({ prefix: 'a/' }))[0].length, 2);
      await other.file('a/x').move('b');
      await other.file('b').delete();
    } finally {
      if (before === undefined) delete process.env.STORAGE_EMULATOR_HOST;
      else process.env.STORAGE_EMULATOR_HOST = before;
    }
  });

  describe('checked by what clients claim', () => {
    it('are taken when the claim is right', async () => {
      const hash = 'crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==';
      const response = await upload('uploadType=media&name=x', 'hello', { 'x-goog-hash': hash });
      assert.equal(response.status, 200);
    });

    for (const [name, hash, claim] of [
      ['crc32c in X-Goog-Hash', 'crc32c=AAAAAA==', {}],
      ['md5 in X-Goog-Hash', 'crc32c=mnG7TA==,md5=AAAAAAAAAAAAAAAAAAAAAA==', {}],
      ['crc32c in the metadata', '', { crc32c: 'AAAAAA==' }],
      ['md5Hash in the metadata', '', { md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
    ] as const) {
      it(`are refused when the ${name} is wrong, and leave nothing`, async () => {
        const body = `--c\n\n${JSON.stringify(claim)}\n--c\n\nhello\n--c--`;
        const headers = { 'content-type': 'multipart/related; boundary=c', 'x-goog-hash': hash };
        const response = await upload('uploadType=multipart&name=x', body, headers);
        assert.equal(response.status, 400);
        assert.match(await response.text(), /doesn't match calculated/);
        assert.deepEqual(await bucket.file('x').exists(), [false]);
        assert.deepEqual(await storage.blobs.list(), []);
      });
    }
  });

  it('need a name, one that query and metadata agree on, and access without lists', async () => {
    const headers = { 'content-type': 'multipart/related; boundary=c' };
    const body = '--c\n\n{"name":"a"}\n--c\n\nhello\n--c--';
    assert.equal((await upload('uploadType=media', 'x')).status, 400);
    assert.equal((await upload('uploadType=multipart&name=b', body, headers)).status, 400);
    assert.equal((await upload('uploadType=multipart', body, headers)).status, 200);
    assert.equal(
      (await upload('uploadType=media&name=x&predefinedAcl=publicRead', 'x')).status,
      400,
    );
    assert.equal((await upload('uploadType=media&name=x&kmsKeyName=k', 'x')).status, 501);
    const key = { 'x-goog-encryption-algorithm': 'AES256' };
    assert.equal((await upload('uploadType=media&name=x', 'x', key)).status, 501);
    await assert.rejects(bucket.file('x').save('x', { public: true }), status(400));
  });

  it('tell all about an object in the headers of its bytes', async () => {
    const metadata = {
      contentType: 'a/b',
      contentDisposition: 'inline',
      contentLanguage: 'en',
      cacheControl: 'no-cache',
    };
    await bucket.file('x').save('hello', { metadata });
    const [{ generation, etag }] = await bucket.file('x').getMetadata();
    const { headers } = await raw('x', {});
    const { date, connection, 'keep-alive': _, 'last-modified': modified, ...rest } = headers;
    assert.ok(date && connection && Date.parse(String(modified)));
    assert.deepEqual(rest, {
      'accept-ranges': 'bytes',
      'cache-control': 'no-cache',
      'content-disposition': 'inline',
      'content-language': 'en',
      'content-length': '5',
      'content-type': 'a/b',
      etag,
      'x-goog-generation': generation,
      'x-goog-hash': 'crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==',
      'x-goog-metageneration': '1',
      'x-goog-storage-class': 'STANDARD',
      'x-goog-stored-content-encoding': 'identity',
      'x-goog-stored-content-length': '5',
    });
  });

  it('bring down parts', async () => {
    const file = bucket.file('x');
    await file.save('0123456789');
    assert.equal(String((await file.download({ start: 2, end: 4 }))[0]), '234');
    assert.equal(String((await file.download({ start: 7 }))[0]), '789');
    const part = await fetch(media('x'), { headers: { range: 'bytes=-3' } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), 'bytes 7-9/10');
    assert.equal(await part.text(), '789');
    const none = await fetch(media('x'), { headers: { range: 'bytes=10-' } });
    assert.equal(none.status, 416);
    assert.match(await none.text(), /not satisfiable/);
  });

  it('keep gzip as it came, and open it for those who can’t', async () => {
    await bucket.file('x').save('plain text', { gzip: true });
    const [{ contentEncoding, size, md5Hash }] = await bucket.file('x').getMetadata();
    assert.equal(contentEncoding, 'gzip');
    const kept = await raw('x', { 'accept-encoding': 'gzip' });
    assert.equal(kept.headers['content-encoding'], 'gzip');
    assert.equal(kept.body.length, Number(size));
    assert.equal(createHash('md5').update(kept.body).digest('base64'), md5Hash);
    assert.equal(String(gunzipSync(kept.body)), 'plain text');
    const opened = await raw('x', { range: 'bytes=0-1' });
    assert.equal(opened.headers['content-encoding'], undefined);
    assert.equal(String(opened.body), 'plain text');
    assert.equal(String((await bucket.file('x').download())[0]), 'plain text');
    await bucket.file('x').setMetadata({ cacheControl: 'no-transform' });
    assert.deepEqual((await raw('x', {})).body, kept.body);
  });

  it('take the encoding from the query, and open bodies that are compressed on the way', async () => {
    const zipped = gzipSync('text');
    await upload('uploadType=media&name=x&contentEncoding=gzip', zipped);
    assert.equal((await bucket.file('x').getMetadata())[0].size, String(zipped.length));
    await upload('uploadType=media&name=y', zipped, { 'content-encoding': 'gzip' });
    assert.equal((await bucket.file('y').getMetadata())[0].size, '4');
  });

  it('give a reader the object that it began with', async () => {
    await bucket.file('x').save(BIG);
    const response = await fetch(media('x'));
    await bucket.file('x').save('other');
    await bucket.file('x').delete();
    assert.equal((await response.arrayBuffer()).byteLength, BIG.length);
  });
});
