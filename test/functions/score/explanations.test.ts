import assert from 'node:assert/strict';
import { writeBundle } from '../../../shared/bundle/bundle.ts';
import { type ExplanationAnswer, explanationAnswer } from '../../../shared/decision/explanation.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import { LINEAR_BASE, makeLinearVersion } from '../support/linear.ts';
import { shapleyOnPaper } from '../support/paper.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { post } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, makeVersion, storeVersion } from '../support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const V3 = 'v20260603_000000';
const LINEAR = 'v20260604_000000';
const NARROW = 'v20260605_000000';
const LIFT: Readonly<Record<string, number>> = { [V1]: 0, [V2]: 0.5, [V3]: 1 };

const REQUESTS = loanRows(40, 11).applications.map(requestOf);

describe('an explanation', () => {
  let service: Service;
  let refs: Record<string, Awaited<ReturnType<typeof storeVersion>>>;

  before(async () => {
    service = await startService();
    refs = {};
    for (const [version, lift] of Object.entries(LIFT)) {
      refs[version] = await storeVersion(service.objects, service.portfolio, version, { lift });
    }
    const { manifest, files } = await makeLinearVersion(service.portfolio, LINEAR);
    refs[LINEAR] = await writeBundle(service.objects, manifest, files);
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
  const ask = (request: unknown, query = '') =>
    post(`${service.url}/v1/loans/explanations${query}`, request);
  const explained = async (request: unknown, query = ''): Promise<ExplanationAnswer> => {
    const { status, body } = await ask(request, query);
    assert.equal(status, 200, JSON.stringify(body));
    // What is answered is what is described, and not a field more.
    assert.deepEqual(explanationAnswer.parse(body), body);
    return body;
  };
  const decided = async (request: unknown) =>
    (await post(`${service.url}/v1/loans/decisions`, request)).body;

  const near = (a: number, b: number, what: string) =>
    assert.ok(Math.abs(a - b) < 1e-6, `${what}: ${a} is not ${b}`);

  it('adds up: base value and Shapley’s values are the margin, and the margin is the probability', async () => {
    for (const request of REQUESTS.slice(0, 20)) {
      const answer = await explained(request);
      const expected = shapleyOnPaper(request);
      let sum = answer.base_value;
      for (const { feature, contribution } of answer.contributions) {
        near(contribution, expected[feature] ?? 0, feature);
        sum += contribution;
      }
      near(answer.margin, sum, 'margin');
      near(answer.probability, 1 / (1 + Math.exp(-answer.margin)), 'probability');
      assert.equal(answer.units, 'log_odds');
    }
  });

  it('names the weightiest feature first, with what the model read and the reason it stands for', async () => {
    const [request] = REQUESTS;
    const { contributions } = await explained({ ...request, amount: 12_000, term_months: 24 });
    const weights = contributions.map(({ contribution }) => Math.abs(contribution));
    assert.deepEqual(
      weights,
      weights.toSorted((a, b) => b - a),
    );
    const of = (name: string) => contributions.find(({ feature }) => feature === name)!;
    assert.equal(of('amount').value, 12_000);
    assert.equal(of('monthly_payment').value, 500);
    assert.equal(of('amount').reason, 'M01');
    assert.equal(of('monthly_payment').reason, 'M01');
    assert.equal(contributions.length, service.portfolio.features.features.length);
  });

  it('sums features that are one reason, and says which they are', async () => {
    for (const request of REQUESTS.slice(0, 5)) {
      const { factors, contributions } = await explained(request);
      for (const { features, contribution } of factors) {
        const parts = contributions.filter(({ feature }) => features.includes(feature));
        assert.equal(parts.length, features.length);
        near(
          contribution,
          parts.reduce((sum, part) => sum + part.contribution, 0),
          features.join(),
        );
      }
      assert.deepEqual(factors.find(({ code }) => code === 'M01')!.features, [
        'amount',
        'monthly_payment',
      ]);
      const weights = factors.map(({ contribution }) => contribution);
      assert.deepEqual(
        weights,
        weights.toSorted((a, b) => b - a),
      );
    }
  });

  it('is of what would be decided, decides nothing and records nothing', async () => {
    const before = service.events.length;
    const answers = await Promise.all(REQUESTS.map((request) => explained(request)));
    assert.equal(service.events.length, before);
    const outcomes = new Set<string>();
    for (const [i, request] of REQUESTS.entries()) {
      const {
        outcome,
        probability_of_default,
        reasons,
        counter_offer,
        policy_version,
        model_version,
      } = await decided(request);
      const { outcome: explainedOutcome, ...answer } = answers[i]!;
      assert.equal(explainedOutcome, outcome);
      assert.equal(answer.probability_of_default, probability_of_default);
      assert.deepEqual(answer.reasons, reasons);
      assert.equal(answer.policy_version, policy_version);
      assert.equal(answer.model_version, model_version);
      assert.equal(answer.application_id, request.loan_id);
      const event = service.events.at(-1)!;
      assert.deepEqual(answer.rules, event.rules);
      assert.deepEqual(answer.counter_offer, counter_offer);
      assert.equal(answer.expected_loss, event.expected_loss);
      assert.equal(answer.expected_profit, event.expected_profit);
      outcomes.add(outcome);
    }
    assert.equal(outcomes.size, 3);
  });

  it('says whom the applicant is compared with', async () => {
    const { reference_population } = await explained(REQUESTS[0]);
    assert.equal(reference_population, 'All loans that the model was trained on.');
  });

  it('says what to change: whoever does is approved', async () => {
    let changed = 0;
    const why = new Set<string | null>();
    for (const request of REQUESTS) {
      const { outcome, counterfactual } = await explained(request);
      const { changes } = counterfactual;
      why.add(counterfactual.why);
      assert.equal(counterfactual.why === 'approved', outcome === 'approve');
      assert.equal(changes === null, counterfactual.probability_of_default === null);
      if (!changes) continue;
      changed++;
      for (const { field, from, text } of changes) {
        assert.equal(from, request[field]);
        assert.match(text, /^(Ask for less|Choose another term)\.$/);
      }
      const other = { ...request, ...Object.fromEntries(changes.map((c) => [c.field, c.to])) };
      const { outcome: after, probability_of_default } = await decided(other);
      assert.equal(after, 'approve');
      near(probability_of_default, counterfactual.probability_of_default!, 'PD');
    }
    assert.ok(changed >= 5, `${changed} have changes`);
    assert.ok(why.has(null) && why.has('approved'));
  });

  it('is of the version that would decide: the challenger for its share of the entities', async () => {
    await serve({ champion: refs[V1]!, challenger: { ...refs[V2]!, share: 0.5 } });
    const roles = new Set<string>();
    for (const request of REQUESTS) {
      const { model_version, role, contributions } = await explained(request);
      const { arm, model_version: deciding } = await decided(request);
      assert.equal(role, arm);
      assert.equal(model_version, deciding);
      const values = shapleyOnPaper(request, LIFT[model_version]);
      const of = contributions.find(({ feature }) => feature === 'is_customer')!;
      near(of.contribution, values.is_customer!, 'is_customer');
      roles.add(role);
    }
    assert.equal(roles.size, 2);
  });

  it('stands by the guard that took a challenger out, and is no evidence for it', async () => {
    const challenger = { ...refs[V2]!, share: 1, guard: { slow_ms: 1e-9 } };
    await serve({ champion: refs[V1]!, challenger });
    for (const request of REQUESTS) assert.equal((await explained(request)).role, 'challenger');
    for (const request of REQUESTS) await decided(request);
    assert.equal((await decided(REQUESTS[0])).arm, 'champion');
    assert.equal((await explained(REQUESTS[0])).role, 'champion');
    const { deployment } = (await service.get('/v1/loans/model')).body;
    assert.equal(deployment.challenger.taken_out, 'latency');
  });

  it('is of any version in memory that is asked for', async () => {
    await serve({
      champion: refs[V1]!,
      challenger: { ...refs[V2]!, share: 1 },
      shadows: [refs[V3]!],
    });
    for (const [version, role] of [
      [V1, 'champion'],
      [V2, 'challenger'],
      [V3, 'shadow'],
    ] as const) {
      const answer = await explained(REQUESTS[0], `?version=${version}`);
      assert.equal(answer.model_version, version);
      assert.equal(answer.role, role);
      const values = shapleyOnPaper(REQUESTS[0]!, LIFT[version]);
      const of = answer.contributions.find(({ feature }) => feature === 'is_customer')!;
      near(of.contribution, values.is_customer!, version);
    }
  });

  it('is of a linear model against the average applicant, and has no thresholds to change by', async () => {
    await serve({ champion: refs[LINEAR]! });
    const request = { ...REQUESTS[0]!, term_months: 50, amount: 30_000 };
    const { base_value, contributions, margin, probability, counterfactual, outcome } =
      await explained(request);
    near(base_value, LINEAR_BASE, 'base');
    const of = (name: string) =>
      contributions.find(({ feature }) => feature === name)!.contribution;
    near(of('term_months'), 0.02 * 20, 'term');
    near(of('amount'), 1e-5 * 20_000, 'amount');
    near(margin, -1 + 0.02 * 50 + 1e-5 * 30_000, 'margin');
    near(probability, 1 / (1 + Math.exp(-margin)), 'probability');
    assert.notEqual(outcome, 'approve');
    assert.equal(counterfactual.why, 'no_trees');
  });

  const obstacles: [string, Parameters<typeof deploy>[2]][] = [
    ['kill switch', { kill_switch: true }],
    ['no champion', { champion: null }],
  ];
  for (const [why, change] of obstacles) {
    it(`is refused without a model (${why}), unless a version is asked for`, async () => {
      await serve({ champion: refs[V1]!, shadows: [refs[V3]!], ...change });
      const { status, body, headers } = await ask(REQUESTS[0]);
      assert.equal(status, 503);
      assert.equal(body.code, 'unavailable');
      assert.match(body.detail, new RegExp(`no model to explain: ${why}`));
      assert.match(headers.get('retry-after')!, /^\d+$/);
      assert.equal((await explained(REQUESTS[0], `?version=${V3}`)).role, 'shadow');
    });
  }

  it('is refused for a version that is not in memory, and says which are', async () => {
    await serve({ champion: refs[V1]!, shadows: [refs[V3]!] });
    for (const version of [V2, '', '../../secret', 'v1']) {
      const { status, body } = await ask(REQUESTS[0], `?version=${version}`);
      assert.equal(status, 404);
      assert.equal(body.code, 'version_not_loaded');
      assert.ok(body.detail.endsWith(`loaded: ${V1}, ${V3}.`), body.detail);
    }
  });

  it('is refused for another query', async () => {
    for (const query of ['?versoin=v1', `?version=${V1}&version=${V1}`, `?version=${V1}&a=b`]) {
      const { status, body } = await ask(REQUESTS[0], query);
      assert.equal(status, 400);
      assert.match(body.detail, /\?version=/);
    }
  });

  it('is refused for an application outside the contract, by pointer', async () => {
    const { status, body } = await ask({ ...REQUESTS[0], amount: -1, colour: 'red' });
    assert.equal(status, 400);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    assert.deepEqual(pointers.sort(), ['/amount', '/colour']);
  });

  it('is refused, and names the field, where a value fits the contract and no feature', async () => {
    const { application, sql } = service.portfolio;
    const inputs = inputFields(application).map((input) =>
      input.name === 'amount' ? { ...input, minimum: 1000 } : input,
    );
    const { manifest } = await makeVersion(service.portfolio, NARROW);
    const golden = manifest.golden.filter(({ request }) => (request.amount as number) >= 1000);
    const features = compileFeatures(sql.features, inputs);
    const champion = await storeVersion(service.objects, service.portfolio, NARROW, {
      features,
      golden,
    });
    await serve({ champion });
    const { status, body } = await ask({ ...REQUESTS[0], amount: 500 });
    assert.equal(status, 400);
    assert.equal(body.errors[0].pointer, '/amount');
  });

  it('is there for no other portfolio', async () => {
    const { status, body } = await post(`${service.url}/v1/cars/explanations`, {});
    assert.equal(status, 404);
    assert.equal(body.code, 'not_found');
  });
});
