import assert from 'node:assert/strict';
import fc from 'fast-check';
import { auc } from './attainable.ts';

describe('AUC', () => {
  it('is the share of pairs of a bad and a good in which the bad scores higher, ties for half', () => {
    const row = fc.record({
      score: fc.integer({ min: 0, max: 9 }).map((n) => n / 9),
      bad: fc.boolean(),
    });
    const both = fc
      .array(row, { minLength: 2, maxLength: 60 })
      .filter((rows) => rows.some(({ bad }) => bad) && rows.some(({ bad }) => !bad));
    fc.assert(
      fc.property(both, (rows) => {
        let pairs = 0;
        let won = 0;
        for (const bad of rows.filter(({ bad }) => bad)) {
          for (const good of rows.filter(({ bad }) => !bad)) {
            pairs += 1;
            won += bad.score > good.score ? 1 : bad.score === good.score ? 0.5 : 0;
          }
        }
        assert.ok(Math.abs(auc(rows) - won / pairs) < 1e-12);
      }),
    );
  });

  it('is 1 for a perfect order, 0 for the reverse, ½ for no order', () => {
    const rows = (scores: readonly number[]) =>
      scores.map((score, index) => ({ score, bad: index > 1 }));
    assert.equal(auc(rows([0.1, 0.2, 0.3, 0.4])), 1);
    assert.equal(auc(rows([0.4, 0.3, 0.2, 0.1])), 0);
    assert.equal(auc(rows([0.5, 0.5, 0.5, 0.5])), 0.5);
  });

  it('is no number without a bad or without a good', () => {
    assert.ok(Number.isNaN(auc([])));
    assert.ok(Number.isNaN(auc([{ score: 0.5, bad: true }])));
    assert.ok(Number.isNaN(auc([{ score: 0.5, bad: false }])));
  });
});
