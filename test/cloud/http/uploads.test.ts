import assert from 'node:assert/strict';
import { request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ApiError } from '../errors.ts';
import { type Blobs, blobBytes, memoryBlobs } from '../state/blobs.ts';
import { type Documents, memoryDocuments } from '../state/documents.ts';
import { Router } from './router.ts';
import { type Server, startServer } from './server.ts';
import { type Upload, Uploads, type UploadTarget } from './uploads.ts';

type Body = NonNullable<RequestInit['body']>;
type Headers = Record<string, string>;

const UNIT = 256 * 1024;
const DAY = 24 * 3600 * 1000;

describe('uploads', () => {
  let blobs: Blobs;
  let documents: Documents;
  let server: Server;
  let time: number;
  let finished: Upload[];
  let uploads: Uploads;
  let target: UploadTarget;
  let counter: number;

  /** As after a restart of the process: nothing but blobs and documents is kept. */
  const restart = async () => {
    await server?.stop();
    uploads = new Uploads({ blobs, documents, ids: () => `id-${counter++}`, now: () => time });
    const router = new Router();
    uploads.routes(router, '/upload/{bucket}', target);
    server = await startServer((incoming, response) => router.handle(incoming, response));
  };

  beforeEach(async () => {
    blobs = memoryBlobs();
    documents = memoryDocuments();
    time = 0;
    counter = 0;
    finished = [];
    target = {
      finish: async (upload) => {
        finished.push(upload);
        return { json: { size: upload.size, ...upload.metadata } };
      },
    };
    await restart();
  });
  afterEach(() => server.stop());

  const send = (method: string, url: string, body?: Body, headers: Headers = {}) =>
    fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  const start = async (metadata: object = {}, headers: Headers = {}) => {
    const url = `${server.origin}/upload/b?uploadType=resumable&name=x`;
    const response = await send('POST', url, JSON.stringify(metadata), headers);
    assert.equal(response.status, 200);
    const { search, pathname } = new URL(response.headers.get('location') ?? '');
    return pathname + search;
  };
  const put = (session: string, range: string, body?: Body, headers: Headers = {}) =>
    send('PUT', server.origin + session, body, { 'content-range': range, ...headers });
  const uploaded = () => blobBytes(blobs, finished.at(-1)?.blob ?? '');
  /** Until the one blob there is holds so many bytes. */
  const arrived = async (size: number) => {
    for (;;) {
      const [blob = ''] = await blobs.list();
      if (((await blobs.size(blob)) ?? 0) >= size) return;
      await setImmediate();
    }
  };
  const message = async (response: Response) =>
    ((await response.json()) as { error: { message: string } }).error.message;

  it('take media as the body, with the query and the hash', async () => {
    const url = `${server.origin}/upload/b?uploadType=media&name=x`;
    const headers = { 'content-type': 'text/x', 'x-goog-hash': 'crc32c=AAAAAA==' };
    assert.deepEqual(await (await send('POST', url, 'bytes', headers)).json(), { size: 5 });
    const [upload] = finished;
    assert.equal(String(await uploaded()), 'bytes');
    assert.equal(upload?.contentType, 'text/x');
    assert.equal(upload?.hash, 'crc32c=AAAAAA==');
    assert.equal(upload?.query.get('name'), 'x');
    assert.equal(upload?.params.bucket, 'b');
  });

  it('take metadata and media in one body', async () => {
    const url = `${server.origin}/upload/b?uploadType=multipart`;
    const body =
      '--z\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--z\r\nContent-Type: text/x\r\n\r\nbytes\r\n--z--';
    const headers = { 'content-type': 'multipart/related; boundary=z' };
    assert.deepEqual(await (await send('POST', url, body, headers)).json(), { size: 5, a: 1 });
    assert.equal(finished[0]?.contentType, 'text/x');
  });

  it('open media sent compressed', async () => {
    const url = `${server.origin}/upload/b?uploadType=media`;
    await send('POST', url, gzipSync('bytes'), { 'content-encoding': 'gzip' });
    assert.equal(String(await uploaded()), 'bytes');
  });

  it('refuse another uploadType', async () => {
    assert.equal((await send('POST', `${server.origin}/upload/b?uploadType=x`, '')).status, 400);
    assert.equal((await send('POST', `${server.origin}/upload/b`, '')).status, 400);
  });

  it('leave no bytes behind when the target refuses them', async () => {
    target.finish = async () => {
      throw new ApiError(412, 'conditionNotMet', 'No.');
    };
    const url = `${server.origin}/upload/b?uploadType=media`;
    assert.equal((await send('POST', url, 'bytes')).status, 412);
    const session = await start();
    assert.equal((await put(session, 'bytes 0-4/5', 'bytes')).status, 412);
    assert.equal((await put(session, 'bytes */5')).status, 404);
    assert.deepEqual(await blobs.list(), []);
    assert.deepEqual(await documents.list(), []);
  });

  it('refuse before the bytes what the target refuses to begin', async () => {
    target.begin = () => {
      throw new ApiError(404, 'notFound', 'No.');
    };
    const url = `${server.origin}/upload/b?uploadType=`;
    assert.equal((await send('POST', `${url}media`, 'bytes')).status, 404);
    assert.equal((await send('POST', `${url}resumable`, '{}')).status, 404);
    assert.deepEqual(finished, []);
  });

  describe('that are resumable', () => {
    it('take all bytes in one request, of known or unknown length', async () => {
      for (const range of ['bytes 0-4/5', 'bytes 0-*/5', 'bytes 0-*/*']) {
        const session = await start({ a: 1 }, { 'x-upload-content-type': 'text/x' });
        const response = await put(session, range, 'bytes');
        assert.deepEqual(await response.json(), { size: 5, a: 1 });
        assert.equal(String(await uploaded()), 'bytes');
        assert.equal(finished.at(-1)?.contentType, 'text/x');
        assert.equal(finished.at(-1)?.query.get('name'), 'x');
      }
    });

    it('take all bytes in one request without a Content-Range', async () => {
      const response = await send('PUT', server.origin + (await start()), 'bytes');
      assert.deepEqual(await response.json(), { size: 5 });
    });

    it('may hold nothing', async () => {
      for (const range of ['bytes */0', 'bytes 0-*/0', 'bytes 0-*/*']) {
        assert.deepEqual(await (await put(await start(), range)).json(), { size: 0 });
        assert.equal((await uploaded()).length, 0);
      }
    });

    it('take chunks, saying after each one how far they are', async () => {
      const bytes = Buffer.alloc(2 * UNIT + 7, 'chunks');
      const session = await start();
      const first = await put(session, `bytes 0-${UNIT - 1}/*`, bytes.subarray(0, UNIT));
      assert.equal(first.status, 308);
      assert.equal(first.headers.get('range'), `bytes=0-${UNIT - 1}`);
      const second = await put(
        session,
        `bytes ${UNIT}-${2 * UNIT - 1}/*`,
        bytes.subarray(UNIT, 2 * UNIT),
        { 'x-guploader-no-308': 'yes' },
      );
      assert.equal(second.status, 200);
      assert.equal(second.headers.get('x-http-status-code-override'), '308');
      const range = `bytes ${2 * UNIT}-${bytes.length - 1}/${bytes.length}`;
      const headers = { 'x-goog-hash': 'md5=x' };
      const last = await put(session, range, bytes.subarray(2 * UNIT), headers);
      assert.deepEqual(await last.json(), { size: bytes.length });
      assert.equal(finished[0]?.hash, 'md5=x');
      assert.deepEqual(await uploaded(), bytes);
    });

    it('say on demand how far they are, and what they became', async () => {
      const session = await start();
      const before = await put(session, 'bytes */*');
      assert.equal(before.status, 308);
      assert.equal(before.headers.get('range'), null);
      await put(session, `bytes 0-${UNIT - 1}/${UNIT + 1}`, Buffer.alloc(UNIT));
      const middle = await put(session, `bytes */${UNIT + 1}`);
      assert.equal(middle.headers.get('range'), `bytes=0-${UNIT - 1}`);
      await put(session, `bytes ${UNIT}-${UNIT}/${UNIT + 1}`, 'x');
      for (const range of ['bytes */*', `bytes */${UNIT + 1}`]) {
        assert.deepEqual(await (await put(session, range)).json(), { size: UNIT + 1 });
      }
      assert.equal(finished.length, 1);
    });

    it('keep what came before the line broke, and go on from there', async () => {
      const session = await start();
      const bytes = Buffer.alloc(3 * UNIT, 'abcdefg');
      const sending = request(server.origin + session, {
        method: 'PUT',
        headers: { 'content-range': 'bytes 0-*/*', 'content-length': String(bytes.length) },
      });
      const broken = new Promise((resolve) => sending.on('error', resolve));
      sending.write(bytes.subarray(0, UNIT));
      await arrived(UNIT);
      sending.destroy();
      await broken;
      const probe = await put(session, 'bytes */*');
      assert.equal(probe.status, 308);
      assert.equal(probe.headers.get('range'), `bytes=0-${UNIT - 1}`);
      const rest = await put(session, `bytes ${UNIT}-*/*`, bytes.subarray(UNIT));
      assert.deepEqual(await rest.json(), { size: bytes.length });
      assert.deepEqual(await uploaded(), bytes);
    });

    it('go on after a restart', async () => {
      const session = await start();
      await put(session, `bytes 0-${UNIT - 1}/${UNIT + 1}`, Buffer.alloc(UNIT));
      await restart();
      const response = await put(session, `bytes ${UNIT}-${UNIT}/${UNIT + 1}`, 'x');
      assert.deepEqual(await response.json(), { size: UNIT + 1 });
      assert.deepEqual(await documents.list(), [], 'nothing of it is kept');
    });

    it('answer again what they became, and no longer after a restart', async () => {
      const session = await start();
      await put(session, 'bytes 0-4/5', 'bytes');
      assert.deepEqual(await (await put(session, 'bytes */*')).json(), { size: 5 });
      await restart();
      assert.equal((await put(session, 'bytes */*')).status, 404);
      assert.equal(finished.length, 1);
    });

    it('need a length that is a number, where one is told', async () => {
      const url = `${server.origin}/upload/b?uploadType=resumable`;
      const headers = { 'x-upload-content-length': 'many' };
      assert.equal((await send('POST', url, '{}', headers)).status, 400);
    });

    it('skip bytes that are there already', async () => {
      const cuts = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 4 });
      const bytes = Buffer.alloc(4 * UNIT + 3, 'abcdefghijk');
      const property = fc.asyncProperty(cuts, async (steps) => {
        const session = await start();
        let held = 0;
        for (const [back, ahead] of steps) {
          const from = Math.max(held - back * UNIT, 0);
          const to = Math.min(from + (ahead + 1) * UNIT, 4 * UNIT);
          if (to === from) continue;
          await put(session, `bytes ${from}-${to - 1}/*`, bytes.subarray(from, to));
          held = Math.max(held, to);
        }
        const range = `bytes ${held}-${bytes.length - 1}/${bytes.length}`;
        await put(session, range, bytes.subarray(held));
        assert.deepEqual(await uploaded(), bytes);
      });
      await fc.assert(property, { numRuns: 15 });
    });

    it('refuse a gap, an uneven chunk and a body of another length, and go on after it', async () => {
      const session = await start();
      const gap = await put(session, `bytes ${UNIT}-${UNIT + 1}/${UNIT + 2}`, 'xy');
      assert.equal(gap.status, 400);
      assert.match(await message(gap), /exceeds already uploaded size of 0 byte/);
      const uneven = await put(session, 'bytes 0-2/9', 'xyz');
      assert.equal(uneven.status, 400);
      assert.match(await message(uneven), /multiple of 262144 bytes; this one has 3/);
      const long = await put(session, 'bytes 0-4/5', 'bytes and more');
      assert.equal(long.status, 400);
      assert.match(await message(long), /should have been 5 byte/);
      assert.equal((await put(session, 'bytes what')).status, 400);
      assert.deepEqual(await (await put(session, 'bytes */5')).json(), { size: 5 });
      const short = await put(await start(), 'bytes 0-4/5', 'byt');
      assert.equal(short.status, 400);
      assert.match(await message(short), /There were 3 byte/);
    });

    it('end once when the last chunk is sent twice at the same time', async () => {
      const session = await start();
      const both = await Promise.all([
        put(session, 'bytes 0-4/5', 'bytes'),
        put(session, 'bytes 0-4/5', 'bytes'),
      ]);
      for (const response of both) assert.deepEqual(await response.json(), { size: 5 });
      assert.equal(finished.length, 1);
    });

    it('are gone when cancelled, and unknown when they never were', async () => {
      const session = await start();
      await put(session, `bytes 0-${UNIT - 1}/*`, Buffer.alloc(UNIT));
      assert.equal((await send('DELETE', server.origin + session)).status, 499);
      assert.equal((await put(session, 'bytes */*')).status, 404);
      assert.deepEqual(await blobs.list(), []);
      for (const id of ['never', '', '../x']) {
        assert.equal((await put(`/upload/b?upload_id=${id}`, 'bytes */*')).status, 404);
      }
    });

    it('are forgotten after a week, or when their bytes have a new owner', async () => {
      const old = await start();
      time += 6 * DAY;
      const young = await start();
      const owned = await start();
      for (const session of [old, young, owned]) {
        await put(session, `bytes 0-${UNIT - 1}/*`, Buffer.alloc(UNIT));
      }
      const [, youngBlob = '', ownedBlob = ''] = await blobs.list();
      time += 2 * DAY;
      assert.deepEqual(await uploads.sweep(new Set([ownedBlob])), new Set([youngBlob]));
      assert.equal((await put(old, 'bytes */*')).status, 404);
      assert.equal((await put(owned, 'bytes */*')).status, 404);
      assert.equal((await put(young, 'bytes */*')).status, 308);
    });
  });
});
