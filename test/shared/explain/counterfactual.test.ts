import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster, Tree } from '../../../shared/bridge/booster.ts';
import { NO_CALIBRATION } from '../../../shared/bridge/calibration.ts';
import { marginsOf } from '../../../shared/bridge/evaluate.ts';
import type { ScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import type { Change, Counterfactual } from '../../../shared/explain/counterfactual.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import type { PolicyDocument } from '../../../shared/policy/document.ts';
import { type Contract, inputFields } from '../../../shared/portfolio/contract.ts';
import type { Actionable } from '../../../shared/portfolio/documents.ts';
import {
  createCounterfactualFinder,
  type Deciding,
} from '../../../shared/serving/counterfactuals.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

const about = { description: 'A field.' };
const CONTRACT: Contract = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An application',
  description: 'What is asked.',
  type: 'object',
  additionalProperties: false,
  required: ['amount', 'deposit', 'term', 'tier', 'insured', 'age'],
  properties: {
    amount: { ...about, type: 'number', minimum: 0, maximum: 10 },
    deposit: { ...about, type: 'number', minimum: 0, maximum: 10 },
    term: { ...about, type: 'integer', minimum: 1, maximum: 12 },
    tier: { ...about, type: 'string', enum: ['low', 'middle', 'high'] },
    insured: { ...about, type: 'boolean' },
    income: { ...about, type: ['number', 'null'], minimum: 0, maximum: 10 },
    age: { ...about, type: 'integer', minimum: 18, maximum: 99 },
  },
};
const FEATURES = `SELECT amount, (amount - deposit) / term AS rate, income,
  CASE tier WHEN 'low' THEN 0 WHEN 'middle' THEN 1 ELSE 2 END AS tier_rank,
  IF(insured, 1, 0) AS is_insured FROM input`;
const COLUMNS = `SELECT amount > 8 AS too_large, term > 6 AND NOT insured AS too_long, amount,
  tier = 'low' AS is_low FROM input`;
const WIDTH = 5;

interface Request extends Record<string, unknown> {
  readonly amount: number;
  readonly deposit: number;
  readonly term: number;
  readonly tier: string;
  readonly insured: boolean;
  readonly income: number | null;
  readonly age: number;
}

const reason = { code: 'R01', text: 'A rule.' };
const WHEN = { segments: [], at_least: {}, below: {} };
const POLICY: PolicyDocument = {
  versions: [
    {
      version: '1',
      effective_from: '2026-01-01T00:00:00Z',
      cut_offs: [
        {
          name: 'low_and_large',
          when: { ...WHEN, segments: ['is_low'], at_least: { amount: 5 } },
          review_from: 0.3,
          decline_from: 0.6,
        },
        { name: 'standard', review_from: 0.4, decline_from: 0.6 },
      ],
      rules: {
        too_large: { outcome: 'decline', reason },
        too_long: { outcome: 'review', reason },
      },
      limits: {
        amount_by_risk: {
          outcome: 'decline',
          figure: 'amount',
          at_most: [{ pd_at_least: 0.3, limit: 6.5 }, { limit: 10 }],
          reason,
        },
      },
      economics: {
        currency: 'USD',
        exposure_at_default: 'amount',
        loss_given_default: 1,
        merchant_fee: { of: 'amount', share: 0.1 },
        customer_fee: 0,
        funding: { of: 'amount', rate_a_year: 0, days: 30 },
        cost_per_plan: 0,
      },
      reference_population: { kind: 'training', text: 'All.' },
      cut_off_reason: reason,
      fallback_reason: reason,
    },
  ],
};
const AT = new Date('2026-06-01T00:00:00Z');

const actions = (step: number): Actionable[] => [
  { field: 'amount', direction: 'lower', text: 'Less.', step },
  { field: 'deposit', direction: 'higher', text: 'More now.', step, at_most: 'amount', span: 5 },
  { field: 'term', direction: 'any', text: 'Another term.', maximum: 9 },
  { field: 'tier', direction: 'higher', text: 'Climb.' },
  { field: 'insured', direction: 'higher', text: 'Insure it.', span: 2 },
  { field: 'income', direction: 'higher', text: 'Earn more.', step, minimum: 1, maximum: 8 },
];

