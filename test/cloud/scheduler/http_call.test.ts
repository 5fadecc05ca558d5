import assert from 'node:assert/strict';
import { Router } from '../http/router.ts';
import { type Server, startServer } from '../http/server.ts';
import { send } from './http_call.ts';

describe('calls to HTTP targets', () => {
  let server: Server;
  let other: Server;
  let seen: { method: string; path: string; body: string; authorization: unknown; host: unknown }[];

  before(async () => {
    const router = new Router();
    const redirects: Record<string, [number, string]> = {
      '/found': [302, '/end?x=1'],
      '/temporary': [307, '/end'],
      '/loop': [302, '/loop'],
      '/away': [307, ''],
      '/nowhere': [304, ''],
    };
    router.on('*', '/{path=**}', async (call) => {
      const body = String(await call.bytes());
      const { authorization, host } = call.headers;
      seen.push({ method: call.method, path: call.path, body, authorization, host });
      const [status, location] = redirects[call.path] ?? [call.path === '/fails' ? 503 : 201, ''];
      const target = call.path === '/away' ? `${other.origin}/end` : location;
      return { status, ...(target && { headers: { location: target } }) };
    });
    const start = () => startServer((request, response) => router.handle(request, response));
    [server, other] = await Promise.all([start(), start()]);
  });
  after(() => Promise.all([server.stop(), other.stop()]));
  beforeEach(() => {
    seen = [];
  });

  const call = (path: string, method = 'POST', origin = server.origin) =>
    send(
      {
        method,
        url: origin + path,
        headers: { authorization: 'Bearer x' },
        ...(method === 'POST' && { body: Buffer.from('hello') }),
      },
      AbortSignal.timeout(10_000),
    );

  it('send method, headers and body, and answer the status', async () => {
    assert.equal(await call('/end'), 201);
    const { host } = new URL(server.origin);
    const expected = {
      method: 'POST',
      path: '/end',
      body: 'hello',
      authorization: 'Bearer x',
      host,
    };
    assert.deepEqual(seen, [expected]);
    assert.equal(await call('/fails', 'GET'), 503);
    assert.equal(await call('/nowhere', 'GET'), 304);
  });

  it('follow redirects, as a GET where a POST was found elsewhere', async () => {
    assert.equal(await call('/found'), 201);
    assert.deepEqual(
      seen.map(({ method, path, body }) => `${method} ${path} ${body}`),
      ['POST /found hello', 'GET /end '],
    );
    assert.equal(await call('/temporary'), 201);
    assert.deepEqual(
      seen.slice(2).map(({ method, body }) => `${method} ${body}`),
      ['POST hello', 'POST hello'],
    );
  });

  it('take no credentials to another host, and no more than five redirects', async () => {
    assert.equal(await call('/away'), 201);
    assert.deepEqual(
      seen.map(({ authorization }) => authorization),
      ['Bearer x', undefined],
    );
    seen = [];
    assert.equal(await call('/loop', 'GET'), 302);
    assert.equal(seen.length, 6);
  });

  it('reject where nobody listens, and when they are broken off', async () => {
    const gone = await startServer(async () => {});
    await gone.stop();
    await assert.rejects(call('/end', 'GET', gone.origin), /ECONNREFUSED/);
    const signal = AbortSignal.abort();
    await assert.rejects(
      send({ method: 'GET', url: server.origin, headers: {} }, signal),
      /abort/i,
    );
  });
});
