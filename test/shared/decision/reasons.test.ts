import assert from 'node:assert/strict';
import { reasonsOf } from '../../../shared/decision/reasons.ts';
import { compilePolicy } from '../../../shared/policy/policy.ts';
import { COLUMNS, readingOf, versionOf } from '../policy/policies.ts';

const POLICY = compilePolicy(versionOf(), COLUMNS);
const REASONS = {
  reasons: ['A', 'B', 'C', 'D', 'E'].map((feature) => ({
    code: `M${feature}`,
    text: feature,
    features: [feature],
  })),
};
const AGAINST = { A: 0.1, B: 0.4, C: -0.2, D: 0.2, E: 0.3 };

const told = (
  columns: Parameters<typeof readingOf>[0],
  pd: number | undefined,
  contributions: Record<string, number> = AGAINST,
) =>
  reasonsOf(POLICY.apply(readingOf(columns), pd), POLICY, REASONS, () => contributions).map(
    ({ code }) => code,
  );

describe('the reasons of a decision', () => {
  it('are none of an approval, and nothing is explained for it', () => {
    const verdict = POLICY.apply(readingOf(), 0.01);
    const explain = () => assert.fail('asked for an explanation');
    assert.deepEqual(reasonsOf(verdict, POLICY, REASONS, explain), []);
  });

  it('are the features that count most against the applicant where the score decides', () => {
    assert.deepEqual(told({}, 0.3), ['MB', 'ME', 'MD', 'MA']);
    assert.deepEqual(told({}, 0.15), ['MB', 'ME', 'MD', 'MA']);
  });

  it('are the rule alone where the score would approve', () => {
    assert.deepEqual(told({ over_limit: true }, 0.01), ['R1']);
    assert.deepEqual(told({ over_limit: true }, 0.15), ['R1']);
  });

  it('begin with rules and limits where the score asks for the same', () => {
    assert.deepEqual(told({ over_limit: true, exposure: 5000 }, 0.3), ['R1', 'R3', 'MB', 'ME']);
  });

  it('leave out a rule that asks for less than the outcome', () => {
    assert.deepEqual(told({ too_long: true }, 0.3), ['MB', 'ME', 'MD', 'MA']);
    assert.deepEqual(told({ too_long: true }, 0.15), ['R2', 'MB', 'ME', 'MD']);
  });

  it('never name what helped: where everything did, the cut-off’s own reason', () => {
    assert.deepEqual(told({}, 0.3, { A: -0.1, B: -0.2 }), ['R80']);
    assert.deepEqual(told({ over_limit: true }, 0.3, { A: -0.1 }), ['R1']);
  });

  it('are that a person has to look where no model could be asked, once', () => {
    assert.deepEqual(told({ exposure: Number.NaN }, undefined), ['R90']);
    assert.deepEqual(told({ too_long: true }, undefined), ['R2', 'R90']);
    assert.deepEqual(told({ over_limit: true }, undefined), ['R1']);
  });
});
