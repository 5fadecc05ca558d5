import assert from 'node:assert/strict';
import { scoresAnswer } from '../../../shared/decision/scores.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import { type Described, readDescription } from '../support/described.ts';
import { scoreOnPaper } from '../support/paper.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { post } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, makeVersion, storeVersion } from '../support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const NARROW = 'v20260605_000000';
const PATH = '/v1/loans/scores';

const REQUESTS = loanRows(100, 11).applications.map(requestOf);
const [REQUEST] = REQUESTS;

describe('scores of a list', () => {
  let service: Service;
  let described: Described;
  let refs: Record<string, Awaited<ReturnType<typeof storeVersion>>>;

  before(async () => {
    service = await startService();
    refs = {
      [V1]: await storeVersion(service.objects, service.portfolio, V1),
      [V2]: await storeVersion(service.objects, service.portfolio, V2, { lift: 1 }),
    };
    await serve({ champion: refs[V1]! });
    described = readDescription((await service.get('/openapi.json')).body);
  });
  after(() => service.stop());
  beforeEach(() => serve({ champion: refs[V1]! }));

  const serve = (changes: Parameters<typeof deploy>[2]) =>
    deploy(service.objects, 'loans', {
      challenger: null,
      shadows: [],
      kill_switch: false,
      ...changes,
    });
  /** Asks, and holds the answer against the description. */
  async function ask(body: unknown) {
    const answer = await post(service.url + PATH, body);
    const contentType = answer.headers.get('content-type');
    described.check({
      method: 'POST',
      path: PATH,
      status: answer.status,
      contentType,
      body: answer.body,
    });
    return answer;
  }
  const score = (applications: readonly unknown[]) => ask({ applications });

  it('are what the trees give on paper, in the list’s order', async () => {
    const { status, body } = await score(REQUESTS);
    assert.equal(status, 200);
    assert.deepEqual(scoresAnswer.parse(body), body);
    assert.equal(body.model_version, V1);
    assert.equal(body.scores.length, 100);
    for (const [i, request] of REQUESTS.entries()) {
      const { application_id, probability_of_default } = body.scores[i];
      assert.equal(application_id, request.loan_id);
      assert.ok(Math.abs(probability_of_default - scoreOnPaper(request).pd) < 1e-6);
    }
  });

  it('have the outcome that a decision has, or had it had no other terms to offer', async () => {
    const { body } = await score(REQUESTS);
    const outcomes = new Set<string>();
    for (const [i, request] of REQUESTS.entries()) {
      const { body: decision } = await post(`${service.url}/v1/loans/decisions`, request);
      const event = service.events.at(-1)!;
      assert.equal(decision.application_id, body.scores[i].application_id);
      const ruling = event.counter_offer?.instead_of ?? decision.outcome;
      assert.equal(body.scores[i].outcome, ruling, JSON.stringify(request));
      assert.equal(body.policy_version, decision.policy_version);
      outcomes.add(ruling);
    }
    assert.ok(outcomes.size > 1);
  });

  it('are the same however the list is written: as it is plain to read, and as it is not', async () => {
    const plain = JSON.stringify({ applications: REQUESTS });
    const { body } = await ask(plain);
    const spellings = {
      'an escape': plain.replace('"l-0"', '"l\\u002d0"'),
      'an escape in a name': plain.replaceAll('"amount"', '"\\u0061mount"'),
      'a byte order mark': `\ufeff${plain}`,
      'a name twice': plain.replace('{"loan_id"', '{"amount":"x","loan_id"'),
      'a whole number with a point': plain.replace(/"term_months":(\d+)/, '"term_months":$1.0'),
      'space between everything': JSON.stringify({ applications: REQUESTS }, null, 2),
    };
    for (const [what, text] of Object.entries(spellings)) {
      assert.notEqual(text, plain, what);
      assert.deepEqual((await ask(text)).body, body, what);
    }
  });

  it('are recorded nowhere', async () => {
    const before = service.events.length;
    await score(REQUESTS);
    assert.equal(service.events.length, before);
  });

  it('are the champion’s, whoever’s turn it would be', async () => {
    await serve({ champion: refs[V1]!, challenger: { ...refs[V2]!, share: 1 } });
    const { body } = await score([REQUEST]);
    assert.equal(body.model_version, V1);
    assert.ok(Math.abs(body.scores[0].probability_of_default - scoreOnPaper(REQUEST!).pd) < 1e-6);
  });

  it('are refused with every fault of every application, by its place', async () => {
    const { amount: _, ...without } = REQUEST!;
    const list = [REQUEST, { ...REQUEST, amount: -1, term_months: 'long' }, null, without];
    const { status, body } = await score(list);
    assert.equal(status, 400);
    assert.deepEqual(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), [
      '/applications/1/amount',
      '/applications/1/term_months',
      '/applications/2',
      '/applications/3/amount',
    ]);
    assert.equal(described.takes(PATH, { applications: list }), false);
  });

  it('are refused where a value fits the contract and no feature, by its place', async () => {
    const { application, sql } = service.portfolio;
    const inputs = inputFields(application).map((field) =>
      field.name === 'amount' ? { ...field, minimum: 1000 } : field,
    );
    const { manifest } = await makeVersion(service.portfolio, NARROW);
    const golden = manifest.golden.filter(({ request }) => (request.amount as number) >= 1000);
    const champion = await storeVersion(service.objects, service.portfolio, NARROW, {
      features: compileFeatures(sql.features, inputs),
      golden,
    });
    await serve({ champion });
    const small = { ...REQUEST, amount: 500 };
    const { status, body } = await score([{ ...REQUEST, amount: 2000 }, small, small]);
    assert.equal(status, 400);
    assert.deepEqual(
      body.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/applications/1/amount', '/applications/2/amount'],
    );
  });

  const forms: [string, unknown, string, RegExp][] = [
    ['no body', '', '', /applications/],
    ['a list alone', [REQUEST], '', /applications/],
    ['one application', REQUEST, '', /applications/],
    ['no list', { applications: REQUEST }, '', /applications/],
    ['more than the list', { applications: [REQUEST], limit: 5 }, '', /applications/],
    ['an empty list', { applications: [] }, '/applications', /1 to 100/],
    [
      'one application too many',
      { applications: [...REQUESTS, REQUEST] },
      '/applications',
      /101 applications/,
    ],
  ];
  for (const [what, body, pointer, problem] of forms) {
    it(`are refused for ${what}`, async () => {
      const answer = await ask(body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.errors[0].pointer, pointer);
      assert.match(answer.body.errors[0].problem, problem);
      assert.equal(described.takes(PATH, body), false);
    });
  }

  it('take a list of a mebibyte, and none above', async () => {
    const text = (bytes: number) => {
      const list = JSON.stringify({ applications: REQUESTS });
      return list.slice(0, -1) + ' '.repeat(bytes - list.length) + list.slice(-1);
    };
    assert.equal((await ask(text(1024 * 1024))).status, 200);
    const { status, body } = await ask(text(1024 * 1024 + 1));
    assert.equal(status, 413);
    assert.match(body.detail, /1048576 bytes/);
  });

  it('are not there without a model: 503, and why', async () => {
    await serve({ champion: refs[V1]!, kill_switch: true });
    const { status, body } = await score([REQUEST]);
    assert.equal(status, 503);
    assert.match(body.detail, /kill switch/);
    assert.equal((await ask('{"applications":[')).status, 400);
  });

  it('are there for no other portfolio', async () => {
    const path = `${service.url}/v1/cars/scores`;
    assert.equal((await post(path, { applications: [REQUEST] })).status, 404);
    assert.equal((await post(path, '{"applications":[')).status, 400);
  });
});
