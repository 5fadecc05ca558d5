import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../../shared/policy/columns.ts';
import { claimedReasons, compilePolicy, type Verdict } from '../../../shared/policy/policy.ts';
import { COLUMNS, readingOf, reason, type VersionInput, versionOf } from './policies.ts';

const policy = compilePolicy(versionOf(), COLUMNS);
const withFloor = compilePolicy(
  versionOf({ profit_floor: { outcome: 'review', at_least: 0, reason: reason('R4') } }),
  COLUMNS,
);

const codes = ({ claims }: Verdict) => claimedReasons(claims).map(({ code }) => code);
const stateOf = ({ rules }: Verdict, rule: string) =>
  rules.find((record) => record.rule === rule)?.state;

const STRICTNESS = { approve: 0, review: 1, decline: 2 };

/** Any reading, with columns that cannot be known among them. */
const readings: fc.Arbitrary<Reading> = fc
  .tuple(
    ...COLUMNS.features.map(({ type }) =>
      type === 'BOOL'
        ? fc.constantFrom(0, 1, Number.NaN)
        : fc.oneof(fc.constantFrom(0, 49, 50, 200, 500, Number.NaN), fc.double()),
    ),
  )
  .map((values) => ({ values: Float64Array.from(values) }));
const readable = readings.filter(({ values }) => values.every(Number.isFinite));
const plausible = fc
  .record({
    over_limit: fc.boolean(),
    too_long: fc.boolean(),
    newcomer: fc.boolean(),
    amount: fc.integer({ min: 0, max: 600 }),
    exposure: fc.integer({ min: 0, max: 1200 }),
    days: fc.integer({ min: 0, max: 400 }),
  })
  .map(readingOf);
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const anyPd = fc.oneof(probability, fc.constant(undefined), fc.double());

