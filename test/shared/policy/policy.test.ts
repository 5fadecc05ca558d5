import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyPolicy } from '../../../shared/policy/policy.ts';
import type { PolicyDocument } from '../../../shared/portfolio/documents.ts';

const reason = (code: string) => ({ code, text: `why ${code}` });

const POLICY: PolicyDocument = {
  version: 'test',
  cut_offs: { review_from: 0.1, decline_from: 0.2 },
  rules: {
    over_limit: { outcome: 'decline', reason: reason('R1') },
    unverified: { outcome: 'review', reason: reason('R2') },
    too_many: { outcome: 'decline', reason: reason('R3') },
  },
  reference_population: 'all',
  fallback_reason: reason('R90'),
};

describe('policy', () => {
  const cases: [string, number | undefined, Record<string, boolean>, string, string[]][] = [
    ['approves below the review cut-off', 0.0999, {}, 'approve', []],
    ['reviews from the review cut-off on', 0.1, {}, 'review', []],
    ['reviews below the decline cut-off', 0.1999, {}, 'review', []],
    ['declines from the decline cut-off on', 0.2, {}, 'decline', []],
    ['reviews without a model', undefined, {}, 'review', []],
    ['reviews what is not a number', Number.NaN, {}, 'review', []],
    ['declines by a rule whatever the score', 0.001, { over_limit: true }, 'decline', ['R1']],
    ['reviews by a rule', 0.001, { unverified: true }, 'review', ['R2']],
    ['lets a rule not soften a cut-off', 0.5, { unverified: true }, 'decline', []],
    [
      'names every rule that asks for the outcome, and none that asks for less',
      0.001,
      { over_limit: true, unverified: true, too_many: true },
      'decline',
      ['R1', 'R3'],
    ],
    ['declines by a rule without a model', undefined, { over_limit: true }, 'decline', ['R1']],
  ];
  for (const [title, pd, hits, outcome, codes] of cases) {
    it(title, () => {
      const verdict = applyPolicy(POLICY, pd, hits);
      assert.equal(verdict.outcome, outcome);
      assert.deepEqual(
        verdict.ruleReasons.map(({ code }) => code),
        codes,
      );
    });
  }

  it('records every rule, hit or not', () => {
    assert.deepEqual(applyPolicy(POLICY, 0.5, { unverified: true }).rules, [
      { rule: 'over_limit', hit: false },
      { rule: 'unverified', hit: true },
      { rule: 'too_many', hit: false },
    ]);
  });

  it('never grows milder as the probability of default rises', () => {
    const strictness = { approve: 0, review: 1, decline: 2 };
    const pd = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(pd, pd, (a, b) => {
        const low = applyPolicy(POLICY, Math.min(a, b), {}).outcome;
        const high = applyPolicy(POLICY, Math.max(a, b), {}).outcome;
        assert.ok(strictness[low] <= strictness[high]);
      }),
    );
  });
});
