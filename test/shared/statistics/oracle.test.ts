import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  chiSquareQuantile,
  chiSquareTail,
  kolmogorovTail,
  normalCdf,
  normalQuantile,
  twoSided,
} from '../../../shared/statistics/distributions.ts';
import { jensenShannon, lInfinity, psi, smoothed } from '../../../shared/statistics/divergence.ts';
import { distanceOf, distanceSignificance } from '../../../shared/statistics/kolmogorov_smirnov.ts';
import { seeded } from './random.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('oracle.py', import.meta.url));

const random = seeded(7);
const numbers = (count: number, of = random) => Array.from({ length: count }, () => of());
const counts = (bins: number) => numbers(bins, () => Math.floor(random() ** 3 * 400));

const GIVEN = {
  z: [-9, -5, -2.5, -1, -0.1, 0, 1e-6, 0.3, 1, 1.959963984540054, 3, 6],
  p: [1e-12, 1e-6, 0.001, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999999],
  df: [1, 2, 9, 40, 300],
  chiSquare: [
    [0, 3],
    [1e-3, 1],
    [3.84, 1],
    [9, 9],
    [30, 9],
    [200, 40],
    [310, 300],
  ],
  kolmogorov: [0.1, 0.17, 0.2, 0.4, 0.6, 0.83, 0.999, 1, 1.36, 2, 4],
  shares: [4, 12, 12, 40].map((bins) => [smoothed(counts(bins)), smoothed(counts(bins))]),
  samples: [
    [numbers(5), numbers(5)],
    [numbers(20), numbers(31, () => random() * 1.5)],
    [numbers(200), numbers(150, () => random() ** 1.3)],
    // Ties, as bins make them.
    [numbers(40, () => Math.floor(random() * 6)), numbers(60, () => Math.floor(random() * 6))],
  ] as number[][][],
};

describe('statistics, beside scipy', function () {
  this.timeout(60_000);

  let scipy: Record<string, unknown>;

  before(function () {
    const { status, stdout } = spawnSync(PYTHON, [SCRIPT], {
      input: JSON.stringify(GIVEN),
      encoding: 'utf8',
    });
    if (status !== 0) {
      console.log('    skipped: python3 has no scipy');
      this.skip();
    }
    scipy = JSON.parse(stdout);
  });

  const agree = (ours: readonly number[], theirs: readonly number[], relative = 1e-9) => {
    assert.equal(ours.length, theirs.length);
    for (const [i, figure] of ours.entries()) {
      const off = Math.abs(figure - theirs[i]!);
      assert.ok(off <= relative * Math.abs(theirs[i]!) + 1e-15, `${figure} is not ${theirs[i]}`);
    }
  };

  it('agrees on distributions, far tails included, to 1e-9 of their value', () => {
    const of = (name: string) => scipy[name] as number[];
    agree(GIVEN.z.map(normalCdf), of('normalCdf'));
    agree(GIVEN.z.map(twoSided), of('twoSided'));
    agree(GIVEN.p.map(normalQuantile), of('normalQuantile'));
    agree(
      GIVEN.chiSquare.map(([x, df]) => chiSquareTail(x!, df!)),
      of('chiSquareTail'),
    );
    agree(
      GIVEN.p.flatMap((p) => GIVEN.df.map((df) => chiSquareQuantile(p, df))),
      of('chiSquareQuantile'),
    );
    agree(GIVEN.kolmogorov.map(kolmogorovTail), of('kolmogorovTail'));
  });

  it('agrees on divergences to 1e-9 of their value', () => {
    const of = (name: string) => scipy[name] as number[];
    agree(
      GIVEN.shares.map(([a, e]) => psi(a!, e!)),
      of('psi'),
    );
    agree(
      GIVEN.shares.map(([a, e]) => jensenShannon(a!, e!)),
      of('jensenShannon'),
    );
    agree(
      GIVEN.shares.map(([a, e]) => lInfinity(a!, e!)),
      of('lInfinity'),
    );
  });

  it("agrees on Kolmogorov and Smirnov's distance and its exact probability", () => {
    const theirs = scipy.ks as [number, number][];
    for (const [i, [a, b]] of GIVEN.samples.entries()) {
      const distance = distanceOf(a!, b!);
      agree([distance], [theirs[i]![0]]);
      agree([distanceSignificance(distance, a!.length, b!.length)], [theirs[i]![1]]);
    }
  });
});