const INPUTS = inputFields(CONTRACT);
const decidingBy = (actionable: readonly Actionable[]): Deciding => ({
  contract: CONTRACT,
  features: compileFeatures(FEATURES, INPUTS),
  policy_columns: compileFeatures(COLUMNS, INPUTS),
  inputs: ['amount', 'rate', 'income', 'tier_rank', 'is_insured'].map((name) => ({
    kind: 'number',
    name,
    nullValue: null,
  })),
  policy: POLICY,
  portfolio: { actionable: [...actionable] },
});

const graphOf = (booster: Booster): ScoringGraph => ({
  input: { name: 'features', elementType: 1, width: WIDTH },
  outputs: ['probability', 'pd'],
  metadata: {},
  booster,
  linear: undefined,
  signs: [1],
  calibration: NO_CALIBRATION,
});

/** The decision on paper: features, rules and cut-off by hand, trees by the slow walk. */
function approves(booster: Booster, request: Request): boolean {
  const { amount, deposit, term, tier, insured, income } = request;
  const rank = ['low', 'middle', 'high'].indexOf(tier);
  const row = [amount, (amount - deposit) / term, income ?? Number.NaN, rank, insured ? 1 : 0];
  const [margin] = marginsOf(booster, Float32Array.from(row));
  const pd = 1 / (1 + Math.exp(-margin!));
  // Closer to the cut-off than engines agree is no approval.
  const judged = pd + 1e-6;
  const reviewFrom = tier === 'low' && amount >= 5 ? 0.3 : 0.4;
  const most = judged >= 0.3 ? 6.5 : 8;
  return judged < reviewFrom && amount <= most && !(term > 6 && !insured);
}

/** Whether somebody may ask it: the deposit is part of the amount. */
const isSane = ({ amount, deposit }: Request): boolean => deposit <= amount;

interface Candidate {
  readonly field: string;
  readonly to: unknown;
  readonly total: number;
}

/** Every change of one field, on paper, in the portfolio's order. */
function changesOfOne(request: Request, step: number): Candidate[] {
  const multiples = Array.from({ length: Math.round(10 / step) + 1 }, (_, i) => i / (1 / step));
  const numbers = (field: 'amount' | 'deposit' | 'income', span: number, allowed: number[]) =>
    allowed.map((to) => ({ field, to, total: Math.abs(to - request[field]!) / span }));
  const { amount, deposit, term, tier, insured, income } = request;
  const tiers = ['low', 'middle', 'high'];
  return [
    ...numbers('amount', 10, multiples.filter((x) => x < amount).reverse()),
    ...numbers(
      'deposit',
      5,
      multiples.filter((x) => x > deposit),
    ),
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9]
      .filter((x) => x !== term)
      .map((to) => ({ field: 'term', to, total: Math.abs(to - term) / 11 })),
    ...tiers
      .slice(tiers.indexOf(tier) + 1)
      .map((to, i) => ({ field: 'tier', to, total: (i + 1) / 2 })),
    ...(insured ? [] : [{ field: 'insured', to: true, total: 0.5 }]),
    ...(income === null
      ? []
      : numbers(
          'income',
          10,
          multiples.filter((x) => x > income && x >= 1 && x <= 8),
        )),
  ];
}

const requests = fc.record({
  amount: fc.integer({ min: 0, max: 200 }).map((x) => x / 20),
  deposit: fc.constantFrom(0, 0.25, 1.3),
  term: fc.integer({ min: 1, max: 9 }),
  tier: fc.constantFrom('low', 'middle', 'high'),
  insured: fc.boolean(),
  income: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 2, max: 20 }).map((x) => x / 2),
  ),
  age: fc.integer({ min: 18, max: 99 }),
});
const boosters = arbitrary.booster({ features: WIDTH, depth: 3, groups: 1 });
const steps = fc.constantFrom(0.25, 0.01);

const find = (booster: Booster, request: Request, step: number, most?: number) =>
  createCounterfactualFinder(decidingBy(actions(step)), graphOf(booster))(request, AT, most);

const changed = (request: Request, { changes }: Counterfactual): Request => ({
  ...request,
  ...Object.fromEntries(changes!.map(({ field, to }) => [field, to])),
});

