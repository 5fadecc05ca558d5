import assert from 'node:assert/strict';
import { assign } from '../../../shared/arms/arm.ts';
import { type BundleRef, readBundle } from '../../../shared/bundle/bundle.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import { createServingModel } from '../../../shared/serving/serving_model.ts';
import { useLender } from '../support/lender.ts';
import { complaintsIn, keepLog } from '../support/log.ts';
import { scoreOnPaper, shapleyOnPaper } from '../support/paper.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually, type Instance, startInstance } from '../support/score.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const V3 = 'v20260603_000000';
const V4 = 'v20260604_000000';
const V5 = 'v20260605_000000';
/** What versions add for who is no customer. */
const LIFT: Readonly<Record<string, number>> = { [V1]: 0, [V2]: 0.5, [V3]: 1 };

const REQUESTS = loanRows(300, 5).applications.map(requestOf);
const CUT_OFFS = { review: 0.25, decline: 0.45 };

/** Approved by every version. */
const GOOD = {
  loan_id: 'good',
  customer_id: 'c-good',
  asked_at: '2026-06-12T10:00:00Z',
  amount: 500,
  term_months: 12,
  income: 60_000,
  purpose: 'car',
  is_customer: true,
  employed_since: '2020-01-01',
};
/** Declined by every version, for many reasons. */
const BAD = {
  ...GOOD,
  loan_id: 'bad',
  customer_id: 'c-bad',
  amount: 20_000,
  term_months: 40,
  income: null,
  purpose: 'debt',
  is_customer: false,
  employed_since: null,
};

interface StoredEvent {
  readonly decision_id: string;
  readonly outcome: string;
  readonly pd: number | null;
  readonly arm: string | null;
  readonly arm_reason: string | null;
  readonly arm_share: number | null;
  readonly arm_bucket: number | null;
  readonly model_version: string | null;
  readonly fallback: string | null;
  readonly deployment_generation: number | null;
  readonly reasons: { code: string; text: string }[];
  readonly scores: {
    version: string;
    role: string;
    probability: number;
    pd: number;
    features: string;
  }[];
  readonly rules: { rule: string; kind: string; state: string; hit: boolean }[];
  readonly policy_version: string;
  readonly policy_sha256: string;
  readonly expected_loss: number | null;
  readonly expected_profit: number | null;
  readonly currency: string | null;
  readonly counter_offer: unknown;
  readonly request: string;
}