describe('a policy', () => {
  type Case = [string, number | undefined, Parameters<typeof readingOf>[0], string, string[]];
  const cases: Case[] = [
    ['approves below the review cut-off', 0.0999, {}, 'approve', []],
    ['reviews from the review cut-off on', 0.1, {}, 'review', []],
    ['reviews below the decline cut-off', 0.1999, {}, 'review', []],
    ['declines from the decline cut-off on', 0.2, {}, 'decline', []],
    ['declines what is certain to default', 1, {}, 'decline', []],
    ['reviews without a model', undefined, {}, 'review', ['R90']],
    ['reviews what is not a number', Number.NaN, {}, 'review', ['R90']],
    ['reviews what is no probability', -0.1, {}, 'review', ['R90']],
    ['declines by a rule whatever the score', 0.001, { over_limit: true }, 'decline', ['R1']],
    ['reviews by a rule', 0.001, { too_long: true }, 'review', ['R2']],
    ['lets a rule not soften a cut-off', 0.5, { too_long: true }, 'decline', []],
    ['declines by a rule without a model', undefined, { over_limit: true }, 'decline', ['R1']],
    ['declines beyond a limit', 0.01, { exposure: 1001 }, 'decline', ['R3']],
    ['approves at a limit', 0.01, { exposure: 1000 }, 'approve', []],
    ['has a lower limit for a segment', 0.01, { exposure: 301, newcomer: true }, 'decline', ['R3']],
    ['has a lower limit for a band of risk', 0.05, { exposure: 401 }, 'decline', ['R3']],
    ['and not for less risk', 0.0499, { exposure: 401 }, 'approve', []],
    ['cuts a segment off earlier', 0.05, { newcomer: true, amount: 50 }, 'review', []],
    ['and declines it earlier', 0.1, { newcomer: true, amount: 499 }, 'decline', []],
    ['from an amount on', 0.05, { newcomer: true, amount: 49 }, 'approve', []],
    ['and below another', 0.05, { newcomer: true, amount: 500, exposure: 0 }, 'approve', []],
    [
      'names everything that asks for the outcome, and nothing that asks for less',
      0.15,
      { over_limit: true, too_long: true, exposure: 2000 },
      'decline',
      ['R1', 'R3'],
    ],
  ];
  for (const [title, pd, columns, outcome, expected] of cases) {
    it(title, () => {
      const verdict = policy.apply(readingOf(columns), pd);
      assert.equal(verdict.outcome, outcome);
      assert.deepEqual(codes(verdict), expected);
    });
  }

  it('records every rule, limit, band and segment, with its figure where it has one', () => {
    const { rules } = policy.apply(readingOf({ too_long: true, exposure: 350 }), 0.05);
    const plain = { figure: null, threshold: null };
    assert.deepEqual(rules, [
      { rule: 'over_limit', kind: 'rule', state: 'not_hit', hit: false, ...plain },
      { rule: 'too_long', kind: 'rule', state: 'hit', hit: true, ...plain },
      {
        rule: 'exposure_cap',
        kind: 'limit',
        state: 'not_hit',
        hit: false,
        figure: 350,
        threshold: 400,
      },
      {
        rule: 'standard.review',
        kind: 'band',
        state: 'not_hit',
        hit: false,
        figure: 0.05,
        threshold: 0.1,
      },
      {
        rule: 'standard.decline',
        kind: 'band',
        state: 'not_hit',
        hit: false,
        figure: 0.05,
        threshold: 0.2,
      },
      { rule: 'newcomer', kind: 'segment', state: 'not_hit', hit: false, ...plain },
    ]);
  });

  it('expects loss and profit in money', () => {
    const { expectation } = policy.apply(readingOf({ amount: 200, exposure: 100, days: 50 }), 0.1);
    assert.equal(expectation!.currency, 'USD');
    assert.ok(Math.abs(expectation!.expected_loss - 0.1 * 0.5 * 100) < 1e-12);
    // 8 from the merchant, 90 % of 10 from the customer, less loss 5, funding 200 × 7.3 % × 50 days, cost 1.
    assert.ok(Math.abs(expectation!.expected_profit - (8 + 9 - 5 - 2 - 1)) < 1e-12);
    assert.equal(policy.apply(readingOf(), undefined).expectation, undefined);
  });

  it('can ask for a profit', () => {
    const verdict = withFloor.apply(readingOf({ amount: 10, exposure: 900 }), 0.04);
    assert.equal(verdict.outcome, 'review');
    assert.deepEqual(codes(verdict), ['R4']);
    const record = verdict.rules.find(({ rule }) => rule === 'expected_profit')!;
    assert.deepEqual([record.kind, record.state, record.threshold], ['profit', 'hit', 0]);
    assert.ok(Math.abs(record.figure! - (0.4 + 9.6 - 18 - 1)) < 1e-9);
    assert.equal(withFloor.apply(readingOf({ amount: 10, exposure: 9 }), 0.04).outcome, 'approve');
  });

  const unknowns: [what: string, column: string, pd: number, rules: string[]][] = [
    ['a rule', 'over_limit', 0.01, ['over_limit']],
    ['the figure of a limit', 'exposure', 0.01, ['exposure_cap']],
    [
      'a segment that a limit and a cut-off hang on',
      'newcomer',
      0.5,
      ['exposure_cap', 'cut_offs', 'newcomer'],
    ],
  ];
  for (const [what, column, pd, rules] of unknowns) {
    it(`has a person look where ${what} cannot be known, and names it`, () => {
      const verdict = policy.apply(readingOf({ amount: 60, [column]: Number.NaN }), pd);
      assert.equal(verdict.outcome, 'review');
      assert.deepEqual(codes(verdict), ['R90']);
      const errors = verdict.rules.filter(({ state }) => state === 'error');
      assert.deepEqual(
        errors.map(({ rule }) => rule),
        rules,
      );
    });
  }

  it('declines by what is known, whatever is not', () => {
    const verdict = policy.apply(readingOf({ over_limit: true, exposure: Number.NaN }), 0.01);
    assert.equal(verdict.outcome, 'decline');
    assert.deepEqual(codes(verdict), ['R1']);
    assert.equal(stateOf(verdict, 'exposure_cap'), 'error');
  });

  it('says the same outcome with its record and without', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(readings, plausible), anyPd, (reading, pd) => {
        for (const one of [policy, withFloor]) {
          const { outcome } = one.apply(reading, pd);
          assert.equal(one.outcomeOf(reading, pd), outcome);
          seen.add(outcome);
        }
      }),
    );
    assert.deepEqual([...seen].sort(), ['approve', 'decline', 'review']);
  });

  it('is total: any columns and any probability have a verdict with records that JSON can hold', () => {
    fc.assert(
      fc.property(readings, anyPd, (reading, pd) => {
        for (const some of [policy, withFloor]) {
          const verdict = some.apply(reading, pd);
          assert.ok(verdict.outcome in STRICTNESS);
          assert.equal(verdict.claims.length > 0, verdict.outcome !== 'approve');
          assert.deepEqual(JSON.parse(JSON.stringify(verdict.rules)), verdict.rules);
        }
      }),
    );
  });

  it('approves nobody without a model, and nobody of whom anything is not known', () => {
    fc.assert(
      fc.property(readings, anyPd, (reading, pd) => {
        assert.notEqual(policy.apply(reading, undefined).outcome, 'approve');
        const verdict = policy.apply(reading, pd);
        const isKnown = verdict.rules.every(
          ({ state, kind }) => state !== 'error' || kind === 'segment',
        );
        assert.ok(isKnown || verdict.outcome !== 'approve');
      }),
    );
  });

  it('never grows milder as the probability of default rises', () => {
    fc.assert(
      fc.property(plausible, probability, probability, (reading, a, b) => {
        for (const some of [policy, withFloor]) {
          const low = some.apply(reading, Math.min(a, b)).outcome;
          const high = some.apply(reading, Math.max(a, b)).outcome;
          assert.ok(STRICTNESS[low] <= STRICTNESS[high]);
        }
      }),
    );
  });

  it('answers with the strictest of what it finds', () => {
    fc.assert(
      fc.property(readable, probability, (reading, pd) => {
        const { outcome, rules } = policy.apply(reading, pd);
        const asks: Record<string, 'review' | 'decline'> = {
          over_limit: 'decline',
          too_long: 'review',
          exposure_cap: 'decline',
        };
        const found = rules
          .filter(({ hit, kind }) => hit && kind !== 'segment')
          .map(({ rule }) => asks[rule] ?? (rule.split('.')[1] as 'review' | 'decline'));
        const strictest = Math.max(0, ...found.map((one) => STRICTNESS[one]));
        assert.equal(STRICTNESS[outcome], strictest);
      }),
    );
  });

  it('does not mind the order of rules and limits; of cut-offs the first decides', () => {
    const reversed = (version: VersionInput) => ({
      rules: Object.fromEntries(Object.entries(version.rules).reverse()),
      limits: {
        later: { ...version.limits.exposure_cap!, outcome: 'review' as const },
        ...version.limits,
      },
    });
    const base = versionOf();
    const one = compilePolicy(
      versionOf({ limits: { ...base.limits, ...reversed(base).limits } }),
      COLUMNS,
    );
    const other = compilePolicy(versionOf(reversed(base)), COLUMNS);
    fc.assert(
      fc.property(readings, anyPd, (reading, pd) => {
        assert.equal(one.apply(reading, pd).outcome, other.apply(reading, pd).outcome);
      }),
    );
  });

  it('has cells in which, at one probability, the outcome is one', () => {
    const known = new Map<string, string>();
    fc.assert(
      fc.property(plausible, fc.constantFrom(0.01, 0.05, 0.1, 0.2), (reading, pd) => {
        const cell = `${pd} ${policy.cellOf(reading)}`;
        const { outcome } = policy.apply(reading, pd);
        assert.equal(known.get(cell) ?? outcome, outcome);
        known.set(cell, outcome);
      }),
      { numRuns: 2000 },
    );
    assert.ok(known.size > 20);
  });

  it('cannot be made for a program that lacks one of its columns', () => {
    const features = COLUMNS.features.filter(({ name }) => name !== 'exposure');
    assert.throws(() => compilePolicy(versionOf(), { ...COLUMNS, features }), {
      message: 'policy.sql has no column exposure',
    });
  });
});
