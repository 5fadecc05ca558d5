/** The function in a process of its own, as Google Cloud runs it: what reaches it from outside. */
import assert from 'node:assert/strict';
import { request as call, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type FunctionProcess, startFunction } from '../../start/services.ts';
import { useLender } from '../support/lender.ts';
import { complaintsIn } from '../support/log.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually } from '../support/score.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const VERSION = 'v20260601_000000';
const REQUEST = requestOf(loanRows(1, 3).applications[0]!);
const PATH = '/v1/loans/decisions';

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

describe('the decision service', () => {
  const lender = useLender();
  let service: FunctionProcess;
  const log: Record<string, unknown>[] = [];

  before(async () => {
    const champion = await storeVersion(lender.objects, lender.portfolio, VERSION);
    await deploy(lender.objects, 'loans', { champion });
    const environment = { ...lender.environment, NODE_ENV: 'production' };
    service = await startFunction('score', environment, { onLog: (entry) => log.push(entry) });
  });
  after(() => service.stop());

  it('has loaded what serves before anybody asks', async () => {
    await eventually(async () => log.find(({ message }) => message === 'now serving'));
  });

  /** Sends bytes as they are; no client mends them. */
  function send(body: string | Buffer, options: RequestOptions = {}): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const { port } = new URL(service.url);
      const headers = { 'content-type': 'application/json', ...(options.headers as object) };
      const sent = call(
        { host: '127.0.0.1', port, method: 'POST', path: PATH, agent: false, ...options, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  const changed = (change: object) => JSON.stringify({ ...REQUEST, ...change });
  const without = (name: string) => {
    const { [name]: _, ...rest } = REQUEST;
    return JSON.stringify(rest);
  };

  it('decides', async () => {
    const { status, text } = await send(JSON.stringify(REQUEST));
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).model_version, VERSION);
  });

  it('decides on a body that comes in pieces without a length', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    assert.equal((await send(JSON.stringify(REQUEST), { headers })).status, 200);
  });

  it('takes every content type that is JSON', async () => {
    for (const type of ['application/json; charset=utf-8', 'Application/JSON']) {
      const headers = { 'content-type': type };
      assert.equal((await send(JSON.stringify(REQUEST), { headers })).status, 200, type);
    }
  });

  it('says that it lives and that it is ready', async () => {
    assert.equal((await send('', { method: 'GET', path: '/health' })).status, 200);
    assert.equal((await send('', { method: 'GET', path: '/ready' })).status, 200);
  });

  const large = JSON.stringify({ ...REQUEST, loan_id: 'x'.repeat(70_000) });
  const chunked = { headers: { 'transfer-encoding': 'chunked' } };
  const refused: [string, () => Promise<Sent>, number, RegExp][] = [
    ['no body', () => send(''), 400, /does not fit/],
    ['malformed JSON', () => send('{"loan_id": '), 400, /not JSON/],
    ['bytes that are no UTF-8', () => send(Buffer.from([0x22, 0xff, 0x22])), 400, /not JSON/],
    ['NaN, which JSON lacks', () => send('{"amount": NaN}'), 400, /not JSON/],
    ['an array', () => send('[]'), 400, /does not fit/],
    ['null', () => send('null'), 400, /does not fit/],
    ['deep nesting', () => send(`${'['.repeat(30_000)}${']'.repeat(30_000)}`), 400, /deeper/],
    ['a body over the limit', () => send(large), 413, /65536 bytes/],
    ['one without a length', () => send(large, chunked), 413, /65536 bytes/],
    [
      'a form',
      () => send('amount=1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      415,
      /application\/json/,
    ],
    [
      'no content type',
      () => send(JSON.stringify(REQUEST), { headers: { 'content-type': '' } }),
      415,
      /application\/json/,
    ],
    [
      'a compressed body',
      () => send(JSON.stringify(REQUEST), { headers: { 'content-encoding': 'gzip' } }),
      415,
      /content-encoding/,
    ],
    ['an unknown portfolio', () => send('{}', { path: '/v1/cars/decisions' }), 404, /"cars"/],
    [
      'a path that leads out of its folder',
      () => send('{}', { path: '/v1/..%2Floans/decisions' }),
      404,
      /no portfolio/,
    ],
    [
      'percent-encoding that means nothing',
      () => send('{}', { path: '/v1/%E0%A4%A/decisions' }),
      404,
      /%E0%A4%A/,
    ],
    ['another path', () => send('{}', { path: '/v2/loans/decisions' }), 404, /nothing at/],
    ['another method', () => send('', { method: 'PUT' }), 405, /Use POST/],
    ['a GET', () => send('', { method: 'GET' }), 405, /Use POST/],
  ];
  for (const [what, ask, status, detail] of refused) {
    it(`refuses ${what} with ${status} as problem+json, which leaks nothing`, async () => {
      const answer = await ask();
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers['content-type']!, /^application\/problem\+json/);
      const problem = JSON.parse(answer.text);
      assert.equal(problem.status, status);
      assert.match(problem.detail, detail);
      assert.doesNotMatch(answer.text, /\.ts|node_modules|stack/);
      if (status === 405) assert.equal(answer.headers.allow, 'POST, OPTIONS');
    });
  }

  const faulty: [string, string, string, RegExp][] = [
    ['a field of the wrong type', changed({ amount: '500' }), '/amount', /number/],
    ['a number out of range', changed({ amount: 1e300 }), '/amount', /50000/],
    [
      'a number beyond all numbers',
      changed({}).replace(/"amount":[\d.]+/, '"amount":1e309'),
      '/amount',
      /number/,
    ],
    ['a fraction for an integer', changed({ term_months: 12.5 }), '/term_months', /int/],
    ['null where it is not allowed', changed({ purpose: null }), '/purpose', /./],
    ['a category that is none', changed({ purpose: 'boat' }), '/purpose', /car/],
    ['a time without a zone', changed({ asked_at: '2026-06-01T00:00:00' }), '/asked_at', /offset/],
    [
      'a time before all features',
      changed({ asked_at: '0001-01-01T00:00:00Z' }),
      '/asked_at',
      /1830/,
    ],
    [
      'a day that does not exist',
      changed({ employed_since: '2026-02-30' }),
      '/employed_since',
      /date/,
    ],
    [
      'half a character',
      changed({}).replace('"loan_id":"l-0"', '"loan_id":"\\ud800"'),
      '/loan_id',
      /surrogate/,
    ],
    ['half a character in a free text', changed({ employer: '\ud800' }), '/employer', /surrogate/],
    ['a text that is too long', changed({ employer: 'x'.repeat(41) }), '/employer', /40/],
    ['a missing field', without('amount'), '/amount', /missing/],
    [
      'a field that the contract lacks',
      changed({ colour: 'red' }),
      '/colour',
      /not in the contract/,
    ],
    ['the lender’s own field', changed({ status: 'granted' }), '/status', /not in the contract/],
    [
      'a prototype',
      `{"__proto__": {}, ${changed({}).slice(1)}`,
      '/__proto__',
      /not in the contract/,
    ],
  ];
  for (const [what, body, pointer, problem] of faulty) {
    it(`refuses ${what} and points at it`, async () => {
      const { status, text } = await send(body);
      assert.equal(status, 400, text);
      const { errors } = JSON.parse(text);
      assert.deepEqual(
        errors.map((fault: { pointer: string }) => fault.pointer),
        [pointer],
      );
      assert.match(errors[0].problem, problem);
    });
  }

  it('points at every fault at once', async () => {
    const { text } = await send(changed({ amount: -1, term_months: 'long', colour: 'red' }));
    const pointers = JSON.parse(text).errors.map((fault: { pointer: string }) => fault.pointer);
    assert.deepEqual(pointers.sort(), ['/amount', '/colour', '/term_months']);
  });

  it('takes a free text of as many characters as are allowed, whatever they weigh', async () => {
    const { status, text } = await send(changed({ employer: '🏦'.repeat(40) }));
    assert.equal(status, 200, text);
  });

  it('outlives callers who go away in the middle of a body, and does not call it a fault of its own', async () => {
    const { port } = new URL(service.url);
    for (const length of [{ 'content-length': 1000 }, { 'transfer-encoding': 'chunked' }]) {
      const headers = { 'content-type': 'application/json', ...length };
      const sent = call({
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: PATH,
        agent: false,
        headers,
      });
      const gone = new Promise((resolve) => sent.once('close', resolve));
      sent.on('error', () => {});
      // The whole first half is on its way before the line breaks.
      await new Promise((resolve) => sent.write('{"loan_id":', resolve));
      sent.destroy();
      await gone;
    }
    assert.equal((await send(JSON.stringify(REQUEST))).status, 200);
  });

  it('answers what comes at once over one connection in its order, refused bodies among it', async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify(REQUEST);
    const head = (method: string, path: string, length: number) =>
      `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n`;
    socket.write(`${head('POST', PATH, body.length)}\r\n${body}`);
    socket.write(`${head('POST', PATH, large.length)}\r\n${large}`);
    socket.write(`${head('POST', '/nowhere', 2)}\r\n{}`);
    socket.write(`${head('POST', PATH, body.length)}connection: close\r\n\r\n${body}`);
    const answers = await text(socket);
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ['200', '413', '404', '200']);
  });

  it('waits for a body that comes slowly, and decides on others meanwhile', async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify(REQUEST);
    socket.write(`POST ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`);
    socket.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`);
    for (const part of [body.slice(0, 10), body.slice(10, 20)]) {
      socket.write(part);
      assert.equal((await send(body)).status, 200);
    }
    socket.write(body.slice(20));
    assert.match(await text(socket), /^HTTP\/1\.1 200 /);
  });

  it('is as well after all this as before, and has nothing to complain of', async () => {
    const { status, text } = await send(JSON.stringify(REQUEST));
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).model_version, VERSION);
    assert.deepEqual(complaintsIn(log), []);
  });
});
