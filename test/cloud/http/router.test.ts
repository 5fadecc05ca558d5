import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { ApiError } from '../errors.ts';
import { Router } from './router.ts';
import { type Server, startServer } from './server.ts';

describe('the router', () => {
  let router: Router;
  let server: Server;
  beforeEach(async () => {
    router = new Router();
    server = await startServer((request, response) => router.handle(request, response));
  });
  afterEach(() => server.stop());

  const get = (path: string, init?: RequestInit) => fetch(server.origin + path, init);
  const error = async (response: Response) => {
    const body = (await response.json()) as {
      error: { code: number; errors: { reason: string }[] };
    };
    assert.equal(body.error.code, response.status);
    return [response.status, body.error.errors[0]?.reason];
  };

  it('decodes names in the path, slashes in them too', async () => {
    router.on('GET', '/b/{bucket}/o/{object}', (call) => ({ json: call.params }));
    const response = await get('/b/x/o/a%2Fb%20c');
    assert.deepEqual(await response.json(), { bucket: 'x', object: 'a/b c' });
  });

  it('takes a literal behind a name, and the rest of a path', async () => {
    router.on('POST', '/jobs/{job}:run', (call) => ({ json: { run: call.params.job } }));
    router.on('GET', '/files/{path=**}', (call) => ({ json: call.params }));
    assert.deepEqual(await (await get('/jobs/a:b:run', { method: 'POST' })).json(), { run: 'a:b' });
    assert.deepEqual(await (await get('/files/a/b/')).json(), { path: 'a/b/' });
  });

  it('tries routes in their order and ignores a slash at the end', async () => {
    router.on('GET', '/a/special', () => ({ json: { first: true } }));
    router.on('GET', '/a/{name}', () => ({ json: { first: false } }));
    assert.deepEqual(await (await get('/a/special/')).json(), { first: true });
    assert.deepEqual(await (await get('/a/other?x=1')).json(), { first: false });
  });

  it('lets a POST stand for another method', async () => {
    router.on('PATCH', '/a', (call) => ({ json: { method: call.method } }));
    const headers = { 'x-http-method-override': 'PATCH' };
    const response = await get('/a', { method: 'POST', headers });
    assert.deepEqual(await response.json(), { method: 'PATCH' });
  });

  it('tells an unknown path from a method that the path does not have', async () => {
    router.on('GET', '/a', () => ({}));
    assert.deepEqual(await error(await get('/b')), [404, 'notFound']);
    assert.deepEqual(await error(await get('/a', { method: 'PUT' })), [
      405,
      'httpMethodNotAllowed',
    ]);
  });

  it('refuses a path that is no percent-encoding, and bodies that are not JSON objects', async () => {
    router.on('POST', '/a/{name}', async (call) => ({ json: await call.json() }));
    const post = (path: string, body: string, headers = {}) =>
      get(path, { method: 'POST', body, headers });
    assert.deepEqual(await error(await post('/a/%E4', '{}')), [400, 'invalid']);
    assert.deepEqual(await error(await post('/a/b', '{"a":')), [400, 'parseError']);
    assert.deepEqual(await error(await post('/a/b', '[]')), [400, 'invalid']);
    assert.deepEqual(await (await post('/a/b', '')).json(), {});
    const zipped = { 'content-encoding': 'gzip' };
    assert.deepEqual(await error(await post('/a/b', 'no gzip', zipped)), [400, 'badRequest']);
  });

  it('opens compressed bodies', async () => {
    router.on('POST', '/a', async (call) => ({ json: await call.json() }));
    const response = await get('/a', {
      method: 'POST',
      body: gzipSync('{"zipped":true}'),
      headers: { 'content-encoding': 'gzip' },
    });
    assert.deepEqual(await response.json(), { zipped: true });
  });

  it('answers the errors of handlers in the shape of Google’s APIs', async () => {
    router.on('GET', '/a', () => {
      throw new ApiError(412, 'conditionNotMet', 'No.', { location: 'If-Match' });
    });
    assert.deepEqual(await (await get('/a')).json(), {
      error: {
        code: 412,
        message: 'No.',
        errors: [
          {
            domain: 'global',
            reason: 'conditionNotMet',
            message: 'No.',
            location: 'If-Match',
            locationType: 'parameter',
          },
        ],
        status: 'FAILED_PRECONDITION',
      },
    });
  });

  it('answers 500 for a fault of its own and goes on', async () => {
    router.on('GET', '/a', () => {
      throw new TypeError('a fault');
    });
    const { error: print } = console;
    const printed: unknown[] = [];
    console.error = (...values: unknown[]) => printed.push(...values);
    try {
      assert.deepEqual(await error(await get('/a')), [500, 'internalError']);
    } finally {
      console.error = print;
    }
    assert.ok(printed.some((value) => value instanceof TypeError));
    assert.equal((await get('/b')).status, 404);
  });

  it('sends streams, and cuts the line when one breaks', async () => {
    router.on('GET', '/whole', () => ({ stream: Readable.from(['a', 'b']) }));
    router.on('GET', '/broken', () => {
      const chunks = async function* () {
        yield 'a';
        throw new Error('the disk broke');
      };
      return { headers: { 'content-length': '100' }, stream: Readable.from(chunks()) };
    });
    assert.equal(await (await get('/whole')).text(), 'ab');
    await assert.rejects(async () => (await get('/broken')).text());
    assert.equal(await (await get('/whole')).text(), 'ab');
  });

  it('tells a handler when its client goes away, in the answer or in the body', async () => {
    const seen: string[] = [];
    const gone = Promise.withResolvers<void>();
    const broken = Promise.withResolvers<void>();
    router.on('GET', '/wait', (call) => {
      call.signal.addEventListener('abort', () => gone.resolve());
      seen.push('waiting');
      socket.destroy();
      return new Promise(() => {});
    });
    router.on('PUT', '/body', async (call) => {
      setImmediate(() => sending.destroy());
      await call.bytes().catch((error: Error) => {
        seen.push('body broke');
        broken.resolve();
        throw error;
      });
      return {};
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
    await gone.promise;
    const sending = request(`${server.origin}/body`, { method: 'PUT' });
    sending.on('error', () => {});
    sending.write('half');
    await broken.promise;
    assert.deepEqual(seen, ['waiting', 'body broke']);
    assert.equal((await get('/b')).status, 404);
  });

  it('gives links the origin that the client used', async () => {
    router.on('GET', '/a', (call) => ({ json: { origin: call.origin } }));
    assert.deepEqual(await (await get('/a')).json(), { origin: server.origin });
  });

  it('announces no body where there is none', async () => {
    router.on('GET', '/none', () => ({ status: 204 }));
    const response = await get('/none');
    assert.equal(response.headers.get('content-length'), null);
    assert.equal(response.status, 204);
  });
});
