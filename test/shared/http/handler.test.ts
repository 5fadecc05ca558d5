import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { AppError, badRequest } from '../../../shared/errors.ts';
import { createHandler, type Handler, type Route } from '../../../shared/http/handler.ts';
import { createLog } from '../../../shared/log.ts';

interface Problem {
  status: number;
  code: string;
  detail: string;
  errors: unknown;
}

const ROUTES: Route[] = [
  {
    method: 'POST',
    path: '/v1/{portfolio}/echo',
    handle: ({ params, body }) => ({ body: { params, body }, headers: { 'x-answer': 'yes' } }),
  },
  {
    method: 'POST',
    path: '/raw',
    isRaw: true,
    handle: ({ body: { bytes, parse } }) => ({
      body: { bytes: [...bytes], ...(bytes[0] === 0x7b ? {} : { parsed: parse() ?? 'nothing' }) },
    }),
  },
  { method: 'GET', path: '/v1/{portfolio}/echo', handle: () => ({ status: 202, body: {} }) },
  { method: 'POST', path: '/large', bodyLimit: 300, handle: ({ body }) => ({ body: { body } }) },
  {
    method: 'POST',
    path: '/refuse',
    handle() {
      throw badRequest('No.', [{ pointer: '/a', problem: 'is wrong' }]);
    },
  },
  {
    method: 'POST',
    path: '/unavailable',
    handle() {
      throw new AppError('unavailable', 503, 'The warehouse is away.');
    },
  },
  {
    method: 'POST',
    path: '/break',
    handle() {
      throw new Error('the password is hunter2');
    },
  },
];

const SERVERS: Readonly<Record<string, (handler: Handler) => Server>> = {
  'on Node’s own server': (handler) => createServer(handler),
  'under functions-framework’s Express'(handler) {
    http('handler-test', handler);
    return getTestServer('handler-test');
  },
};

for (const [where, create] of Object.entries(SERVERS)) {
  describe(`an HTTP function ${where}`, () => behavesOn(create));
}

function behavesOn(create: (handler: Handler) => Server): void {
  let server: Server;
  let url: string;
  let lines: Record<string, unknown>[];

  before(async () => {
    const log = createLog((line) => lines.push(JSON.parse(line)));
    server = create(createHandler(ROUTES, { projectId: 'p1', log, bodyLimit: 100 }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  beforeEach(() => {
    lines = [];
  });

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('gives a route the names in its path and the parsed body', async () => {
    const response = await post('/v1/b%20npl/echo', { a: [1] });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-answer'), 'yes');
    assert.deepEqual(await response.json(), { params: { portfolio: 'b npl' }, body: { a: [1] } });
  });

  it('tells methods of a path apart', async () => {
    assert.equal((await fetch(`${url}/v1/x/echo`)).status, 202);
    const response = await fetch(`${url}/v1/x/echo`, { method: 'DELETE' });
    assert.equal(response.status, 405);
    assert.match(((await response.json()) as Problem).detail, /Use POST or GET/);
  });

  it('leaves a query out of the path', async () => {
    const { params } = (await (await post('/v1/x%3Fy/echo?z=%', {})).json()) as {
      params: object;
    };
    assert.deepEqual(params, { portfolio: 'x?y' });
  });

  it('gives a route that wants it the body as it came, and parses it when it is asked to', async () => {
    const raw = async (body: string) => {
      const response = await post('/raw', body);
      return { status: response.status, ...((await response.json()) as object) };
    };
    assert.deepEqual(await raw('[1]'), { status: 200, bytes: [0x5b, 0x31, 0x5d], parsed: [1] });
    assert.deepEqual(await raw(''), { status: 200, bytes: [], parsed: 'nothing' });
    const deep = '[[[[[[[[[1]]]]]]]]]';
    assert.equal((await raw(deep)).status, 400);
    const unasked = `{"a":${deep}}`;
    assert.deepEqual(await raw(unasked), { status: 200, bytes: [...Buffer.from(unasked)] });
    assert.equal((await raw(`[${'1'.repeat(100)}]`)).status, 413);
    assert.equal((await post('/raw', '[]', { 'content-type': 'text/plain' })).status, 415);
  });

  it('reads as much of a body as its route allows', async () => {
    assert.equal((await post('/large', { a: 'x'.repeat(200) })).status, 200);
    assert.equal((await post('/large', { a: 'x'.repeat(300) })).status, 413);
  });

  const refused: [string, () => Promise<Response>, number, RegExp][] = [
    ['an unknown path', () => post('/nowhere', {}), 404, /nothing at \/nowhere/],
    ['no path', () => post('', {}), 404, /nothing at \/\./],
    ['a body over the limit', () => post('/v1/x/echo', { a: 'x'.repeat(100) }), 413, /larger than/],
    [
      'another content type',
      () => post('/v1/x/echo', 'a=1', { 'content-type': 'text/plain' }),
      415,
      /application\/json/,
    ],
  ];
  for (const [what, call, status, detail] of refused) {
    it(`refuses ${what} as problem+json`, async () => {
      const response = await call();
      const problem = (await response.json()) as Problem;
      assert.equal(response.status, status);
      assert.match(response.headers.get('content-type')!, /^application\/problem\+json/);
      assert.equal(problem.status, status);
      assert.match(problem.detail, detail);
    });
  }

  it('lists faults by JSON pointer and does not log what the caller did wrong', async () => {
    const problem = (await (await post('/refuse', {})).json()) as Problem;
    assert.equal(problem.code, 'invalid_request');
    assert.deepEqual(problem.errors, [{ pointer: '/a', problem: 'is wrong' }]);
    assert.deepEqual(lines, []);
  });

  it('answers a failing neighbour with its status, and logs it', async () => {
    const response = await post('/unavailable', {});
    assert.equal(response.status, 503);
    assert.equal(lines[0]!.severity, 'ERROR');
  });

  it('leaks nothing of an unexpected error, and logs all of it with the trace', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const response = await post('/break', {}, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
    const text = await response.text();
    assert.equal(response.status, 500);
    assert.ok(!text.includes('hunter2') && !text.includes('.ts'));
    assert.match(String(lines[0]!.stack_trace), /hunter2[\s\S]*handler\.test\.ts/);
    assert.equal(lines[0]!['logging.googleapis.com/trace'], `projects/p1/traces/${trace}`);
    assert.equal(lines[0]!['logging.googleapis.com/spanId'], 'b7ad6b7169203331');
    assert.equal(lines[0]!['logging.googleapis.com/trace_sampled'], true);
  });
}
