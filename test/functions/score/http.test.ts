/** HTTP as the service speaks it: methods, bodies, errors. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { badRequest } from '../../../shared/errors.ts';
import { type Problem, problemOf } from '../../../shared/http/problem.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { post } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const [REQUEST] = loanRows(1, 3).applications.map(requestOf);
const JSON_TEXT = JSON.stringify(REQUEST);
const PATH = '/v1/loans/decisions';

describe('the service over HTTP', () => {
  let service: Service;

  before(async () => {
    service = await startService();
    const champion = await storeVersion(service.objects, service.portfolio, 'v20260601_000000');
    await deploy(service.objects, 'loans', { champion });
  });
  after(() => service.stop());

  const decide = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    post(service.url + PATH, body, headers);
  const bytes = (body: Uint8Array<ArrayBuffer>) =>
    fetch(service.url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });

  it('says that it lives and that it is ready, under both names', async () => {
    for (const path of ['/healthz', '/health']) {
      const { status, body } = await service.get(path);
      assert.equal(status, 200);
      assert.deepEqual(body, { status: 'ok' });
    }
    const [first, second] = await Promise.all(['/readyz', '/ready'].map((p) => service.get(p)));
    assert.equal(first!.status, 200);
    assert.deepEqual(first!.body, second!.body);
  });

  it('answers HEAD as GET, without a body', async () => {
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/v1/loans/model']) {
      const whole = await fetch(service.url + path);
      const head = await fetch(service.url + path, { method: 'HEAD' });
      assert.equal(head.status, whole.status);
      assert.equal(await head.text(), '');
      for (const name of ['content-type', 'content-length', 'etag']) {
        assert.equal(head.headers.get(name), whole.headers.get(name), `${path} ${name}`);
      }
    }
    assert.equal((await fetch(service.url + PATH, { method: 'HEAD' })).status, 405);
  });

  it('lists the methods of a path to OPTIONS and beside a 405', async () => {
    const methods = {
      [PATH]: 'POST, OPTIONS',
      '/v1/loans/model': 'GET, HEAD, OPTIONS',
      '/healthz': 'GET, HEAD, OPTIONS',
    };
    for (const [path, allowed] of Object.entries(methods)) {
      const asked = await fetch(service.url + path, { method: 'OPTIONS' });
      assert.equal(asked.status, 204);
      assert.equal(asked.headers.get('allow'), allowed);
      assert.equal(await asked.text(), '');
      const refused = await fetch(service.url + path, { method: 'DELETE' });
      assert.equal(refused.status, 405);
      assert.equal(refused.headers.get('allow'), allowed);
    }
    assert.equal((await fetch(`${service.url}/nowhere`, { method: 'OPTIONS' })).status, 404);
  });

  it('answers JSON whatever is accepted', async () => {
    const { status } = await decide(REQUEST, { accept: 'text/html' });
    assert.equal(status, 200);
  });

  it('skips a byte order mark, and takes white space around', async () => {
    assert.equal((await decide(`\ufeff${JSON_TEXT}`)).status, 200);
    assert.equal((await decide(`\n\t ${JSON_TEXT}\r\n`)).status, 200);
  });

  it('refuses what comes after the JSON', async () => {
    for (const more of ['{}', 'x', '\0', ',', '\u00a0']) {
      const { status, body } = await decide(JSON_TEXT + more);
      assert.equal(status, 400, more);
      assert.match(body.detail, /not JSON/);
    }
  });

  it('takes UTF-8, and no other character set', async () => {
    for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'us-ascii']) {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      assert.equal((await decide(REQUEST, headers)).status, 200, charset);
    }
    for (const charset of ['utf-16', 'latin1', 'utf-7']) {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      assert.equal((await decide(REQUEST, headers)).status, 415, charset);
    }
    for (const odd of ['c0af', 'eda080', 'ff', 'f4908080']) {
      const text = Buffer.from(JSON_TEXT.replace('"l-0"', '"l-#"'));
      const at = text.indexOf('#');
      const broken = Buffer.concat([
        text.subarray(0, at),
        Buffer.from(odd, 'hex'),
        text.subarray(at + 1),
      ]);
      assert.equal((await bytes(broken)).status, 400, odd);
    }
  });

  it('decides on the last of two fields of one name, and records that one alone', async () => {
    const { body } = await decide(`{"loan_id":"first",${JSON_TEXT.slice(1)}`);
    assert.equal(body.application_id, REQUEST!.loan_id);
    const { request } = service.events.at(-1)!;
    assert.deepEqual(JSON.parse(request), REQUEST);
    assert.doesNotMatch(request, /first/);
  });

  it('refuses fields that every object has, and pollutes none', async () => {
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
      const { status, body } = await decide(`{"${name}":{"polluted":1},${JSON_TEXT.slice(1)}`);
      assert.equal(status, 400);
      assert.deepEqual(body.errors, [{ pointer: `/${name}`, problem: 'is not in the contract' }]);
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it('points at fields as RFC 6901 has it', async () => {
    const { body } = await decide({ ...REQUEST, 'a/b~c': 1, '': 2 });
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    assert.deepEqual(pointers.sort(), ['/', '/a~1b~0c']);
  });

  it('refuses a value where a plain one belongs, however deep, and a bomb of brackets', async () => {
    for (const [depth, problem] of [
      [1, 'contract'],
      [7, 'contract'],
      [8, 'deeper'],
      [9000, 'deeper'],
    ] as const) {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const bomb = `${open.repeat(depth)}0${close.repeat(depth)}`;
        const { status, body } = await decide(`${JSON_TEXT.slice(0, -1)},"amount":${bomb}}`);
        assert.equal(status, 400);
        assert.match(body.detail, new RegExp(problem));
        if (problem === 'contract') assert.equal(body.errors[0].pointer, '/amount');
      }
    }
  });

  it('names a hundred faults, and how many more there are', async () => {
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`f${i}`, 0]));
    const { status, body } = await decide({ ...REQUEST, ...many });
    assert.equal(status, 400);
    assert.equal(body.errors.length, 100);
    assert.match(body.detail, /1900 more faults/);
  });

  it('says nothing of the body in what is wrong with its JSON', async () => {
    const { body } = await decide('{"customer_id": "c-secret", amount}');
    assert.match(body.detail, /^The body is not JSON: /);
    assert.doesNotMatch(body.detail, /secret/);
    const { body: other } = await decide('secret');
    assert.doesNotMatch(other.detail, /secret/);
  });

  it('gives every kind of error a name of its own, and the trace to look for in the log', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const { body } = await decide({}, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
    assert.equal(body.type, 'urn:flit:problem:invalid_request');
    assert.equal(body.trace_id, trace);
    const { body: google } = await decide({}, { 'x-cloud-trace-context': `${trace}/1;o=1` });
    assert.equal(google.trace_id, trace);
    const { body: none } = await decide({}, { traceparent: 'x' });
    assert.ok(!('trace_id' in none));
    assert.equal((await service.get('/nowhere')).body.type, 'urn:flit:problem:not_found');
  });

  it('tells of an unexpected error no more than that there was one', () => {
    const expected: Problem = {
      type: 'urn:flit:problem:internal',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal',
      detail: 'The request could not be served. Nothing was decided.',
    };
    assert.deepEqual(problemOf(new Error('the password is hunter2')), expected);
    assert.deepEqual(problemOf('hunter2'), expected);
    assert.equal(problemOf(badRequest('No.')).errors, undefined);
  });
});

describe('a service that has lost its models and its policy', () => {
  it('decides nothing: 503, and when to ask again', async () => {
    const service = await startService();
    await rm(join(service.sqlDirectory, 'loans', 'policy.json'));
    for (const path of [PATH, '/v1/loans/explanations', '/v1/loans/scores']) {
      const { status, headers, body } = await post(service.url + path, REQUEST);
      assert.equal(status, 503);
      assert.equal(body.code, 'unavailable');
      assert.match(headers.get('retry-after')!, /^\d+$/);
      assert.doesNotMatch(JSON.stringify(body), /policy\.json|\/tmp/);
    }
    assert.equal((await service.get('/openapi.json')).status, 503);
    assert.equal((await service.get('/healthz')).status, 200);
    assert.equal((await service.get('/readyz')).status, 503);
    assert.deepEqual(service.events, []);
    await service.stop();
  });
});