describe('a decision', () => {
  const lender = useLender();
  let instance: Instance;
  let refs: Record<string, BundleRef>;

  before(async () => {
    refs = {};
    for (const version of [V1, V2, V3]) {
      const lift = LIFT[version] ?? 0;
      refs[version] = await storeVersion(lender.objects, lender.portfolio, version, { lift });
    }
    instance = await startInstance(lender);
  });
  after(() => instance.stop());
  beforeEach(async () => {
    instance.log.lines.length = 0;
    await deploy(lender.objects, 'loans', {
      champion: refs[V1]!,
      challenger: null,
      shadows: [],
      kill_switch: false,
    });
  });

  /** The event of a decision, once Pub/Sub has carried it into the warehouse. */
  const eventOf = (decisionId: string): Promise<StoredEvent> =>
    eventually(async () => {
      const [rows] = await lender.bigquery.query({
        query:
          "SELECT * FROM flit.decisions WHERE decided_at >= '2000-01-01' AND decision_id = @id",
        params: { id: decisionId },
      });
      return rows[0];
    });

  /** A version whose features read amounts from 1,000 on, where the contract allows 100. */
  const demanding = async () => {
    const { application, sql } = lender.portfolio;
    const inputs = inputFields(application).map((input) =>
      input.name === 'amount' ? { ...input, minimum: 1000 } : input,
    );
    const { golden } = (await readBundle(lender.objects, 'loans', refs[V1]!)).manifest;
    return {
      features: compileFeatures(sql.features, inputs),
      golden: golden.filter(({ request }) => (request.amount as number) >= 1000),
    };
  };

  it('is the one that the trees give on paper, for every application', async () => {
    for (const request of REQUESTS.slice(0, 60)) {
      const { status, body } = await instance.decide(request);
      assert.equal(status, 200);
      const { pd } = scoreOnPaper(request);
      assert.ok(Math.abs(body.probability_of_default - pd) < 1e-6, JSON.stringify(request));
      const amount = request.amount as number;
      const isLongAndNew = (request.term_months as number) > 48 && request.is_customer === false;
      const byScore =
        pd >= CUT_OFFS.decline ? 'decline' : pd >= CUT_OFFS.review ? 'review' : 'approve';
      const expected =
        amount > 40_000 ? 'decline' : isLongAndNew && byScore === 'approve' ? 'review' : byScore;
      assert.equal(body.outcome, expected);
    }
  });

  it('says the least that a checkout needs, and nothing of features, scores and rules', async () => {
    const { body, headers } = await instance.decide(GOOD);
    assert.match(headers.get('content-type')!, /^application\/json/);
    assert.deepEqual(Object.keys(body).sort(), [
      'application_id',
      'arm',
      'counter_offer',
      'decided_at',
      'decision_id',
      'model_version',
      'outcome',
      'policy_version',
      'probability_of_default',
      'reasons',
    ]);
    assert.equal(body.application_id, 'good');
    assert.equal(body.outcome, 'approve');
    assert.deepEqual(body.reasons, []);
    assert.equal(body.model_version, V1);
    assert.equal(body.policy_version, '2026-06-01');
    assert.equal(body.arm, 'champion');
    assert.match(body.decision_id, /^[\da-f-]{36}$/);
  });

  it('gives the principal reasons of a decline, by Shapley’s definition, strongest first', async () => {
    const { body } = await instance.decide(BAD);
    assert.equal(body.outcome, 'decline');
    const values = shapleyOnPaper(BAD);
    const byCode: Record<string, number> = {
      M01: values.amount!,
      M02: values.term_months!,
      M03: values.income!,
      M04: values.purpose_rank!,
      M05: values.is_customer!,
      M07: values.employed_days!,
    };
    const against = Object.entries(byCode).filter(([, value]) => value > 0);
    const expected = against.sort(([, a], [, b]) => b - a).map(([code]) => code);
    assert.ok(expected.length > 4);
    assert.deepEqual(
      body.reasons.map(({ code }: { code: string }) => code),
      expected.slice(0, 4),
    );
  });

  it('has the reason of the rule that knocked out, and not the model’s', async () => {
    const { body } = await instance.decide({ ...GOOD, amount: 45_000 });
    assert.equal(body.outcome, 'decline');
    assert.deepEqual(body.reasons, [{ code: 'R01', text: 'The amount is too high.' }]);
  });

  it('is recorded in the warehouse as it was answered, with all that made it', async () => {
    const { body } = await instance.decide(BAD);
    const event = await eventOf(body.decision_id);
    assert.equal(event.outcome, body.outcome);
    assert.equal(event.pd, body.probability_of_default);
    assert.deepEqual(event.reasons, body.reasons);
    assert.equal(event.model_version, V1);
    assert.equal(event.arm_reason, 'champion_only');
    assert.equal(event.arm_share, null);
    assert.equal(event.arm_bucket, null);
    assert.equal(event.fallback, null);
    assert.deepEqual(JSON.parse(event.request), BAD);
    assert.deepEqual(
      event.rules.map(({ rule, kind, state, hit }) => [rule, kind, state, hit]),
      [
        ['too_large', 'rule', 'not_hit', false],
        ['long_and_new', 'rule', 'not_hit', false],
        ['standard.review', 'band', 'not_hit', false],
        ['standard.decline', 'band', 'hit', true],
      ],
    );
    assert.match(event.policy_sha256, /^[\da-f]{64}$/);
    assert.equal(event.currency, 'EUR');
    const { amount, term_months } = BAD;
    const loss = event.pd! * 0.5 * amount;
    assert.ok(Math.abs(event.expected_loss! - loss) < 1e-9);
    const funding = (amount * 0.05 * 30 * term_months) / 365;
    const profit = (1 - event.pd!) * 300 - loss - funding - 20;
    assert.ok(Math.abs(event.expected_profit! - profit) < 1e-9);
    assert.equal(event.counter_offer, null);
    const [score, ...others] = event.scores;
    assert.deepEqual(others, []);
    assert.equal(score!.pd, event.pd);
    const features = JSON.parse(score!.features);
    assert.equal(features.monthly_payment, 500);
    assert.equal(features.income, null);
    assert.equal(features.employed_days, -1);
  });

  it('can be replayed: the recorded request gives the same bits', async () => {
    const { body } = await instance.decide(REQUESTS[7]);
    const event = await eventOf(body.decision_id);
    const again = await instance.decide(JSON.parse(event.request));
    assert.equal(again.body.probability_of_default, event.pd);
    const bundle = await readBundle(lender.objects, 'loans', refs[event.model_version!]!);
    const model = await createServingModel(bundle);
    const scored = await model.score(JSON.parse(event.request), keepLog());
    await model.close();
    assert.equal(scored.pd, event.pd);
    assert.equal(scored.probability, event.scores[0]!.probability);
    assert.equal(JSON.stringify(scored.features), event.scores[0]!.features);
  });

  it('is the challenger’s for its share of the entities, and recorded as such', async () => {
    const challenger = { ...refs[V2]!, share: 0.4 };
    await deploy(lender.objects, 'loans', { challenger });
    const arms = new Set<string>();
    for (const request of REQUESTS.slice(0, 40)) {
      const { body } = await instance.decide(request);
      const deployment = { challenger, salt: 'salt' } as never;
      const { arm, bucket } = assign(String(request.customer_id), deployment, new Date());
      assert.equal(body.arm, arm);
      assert.equal(body.model_version, arm === 'challenger' ? V2 : V1);
      const { pd } = scoreOnPaper(request, LIFT[body.model_version]);
      assert.ok(Math.abs(body.probability_of_default - pd) < 1e-6);
      if (arms.has(arm)) continue;
      arms.add(arm);
      const event = await eventOf(body.decision_id);
      assert.equal(event.arm_reason, 'bucket');
      assert.equal(event.arm_share, 0.4);
      assert.equal(event.arm_bucket, bucket);
    }
    assert.equal(arms.size, 2);
  });

  it('follows the steps of a rollout by the clock, and records the share that held', async () => {
    const steps = [
      { from: '2020-01-01T00:00:00Z', share: 1 },
      { from: '2999-01-01T00:00:00Z', share: 0 },
    ];
    await deploy(lender.objects, 'loans', { challenger: { ...refs[V2]!, share: 0, steps } });
    const { body } = await instance.decide(GOOD);
    assert.equal(body.model_version, V2);
    assert.equal((await eventOf(body.decision_id)).arm_share, 1);
  });

  it('has its shadows beside it in the event, and nothing of them in the answer', async () => {
    const alone = await instance.decide(BAD);
    await deploy(lender.objects, 'loans', { shadows: [refs[V2]!, refs[V3]!] });
    const { body } = await instance.decide(BAD);
    const { decision_id: _, decided_at: __, ...answer } = body;
    const { decision_id: ___, decided_at: ____, ...before } = alone.body;
    assert.deepEqual(answer, before);
    const { scores } = await eventOf(body.decision_id);
    assert.deepEqual(
      scores.map(({ version, role }) => [version, role]),
      [
        [V1, 'champion'],
        [V2, 'shadow'],
        [V3, 'shadow'],
      ],
    );
    for (const { version, pd } of scores) {
      assert.ok(Math.abs(pd - scoreOnPaper(BAD, LIFT[version]).pd) < 1e-6);
    }
  });

  it('does not hang on a shadow or challenger that cannot read the application', async () => {
    const ref = await storeVersion(lender.objects, lender.portfolio, V4, await demanding());
    const big = REQUESTS.find(({ amount }) => (amount as number) > 1000);
    await deploy(lender.objects, 'loans', { shadows: [ref], challenger: { ...ref, share: 1 } });
    const taken = await instance.decide(big);
    assert.equal(taken.body.arm, 'challenger');
    const { status, body } = await instance.decide(GOOD);
    assert.equal(status, 200);
    assert.equal(body.arm, 'champion');
    assert.equal(body.model_version, V1);
    assert.equal(instance.log.of('the challenger failed; the champion decides').length, 1);
    assert.equal(instance.log.of('a shadow failed').length, 1);
    const { scores, arm_reason } = await eventOf(body.decision_id);
    assert.deepEqual(
      scores.map(({ role }) => role),
      ['champion'],
    );
    assert.equal(arm_reason, 'challenger_failed');
  });

  it('is refused, and names the field, where a value fits the contract and no feature', async () => {
    const ref = await storeVersion(lender.objects, lender.portfolio, V5, await demanding());
    await deploy(lender.objects, 'loans', { champion: ref });
    const { status, body } = await instance.decide(GOOD);
    assert.equal(status, 400);
    assert.equal(body.code, 'invalid_request');
    assert.equal(body.errors[0].pointer, '/amount');
    assert.match(body.errors[0].problem, /outside 1000 to 50000/);
    assert.deepEqual(complaintsIn(instance.log.lines), []);
  });

  describe('under the kill switch', () => {
    beforeEach(() => deploy(lender.objects, 'loans', { kill_switch: true }));

    it('is a review by a person, and the event says why and under which deployment', async () => {
      const { body } = await instance.decide(GOOD);
      assert.equal(body.outcome, 'review');
      assert.equal(body.probability_of_default, null);
      assert.equal(body.model_version, null);
      assert.equal(body.arm, null);
      assert.deepEqual(
        body.reasons.map(({ code }: { code: string }) => code),
        ['R90'],
      );
      const event = await eventOf(body.decision_id);
      assert.equal(event.fallback, 'kill switch');
      assert.equal(event.arm_reason, null);
      assert.deepEqual(event.scores, []);
      const generation = await lender.objects.generation('models/loans/deployment.json');
      assert.equal(event.deployment_generation, generation);
    });

    it('still declines whom a rule knocks out', async () => {
      const { body } = await instance.decide({ ...GOOD, amount: 45_000 });
      assert.equal(body.outcome, 'decline');
      assert.deepEqual(
        body.reasons.map(({ code }: { code: string }) => code),
        ['R01'],
      );
    });

    it('refuses what the rules cannot read, as with a model', async () => {
      const { status } = await instance.decide({ ...GOOD, loan_id: 7 });
      assert.equal(status, 400);
    });

    it('is not what an instance calls ready', async () => {
      assert.deepEqual(await instance.ready(), {
        status: 503,
        portfolios: { loans: 'kill switch' },
      });
    });
  });

  it('is what an instance with a champion is ready for', async () => {
    assert.deepEqual(await instance.ready(), { status: 200, portfolios: { loans: V1 } });
  });
});
