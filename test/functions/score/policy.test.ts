import assert from 'node:assert/strict';
import type { DecisionEvent } from '../../../shared/decision/decide.ts';
import { useLender } from '../support/lender.ts';
import { LOANS, POLICY_VERSION, type VersionInput, withPolicy } from '../support/loans.ts';
import { scoreOnPaper, shapleyOnPaper } from '../support/paper.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually, type Instance, startInstance } from '../support/score.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const VERSION = 'v20260601_000000';

const COLUMNS = ['is_customer', '2 * amount AS exposure'];
const CURRENT: VersionInput = {
  ...POLICY_VERSION,
  version: 'current',
  effective_from: '2021-01-01T00:00:00Z',
  cut_offs: [
    {
      name: 'known_and_small',
      when: { below: { amount: 5000 }, segments: ['is_customer'] },
      review_from: 0.4,
      decline_from: 0.6,
    },
    { name: 'standard', review_from: 0.25, decline_from: 0.45 },
  ],
  limits: {
    exposure: {
      outcome: 'review',
      figure: 'exposure',
      at_most: [{ limit: 30_000 }],
      reason: { code: 'R03', text: 'You would owe too much.' },
    },
  },
  counter_offers: {
    instead_of: ['decline', 'review'],
    changes: [
      { field: 'amount', shares: [0.9, 0.7, 0.49, 0.2], multiple_of: 100, at_least: 500 },
      { field: 'term_months', values: [36, 24, 12] },
    ],
    prefer: 'largest_amount',
    amount: 'amount',
  },
};
/** Declined everybody once, and will again. */
const never = (version: string, effective_from: string): VersionInput => ({
  ...CURRENT,
  version,
  effective_from,
  cut_offs: [{ name: 'nobody', review_from: 0, decline_from: 0 }],
});
const VERSIONS = [
  never('past', '2020-01-01T00:00:00Z'),
  CURRENT,
  never('future', '2999-01-01T00:00:00Z'),
];

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
/** Declined as it is; less of it for a shorter time would be approved. */
const TOO_MUCH = { ...GOOD, loan_id: 'much', amount: 14_000, term_months: 40, income: null };
/** Nothing that an offer changes would help. */
const HOPELESS = {
  ...TOO_MUCH,
  loan_id: 'hopeless',
  purpose: 'debt',
  is_customer: false,
  employed_since: null,
};

