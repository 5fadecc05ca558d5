import assert from 'node:assert/strict';
import fc from 'fast-check';
import { orderOf, rankingOf } from '../../../shared/statistics/ranking.ts';
import { scoredRows } from './scored_rows.ts';

const near = (found: number, expected: number, by = 1e-12) =>
  assert.ok(Math.abs(found - expected) <= by, `${found}, not ${expected}`);

describe('a ranking', () => {
  const { scores, bad } = scoredRows();

  it('is what roc_auc_score, average_precision_score and ks_2samp say of the same rows', () => {
    const { auc, pr_auc, ks } = rankingOf(orderOf(scores), bad);
    near(auc, 0.7419632446838045);
    near(pr_auc, 0.5480313284437985);
    near(ks, 0.41663427905169065);
  });

  it('is what they say with weights', () => {
    const weights = scores.map((_, i) => i % 3);
    const { auc, pr_auc } = rankingOf(orderOf(scores), bad, weights);
    near(auc, 0.7053968253968254);
    near(pr_auc, 0.5243042396042016);
  });

  it('counts a weight as so many rows', () => {
    const row = fc.record({
      score: fc.constantFrom(0, 0.25, 0.5, 1),
      bad: fc.constantFrom(0, 1),
      weight: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
        const repeated = rows.flatMap((one) => new Array<typeof one>(one.weight).fill(one));
        const of = (some: typeof rows) =>
          [orderOf(some.map(({ score }) => score)), some.map((one) => one.bad)] as const;
        const weighted = rankingOf(
          ...of(rows),
          rows.map(({ weight }) => weight),
        );
        const whole = rankingOf(...of(repeated));
        for (const name of ['auc', 'ks', 'pr_auc'] as const) {
          if (Number.isNaN(whole[name])) assert.ok(Number.isNaN(weighted[name]));
          else near(weighted[name], whole[name]);
        }
      }),
    );
  });

  it('is a half where all scores are one, and turns round with them', () => {
    assert.equal(rankingOf(orderOf(scores.map(() => 0.5)), bad).auc, 0.5);
    const turned = rankingOf(orderOf(scores.map((score) => -score)), bad);
    near(turned.auc, 1 - 0.7419632446838045);
  });

  it('says nothing of one class alone, and refuses a score that is not a number', () => {
    const { auc, ks, pr_auc } = rankingOf(orderOf([0.1, 0.2]), [1, 1]);
    assert.deepEqual([auc, ks, pr_auc], [Number.NaN, Number.NaN, Number.NaN]);
    assert.throws(() => orderOf([0.1, Number.NaN]), { name: 'RangeError', message: /row 1/ });
  });
});
