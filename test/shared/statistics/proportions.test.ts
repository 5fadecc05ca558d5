import assert from 'node:assert/strict';
import { compareShares, fisherExact } from '../../../shared/statistics/proportions.ts';

const near = (found: number, expected: number, by = 1e-10) =>
  assert.ok(Math.abs(found - expected) <= by * Math.max(1, Math.abs(expected)), `${found}`);

describe('two shares', () => {
  it('differ by the pooled z-test, as scipy’s normal distribution has it', () => {
    const fewer = compareShares({ count: 200, of: 500 }, { count: 300, of: 600 });
    near(fewer.ratio, 0.8);
    near(fewer.p_value, 0.0009111188771537146);
    near(
      compareShares({ count: 480, of: 600 }, { count: 450, of: 500 }).p_value,
      4.907981985146307e-6,
      1e-15,
    );
  });

  it('are told apart the same way round whichever comes first', () => {
    const [a, b] = [
      { count: 17, of: 60 },
      { count: 33, of: 80 },
    ];
    assert.equal(compareShares(a, b).p_value, compareShares(b, a).p_value);
    near(compareShares(a, b).ratio * compareShares(b, a).ratio, 1);
    assert.equal(compareShares(a, a).p_value, 1);
  });

  it('are tested exactly where a cell expects fewer than five: Fisher’s tea, and scipy’s', () => {
    near(fisherExact({ count: 3, of: 4 }, { count: 1, of: 4 }), 0.48571428571428565);
    near(fisherExact({ count: 1, of: 10 }, { count: 11, of: 14 }), 0.0027594561852200836);
    near(compareShares({ count: 2, of: 100 }, { count: 9, of: 50 }).p_value, 0.0009046868922873036);
  });

  it('have no ratio to a share of nothing', () => {
    assert.equal(compareShares({ count: 0, of: 40 }, { count: 0, of: 50 }).p_value, 1);
    assert.ok(Number.isNaN(compareShares({ count: 0, of: 40 }, { count: 0, of: 50 }).ratio));
  });
});