describe('the policy behind a decision', () => {
  const lender = useLender(withPolicy(LOANS, VERSIONS, COLUMNS));
  let instance: Instance;

  before(async () => {
    const champion = await storeVersion(lender.objects, lender.portfolio, VERSION);
    await deploy(lender.objects, 'loans', { champion });
    instance = await startInstance(lender);
  });
  after(() => instance.stop());
  beforeEach(() => deploy(lender.objects, 'loans', { kill_switch: false }));

  const eventOf = (decisionId: string): Promise<DecisionEvent> =>
    eventually(async () => {
      const [rows] = await lender.bigquery.query({
        query: `SELECT * FROM flit.decisions
          WHERE decided_at >= TIMESTAMP '2000-01-01' AND decision_id = @id`,
        params: { id: decisionId },
      });
      return rows[0];
    });
  const codesOf = (body: { reasons: { code: string }[] }) => body.reasons.map(({ code }) => code);

  it('is the version that is in force: neither one that has ended nor one to come', async () => {
    const { body } = await instance.decide(GOOD);
    assert.deepEqual([body.outcome, body.policy_version], ['approve', 'current']);
    await deploy(lender.objects, 'loans', { kill_switch: true });
    const { body: without } = await instance.decide(GOOD);
    assert.deepEqual([without.outcome, without.policy_version], ['review', 'current']);
    const [event, fallback] = [await eventOf(body.decision_id), await eventOf(without.decision_id)];
    assert.equal(event.policy_sha256, fallback.policy_sha256);
  });

  describe('makes a counter-offer', () => {
    it('of the most that would be approved, and says why not what was asked', async () => {
      const { pd } = scoreOnPaper(TOO_MUCH);
      assert.ok(pd > 0.45);
      const { body } = await instance.decide(TOO_MUCH);
      assert.equal(body.outcome, 'counter_offer');
      assert.ok(Math.abs(body.probability_of_default - pd) < 1e-6);
      assert.deepEqual(body.counter_offer, {
        terms: [
          { field: 'amount', asked: 14_000, offered: 9800 },
          { field: 'term_months', asked: 40, offered: 24 },
        ],
      });
      const values = shapleyOnPaper(TOO_MUCH);
      const byCode = { M01: values.amount!, M02: values.term_months!, M03: values.income! };
      const against = Object.entries(byCode).filter(([, value]) => value > 0);
      const expected = against.sort(([, a], [, b]) => b - a).map(([code]) => code);
      assert.deepEqual(codesOf(body), expected);
    });

    it('that is approved when it is asked for', async () => {
      const { body } = await instance.decide(TOO_MUCH);
      const offered = Object.fromEntries(
        body.counter_offer.terms.map(({ field, offered }: { field: string; offered: number }) => [
          field,
          offered,
        ]),
      );
      const { body: taken } = await instance.decide({ ...TOO_MUCH, ...offered });
      assert.deepEqual([taken.outcome, taken.counter_offer], ['approve', null]);
      const event = await eventOf(body.decision_id);
      assert.ok(Math.abs(event.counter_offer!.pd - taken.probability_of_default) < 1e-6);
    });

    it('to whom a limit would hold back, with the limit as its reason', async () => {
      const { body } = await instance.decide({ ...GOOD, amount: 16_000, income: 900_000 });
      const { pd } = scoreOnPaper({ ...GOOD, amount: 16_000, income: 900_000 });
      assert.ok(pd > 0.25 && pd < 0.45);
      assert.equal(body.outcome, 'counter_offer');
      assert.equal(codesOf(body)[0], 'R03');
      assert.equal(body.counter_offer.terms[0].field, 'amount');
    });

    it('to whom a rule would knock out that looks at the amount', async () => {
      const { body } = await instance.decide({ ...GOOD, amount: 45_000 });
      assert.equal(body.outcome, 'counter_offer');
      assert.deepEqual(body.reasons[0], { code: 'R01', text: 'The amount is too high.' });
      assert.deepEqual(body.counter_offer.terms, [
        { field: 'amount', asked: 45_000, offered: 9000 },
      ]);
    });

    it('and records it, with the money of what was asked and of what was offered', async () => {
      const { body } = await instance.decide(TOO_MUCH);
      const event = await eventOf(body.decision_id);
      assert.equal(event.outcome, 'counter_offer');
      assert.deepEqual(event.counter_offer!.terms, body.counter_offer.terms);
      assert.equal(event.counter_offer!.instead_of, 'decline');
      assert.equal(event.counter_offer!.tried, 5 * 4 - 1);
      assert.equal(event.currency, 'EUR');
      const loss = (pd: number, amount: number) => pd * 0.5 * amount;
      const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6 * b, `${a} ${b}`);
      near(event.expected_loss!, loss(event.pd!, 14_000));
      near(event.counter_offer!.expected_loss, loss(event.counter_offer!.pd, 9800));
      assert.ok(event.counter_offer!.expected_profit > event.expected_profit!);
      const found = Object.fromEntries(event.rules.map(({ rule, state }) => [rule, state]));
      assert.deepEqual(found, {
        too_large: 'not_hit',
        long_and_new: 'not_hit',
        exposure: 'not_hit',
        'standard.review': 'not_hit',
        'standard.decline': 'hit',
        is_customer: 'hit',
      });
      assert.deepEqual(JSON.parse(event.request), TOO_MUCH);
    });

    it('and shows analysts what the policy found, once a decision', async () => {
      const { body } = await instance.decide(TOO_MUCH);
      const { policy_sha256 } = await eventOf(body.decision_id);
      const [rows] = await lender.bigquery.query({
        query: `SELECT * EXCEPT (decided_at) FROM flit_views.decision_rules
          WHERE decided_at >= TIMESTAMP '2000-01-01' AND decision_id = @id AND state = 'hit'
          ORDER BY rule`,
        params: { id: body.decision_id },
      });
      const decision = {
        decision_id: body.decision_id,
        portfolio: 'loans',
        policy_version: 'current',
        policy_sha256,
        outcome: 'counter_offer',
      };
      const { probability_of_default: figure } = body;
      assert.deepEqual(rows, [
        {
          ...decision,
          rule: 'is_customer',
          kind: 'segment',
          state: 'hit',
          figure: null,
          threshold: null,
        },
        {
          ...decision,
          rule: 'standard.decline',
          kind: 'band',
          state: 'hit',
          figure,
          threshold: 0.45,
        },
      ]);
    });

    it('to nobody whom less would not help, nor without a model', async () => {
      const { body } = await instance.decide(HOPELESS);
      assert.deepEqual([body.outcome, body.counter_offer], ['decline', null]);
      await deploy(lender.objects, 'loans', { kill_switch: true });
      const { body: without } = await instance.decide(TOO_MUCH);
      assert.deepEqual([without.outcome, without.counter_offer], ['review', null]);
    });

    it('only of less, which would be approved, whatever is asked', async () => {
      let offers = 0;
      for (const request of loanRows(150, 11).applications.map(requestOf)) {
        const { body } = await instance.decide(request);
        if (body.outcome !== 'counter_offer') {
          assert.equal(body.counter_offer, null);
          continue;
        }
        offers++;
        const taken = { ...request };
        for (const { field, asked, offered } of body.counter_offer.terms) {
          assert.equal(asked, request[field]);
          assert.ok(offered < Number(asked));
          taken[field] = offered;
        }
        assert.ok(body.reasons.length > 0 && body.reasons.length <= 4);
        assert.equal((await instance.decide(taken)).body.outcome, 'approve');
      }
      assert.ok(offers >= 10, `${offers} offers`);
      assert.deepEqual(instance.log.of('no counter-offer could be found'), []);
    });
  });
});
