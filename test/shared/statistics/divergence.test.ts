import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  binnedDistance,
  jensenShannon,
  lInfinity,
  psi,
  psiByChance,
  psiSignificance,
  smoothed,
} from '../../../shared/statistics/divergence.ts';
import { distanceSignificance } from '../../../shared/statistics/kolmogorov_smirnov.ts';
import { seeded } from './random.ts';

const near = (figure: number, expected: number, off = 1e-12) =>
  assert.ok(Math.abs(figure - expected) <= off, `${figure} is not ${expected}`);

describe('divergence', () => {
  it('has the PSI of a score card worked by hand (Siddiqi 2006, shape of exhibit 9.2)', () => {
    // (0.2 − 0.1) ln 2 + (0.3 − 0.4) ln 0.75 + 0.
    near(psi([0.2, 0.3, 0.5], [0.1, 0.4, 0.5]), 0.1 * Math.log(2) - 0.1 * Math.log(0.75));
  });

  it('is 0 for the same and for Jensen–Shannon 1 bit for those that share nothing', () => {
    const shares = [0.25, 0.75];
    assert.equal(psi(shares, shares), 0);
    assert.equal(jensenShannon(shares, shares), 0);
    near(jensenShannon([1, 0], [0, 1]), 1);
    assert.equal(psi([1, 0], [0.5, 0.5]), Number.POSITIVE_INFINITY);
    assert.equal(lInfinity([0.1, 0.9], [0.4, 0.6]), 0.30000000000000004);
  });

  it('measures the distance of binned samples at the edges of the bins', () => {
    near(binnedDistance([0.5, 0.3, 0.2], [0.2, 0.3, 0.5]), 0.3);
    near(binnedDistance([0, 0.5, 0.5], [0.5, 0.5, 0]), 0.5);
  });

  it('keeps every smoothed share above 0 and their sum at 1', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), (counts) => {
        const shares = smoothed(counts);
        near(
          shares.reduce((sum, share) => sum + share, 0),
          1,
        );
        assert.ok(shares.every((share) => share > 0));
      }),
    );
  });

  it('is the same from either side', () => {
    const shares = fc.array(fc.nat(1000), { minLength: 5, maxLength: 5 }).map(smoothed);
    fc.assert(
      fc.property(shares, shares, (a, e) => {
        near(psi(a, e), psi(e, a), 1e-9);
        near(jensenShannon(a, e), jensenShannon(e, a));
        assert.ok(psi(a, e) >= 0);
      }),
    );
  });

  it('exceeds what chance makes of PSI as often as the theorem says', () => {
    const random = seeded(1);
    const draw = (n: number) => {
      const counts = new Array<number>(10).fill(0);
      for (let i = 0; i < n; i++) counts[Math.floor(random() * 10)]!++;
      return smoothed(counts);
    };
    const [n, m, runs] = [400, 2000, 2000];
    const figures = Array.from({ length: runs }, () => psi(draw(n), draw(m)));
    const beyond = figures.filter((figure) => figure > psiByChance(10, n, m, 0.05)).length / runs;
    // Three standard errors of a share of 5% in 2,000 runs.
    assert.ok(Math.abs(beyond - 0.05) < 0.015, String(beyond));
  });

  it('shows that 0.1 is chance in small samples and a change in large ones', () => {
    assert.ok(psiByChance(10, 100, 10_000, 0.05) > 0.1);
    assert.ok(psiByChance(10, 50_000, 50_000, 0.001) < 0.002);
    near(psiSignificance(psiByChance(10, 300, 900, 0.01), 10, 300, 900), 0.01, 1e-9);
    assert.equal(psiByChance(1, 10, 10, 0.05), 0);
  });
});

describe("Kolmogorov and Smirnov's test", () => {
  it('counts the orders of small samples exactly (Gnedenko and Korolyuk 1951)', () => {
    // Of C(6, 3) = 20 orders two keep three and three apart.
    near(distanceSignificance(1, 3, 3), 2 / 20);
    near(distanceSignificance(0.6, 5, 5), 0.3571428571428571);
    assert.equal(distanceSignificance(0, 5, 8), 1);
  });

  it('comes near its limit where exact counting ends', () => {
    const exact = distanceSignificance(0.06, 500, 500);
    const limit = distanceSignificance(0.06, 501, 501);
    assert.ok(Math.abs(exact - limit) < 0.01, `${exact} and ${limit}`);
  });
});