/** A tree of one question: `yes` for less. */
const stump = (feature: number, below: number, yes: number, no: number): Tree => ({
  group: 0,
  left: Int32Array.of(1, -1, -1),
  right: Int32Array.of(2, -1, -1),
  feature: Uint32Array.of(feature, 0, 0),
  threshold: Float32Array.of(below, 0, 0),
  defaultLeft: Uint8Array.of(1, 0, 0),
  value: Float32Array.of(0, yes, no),
  gain: new Float32Array(3),
  cover: Float32Array.of(2, 1, 1),
});
const forestOf = (trees: readonly Tree[]): Booster => ({
  objective: 'binary:logistic',
  version: [1, 7],
  featureCount: WIDTH,
  groupCount: 1,
  baseMargins: Float32Array.of(0),
  trees,
  attributes: new Map(),
});
const [AMOUNT, RATE, INCOME, TIER, INSURED] = [0, 1, 2, 3, 4];
const REQUEST: Request = {
  amount: 7.5,
  deposit: 0,
  term: 3,
  tier: 'low',
  insured: false,
  income: 5,
  age: 40,
};

describe('a counterfactual', () => {
  it('of one field is the smallest that trying every value finds, ties in the portfolio’s order', () =>
    fc.assert(
      fc.asyncProperty(boosters, requests, steps, async (booster, request, step) => {
        const answer = await find(booster, request, step);
        if (approves(booster, request)) {
          assert.deepEqual(answer, { changes: undefined, why: 'approved', evaluations: 1 });
          return;
        }
        const ways = changesOfOne(request, step).filter(({ field, to }) => {
          const other = { ...request, [field]: to };
          return isSane(other) && approves(booster, other);
        });
        const [smallest] = ways.sort((a, b) => a.total - b.total);
        if (!smallest) {
          assert.notEqual(answer.changes?.length, 1);
          return;
        }
        assert.ok(answer.changes);
        assert.equal(answer.changes.length, 1);
        const [{ field, from, to }] = answer.changes as [Change];
        assert.deepEqual({ field, to, total: answer.total }, smallest);
        assert.equal(from, (request as Request)[field]);
      }),
      { numRuns: 150 },
    ));

  it('leads to approval on paper, goes where a person can, and none of its fields could stay closer', () =>
    fc.assert(
      fc.asyncProperty(boosters, requests, async (booster, request) => {
        const answer = await find(booster, request, 0.25);
        if (!answer.changes) return;
        const after = changed(request, answer);
        assert.ok(approves(booster, after) && isSane(after));
        assert.ok(answer.changes.length <= 3);
        const candidates = changesOfOne(request, 0.25);
        let total = 0;
        for (const { field, to } of answer.changes) {
          const own = candidates.find((other) => other.field === field && other.to === to);
          assert.ok(own, `${field} cannot become ${to}`);
          total += own.total;
          for (const closer of candidates) {
            if (closer.field !== field || closer.total >= own.total) continue;
            const other = { ...after, [field]: closer.to };
            assert.ok(!isSane(other) || !approves(booster, other), `${field} ${closer.to}`);
          }
        }
        assert.ok(Math.abs(total - answer.total) < 1e-12);
        assert.deepEqual({ ...after, age: request.age }, after);
      }),
      { numRuns: 150 },
    ));

  it('is the same at every asking, and never spends more evaluations than it may', () =>
    fc.assert(
      fc.asyncProperty(boosters, requests, fc.nat(600), async (booster, request, most) => {
        const whole = await find(booster, request, 0.25);
        assert.deepEqual(await find(booster, request, 0.25, whole.evaluations), whole);
        const answer = await find(booster, request, 0.25, most);
        assert.ok(answer.evaluations <= most);
        if (most >= whole.evaluations) assert.deepEqual(answer, whole);
        else if (answer.changes) {
          assert.equal(answer.complete, false);
          assert.ok(approves(booster, changed(request, answer)));
        } else assert.equal(answer.why, 'limit');
      }),
      { numRuns: 100 },
    ));

  const told = async (trees: readonly Tree[], request: Request = REQUEST) =>
    (await find(forestOf(trees), request, 0.25)).changes?.map(({ field, to }) => [field, to]);

  it('stops just beyond the threshold, and at it where that is enough', async () => {
    assert.deepEqual(await told([stump(AMOUNT, 4, -1, 1)]), [['amount', 3.75]]);
    const insured = { ...REQUEST, insured: true, tier: 'low' };
    assert.deepEqual(await told([stump(TIER, 1, 1, -1)], insured), [['tier', 'middle']]);
  });

  it('reaches a feature through whichever field moves it with the least change', async () => {
    // 7.5 / 3 must fall below 1.25: an amount of 3.5 is 0.4, a deposit of 4 is 0.8, and a term of
    // 7 is 4/11, but knocks out who is not insured.
    assert.deepEqual(await told([stump(RATE, 1.25, -1, 1)]), [['amount', 3.5]]);
    const insured = { ...REQUEST, insured: true };
    assert.deepEqual(await told([stump(RATE, 1.25, -1, 1)], insured), [['term', 7]]);
  });

  it('changes two fields where one is not enough, and three where two are not', async () => {
    const both = [stump(AMOUNT, 4, -0.3, 1), stump(TIER, 2, 0.8, -0.3)];
    assert.deepEqual(await told(both), [
      ['amount', 3.75],
      ['tier', 'high'],
    ]);
    assert.deepEqual(await told([...both, stump(INSURED, 1, 0.5, 0)]), [
      ['amount', 3.75],
      ['tier', 'high'],
      ['insured', true],
    ]);
  });

  it('lifts a knock-out, though no tree asks for its field', async () => {
    const good = [stump(AMOUNT, 0, 1, -1)];
    assert.deepEqual(await told(good, { ...REQUEST, amount: 9.1 }), [['amount', 8]]);
    assert.deepEqual(await told(good, { ...REQUEST, term: 8 }), [['term', 6]]);
    const low = { ...REQUEST, amount: 9.1, term: 8 };
    assert.deepEqual(await told(good, low), [
      ['amount', 8],
      ['term', 6],
    ]);
  });

  it('never lets a field exceed the one that it must not', async () => {
    // A deposit above 2 would do it, were it not more than the amount.
    const small = { ...REQUEST, amount: 2, term: 1 };
    assert.deepEqual(await told([stump(RATE, -0.1, -1, 1)], small), undefined);
    assert.deepEqual(await told([stump(RATE, 0.1, -1, 1)], small), [['amount', 0]]);
  });

  it('goes no farther than the portfolio allows', async () => {
    // The contract would let an income be 10.
    assert.equal(await told([stump(INCOME, 8.1, 1, -1)]), undefined);
    assert.deepEqual(await told([stump(INCOME, 8, 1, -1)]), [['income', 8]]);
  });

  it('keeps off the cut-off by as much as two engines may differ', async () => {
    const leafOf = (pd: number) => Math.log(pd / (1 - pd));
    assert.equal(await told([stump(AMOUNT, 4, leafOf(0.4 - 5e-7), 1)]), undefined);
    assert.deepEqual(await told([stump(AMOUNT, 4, leafOf(0.4 - 5e-6), 1)]), [['amount', 3.75]]);
  });

  it('makes a combination as small as it can be, however many thresholds lie on the way', async () => {
    // Each quarter of the amount counts a little, and a tier as much as several of them.
    const quarters = Array.from({ length: 30 }, (_, i) => stump(AMOUNT, i / 4 + 0.1, -0.1, 0.1));
    const lowerings = changesOfOne(REQUEST, 0.25).filter(({ field }) => field === 'amount');
    for (const much of [1.8, 2, 2.2, 2.4, 2.6]) {
      const trees = [...quarters, stump(TIER, 2, 1.2, -0.9), stump(AMOUNT, 20, much, 0)];
      const enough = lowerings.find(({ to }) =>
        approves(forestOf(trees), { ...REQUEST, amount: to as number, tier: 'high' }),
      );
      assert.deepEqual(await told(trees), [
        ['amount', enough!.to],
        ['tier', 'high'],
      ]);
    }
  });

  it('leaves alone what is NULL', async () => {
    const income = [stump(INCOME, 7, 1, -1)];
    assert.deepEqual(await told(income), [['income', 7]]);
    assert.equal(await told(income, { ...REQUEST, income: null }), undefined);
  });

  it('says why there is none', async () => {
    const hopeless = forestOf([stump(AMOUNT, 4, 1, 1)]);
    const none = await find(hopeless, REQUEST, 0.25);
    assert.ok(!none.changes && none.why === 'none');
    const nobody = createCounterfactualFinder(decidingBy([]), graphOf(hopeless));
    assert.deepEqual(await nobody(REQUEST, AT), {
      changes: undefined,
      why: 'none',
      evaluations: 1,
    });
    const spent = await find(hopeless, REQUEST, 0.25, 0);
    assert.deepEqual(spent, { changes: undefined, why: 'limit', evaluations: 0 });
    const linear = {
      ...graphOf(hopeless),
      booster: undefined,
      linear: { intercept: 0, weights: new Float64Array(WIDTH) },
    };
    const byWeights = createCounterfactualFinder(decidingBy(actions(1)), linear);
    const answer = await byWeights(REQUEST, AT);
    assert.deepEqual(answer, { changes: undefined, why: 'no_trees', evaluations: 0 });
  });
});
