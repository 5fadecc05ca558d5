import assert from 'node:assert/strict';
import { describeService } from '../../../functions/score/openapi.ts';
import { OPERATIONS, PROBLEMS } from '../../../functions/score/operations.ts';
import { scoreRoutes } from '../../../functions/score/routes.ts';
import { createCheck } from '../../../shared/portfolio/contract.ts';
import { loadPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { type Described, type Document, lookUp, readDescription } from '../support/described.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const VERSION = 'v20260601_000000';
const REQUESTS = loanRows(10, 3).applications.map(requestOf);
const DECISIONS = '/v1/loans/decisions';

describe('the description of the service', () => {
  let service: Service;
  let document: Document;
  let described: Described;

  before(async () => {
    service = await startService();
    const champion = await storeVersion(service.objects, service.portfolio, VERSION);
    await deploy(service.objects, 'loans', { champion });
    document = (await service.get('/openapi.json')).body;
    described = readDescription(document);
  });
  after(() => service.stop());

  /** Everything in the document, with where it is. */
  function* everything(value: Document, pointer = ''): Generator<[string, Document]> {
    yield [pointer, value];
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const name = key.replaceAll('~', '~0').replaceAll('/', '~1');
      yield* everything(inner, `${pointer}/${name}`);
    }
  }

  /** Asks, and holds the answer against the description. */
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
  ) {
    const response = await fetch(service.url + path, {
      method,
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? undefined : JSON.parse(text);
    described.check({
      method,
      path: path.split('?')[0]!,
      status: response.status,
      contentType: response.headers.get('content-type'),
      headers: response.headers,
      body: parsed,
    });
    return { status: response.status, headers: response.headers, body: parsed };
  }

  it('is of OpenAPI 3.1 and answers as JSON', async () => {
    const { headers } = await service.get('/openapi.json');
    assert.match(headers.get('content-type')!, /^application\/json/);
    assert.match(document.openapi, /^3\.1\.\d$/);
  });

  it('has every path of the service, and none that it lacks', () => {
    const routes = scoreRoutes({} as never).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(Object.keys(OPERATIONS).sort(), routes.sort());
    const paths = Object.entries<Document>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const expected = routes.map((route) => route.replace('{portfolio}', 'loans'));
    assert.deepEqual(paths.sort(), expected.sort());
  });

  it('refers to nothing that is not there', () => {
    let count = 0;
    for (const [pointer, value] of everything(document)) {
      if (!pointer.endsWith('/$ref')) continue;
      count++;
      assert.ok(lookUp(document, value.slice(1)) !== undefined, `${pointer}: ${value}`);
    }
    assert.ok(count > 20);
  });

  it('names operations once, and the parameters of every path', () => {
    const ids: string[] = [];
    for (const [path, item] of Object.entries<Document>(document.paths)) {
      for (const operation of Object.values<Document>(item)) {
        ids.push(operation.operationId);
        const named = operation.parameters
          .filter((parameter: Document) => parameter.in === 'path')
          .map((parameter: Document) => parameter.name);
        assert.deepEqual(
          named,
          [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        );
      }
    }
    assert.equal(new Set(ids).size, ids.length);
  });

  it('says of every operation how it can fail', () => {
    for (const [path, item] of Object.entries<Document>(document.paths)) {
      for (const [method, operation] of Object.entries<Document>(item)) {
        const errors = Object.keys(operation.responses).filter((status) => status >= '400');
        assert.ok(errors.includes('500'), path);
        if (method !== 'post') continue;
        for (const status of ['400', '413', '415']) assert.ok(errors.includes(status), path);
      }
    }
    assert.deepEqual(Object.keys(document.components.responses), Object.keys(PROBLEMS));
  });

  it('shows examples that are as they should be', () => {
    let count = 0;
    for (const [name, schema] of Object.entries<Document>(document.components.schemas)) {
      const validate = described.schema(name);
      for (const example of schema.examples ?? []) {
        count++;
        assert.ok(validate(example), `${name}: ${JSON.stringify(validate.errors)}`);
      }
    }
    assert.ok(count >= 2);
  });

  it('shows an application that is decided on as it stands', async () => {
    const [example] = document.components.schemas.Application_loans.examples;
    assert.equal((await ask('POST', DECISIONS, example)).status, 200);
  });

  it('leaves answers room to grow, and requests none', () => {
    for (const [pointer, value] of everything(document.components.schemas)) {
      if (!pointer.endsWith('/additionalProperties')) continue;
      const isBody = /^\/Applications?_loans\//.test(pointer);
      assert.equal(value === false, isBody, pointer);
    }
    assert.equal(document.components.schemas.Application_loans.additionalProperties, false);
    assert.equal(document.components.schemas.Applications_loans.additionalProperties, false);
    assert.equal(document.components.schemas.Application_loans.properties.status, undefined);
  });

  it('is true of every answer of every path', async () => {
    const asked = new Set<string>();
    const see = (status: number, route: string) => asked.add(`${route} ${status}`);
    for (const request of REQUESTS) {
      for (const path of ['decisions', 'explanations']) {
        see((await ask('POST', `/v1/loans/${path}`, request)).status, `POST ${path}`);
      }
    }
    for (const path of [
      '/v1/loans/model',
      `/v1/loans/model?version=${VERSION}`,
      '/v1/loans/model?version=v1',
      '/v1/loans/model?a=b',
      '/healthz',
      '/health',
      '/readyz',
      '/ready',
      '/openapi.json',
    ]) {
      see((await ask('GET', path)).status, `GET ${path}`);
      see((await ask('HEAD', path)).status, `HEAD ${path}`);
    }
    const { headers } = await ask('GET', '/v1/loans/model');
    const known = { 'if-none-match': headers.get('etag')! };
    see((await ask('GET', '/v1/loans/model', undefined, known)).status, 'GET model again');
    for (const path of ['/v1/loans/decisions', '/v1/loans/explanations']) {
      see((await ask('POST', path, {})).status, path);
      see((await ask('POST', path, [1])).status, path);
      see((await ask('POST', path, { x: 'x'.repeat(70_000) })).status, path);
      see((await ask('POST', path, 'a', { 'content-type': 'text/plain' })).status, path);
      see((await ask('PUT', path, {})).status, path);
    }
    const keyed = { 'content-type': 'application/json', 'idempotency-key': 'a-key' };
    const first = await ask('POST', DECISIONS, REQUESTS[0], keyed);
    see((await ask('POST', DECISIONS, REQUESTS[1], keyed)).status, 'key again');
    see(
      (await ask('POST', DECISIONS, REQUESTS[0], { ...keyed, 'idempotency-key': '' })).status,
      '',
    );
    for (const id of [first.body.decision_id, 'nothing']) {
      see((await ask('GET', `${DECISIONS}/${id}`)).status, 'by id');
    }
    see((await ask('POST', `/v1/loans/explanations?version=v1`, REQUESTS[0])).status, 'version');
    see((await ask('POST', '/v1/cars/decisions', {})).status, 'portfolio');
    see((await ask('GET', '/nowhere')).status, 'path');
    await deploy(service.objects, 'loans', { kill_switch: true });
    for (const path of ['decisions', 'explanations']) {
      see((await ask('POST', `/v1/loans/${path}`, REQUESTS[0])).status, `kill ${path}`);
    }
    see((await ask('GET', '/readyz')).status, 'kill ready');
    see((await ask('GET', '/v1/loans/model')).status, 'kill model');
    await deploy(service.objects, 'loans', { kill_switch: false });
    const statuses = new Set([...asked].map((entry) => entry.split(' ').at(-1)));
    assert.deepEqual([...statuses].sort(), [
      '200',
      '304',
      '400',
      '404',
      '405',
      '413',
      '415',
      '422',
      '503',
    ]);
  });

  it('is of the contract that serves, and of the policy’s where none does', async () => {
    const { contract } = JSON.parse(
      Buffer.from(
        (await service.objects.read(`models/loans/${VERSION}/manifest.json`))!.bytes,
      ).toString(),
    );
    const narrower = structuredClone(contract);
    narrower.properties.amount.maximum = 49_000;
    const champion = await storeVersion(service.objects, service.portfolio, 'v20260602_000000', {
      contract: narrower,
    });
    const maximum = async () =>
      (await service.get('/openapi.json')).body.components.schemas.Application_loans.properties
        .amount.maximum;
    await deploy(service.objects, 'loans', { champion });
    assert.equal(await maximum(), 49_000);
    await deploy(service.objects, 'loans', { kill_switch: true });
    assert.equal(await maximum(), 50_000);
  });

  it('is not sent again to whom has it', async () => {
    const etag = (await service.get('/openapi.json')).headers.get('etag')!;
    const again = await service.get('/openapi.json', { 'if-none-match': etag });
    assert.equal(again.status, 304);
  });

  it('describes the portfolios of the product, each with an example that its contract allows', async () => {
    const contracts = new Map();
    for (const id of ['bnpl', 'cards']) {
      contracts.set(id, (await loadPortfolio('sql', id)).application);
    }
    const both = describeService(contracts) as Document;
    const reader = readDescription(both);
    for (const [id, contract] of contracts) {
      assert.ok(both.paths[`/v1/${id}/decisions`]);
      const [example] = both.components.schemas[`Application_${id}`].examples;
      assert.ok(createCheck(contract, 'checkout')(example).ok);
      assert.ok(reader.takes(`/v1/${id}/decisions`, example));
      assert.ok(!reader.takes(`/v1/${id}/decisions`, { ...example, colour: 'red' }));
    }
  });
});
