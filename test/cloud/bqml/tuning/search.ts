/** Which hyperparameters to try next: HPARAM_TUNING_ALGORITHM. */
import { normalCdf } from '../linear/standard_errors.ts';
import { randomBits, uniform } from '../trees/random.ts';
import { fitProcess } from './gaussian_process.ts';

/** A search space as a unit cube. */
export interface Cube {
  /** How many places on a side make a difference; infinite for a range. */
  readonly sizes: readonly number[];
  /** The one point that stands for all that say the same. */
  canonical(point: readonly number[]): readonly number[];
}

/** A canonical point that was tried; what it reached is higher where it is better. */
export interface Tried {
  readonly point: readonly number[];
  /** Undefined where nothing came of it, or is still under way. */
  readonly reached: number | undefined;
}

/** The next canonical point, which was not tried. Undefined where the space is exhausted. */
export type Search = (tried: readonly Tried[]) => readonly number[] | undefined;

const SEED = 1;

/** @param algorithm of HPARAM_TUNING_ALGORITHM. The same trials give the same suggestions. */
export function createSearch(algorithm: string, cube: Cube): Search {
  switch (algorithm) {
    case 'GRID_SEARCH':
      return gridSearch(cube);
    case 'RANDOM_SEARCH':
      return orTheRest(cube, randomSearch(cube));
    default:
      return orTheRest(cube, bayesian(cube));
  }
}

/** All points of a discrete space, the last side running fastest. */
function gridSearch(cube: Cube): Search {
  const { sizes } = cube;
  const count = sizes.reduce((product, size) => product * size, 1);
  let next = 0;
  const pointAt = (place: number): number[] => {
    const point: number[] = [];
    for (const size of sizes.toReversed()) {
      point.unshift(((place % size) + 0.5) / size);
      place = Math.floor(place / size);
    }
    return point;
  };
  return (tried) => {
    const isKnown = among(tried);
    while (next < count) {
      const point = cube.canonical(pointAt(next++));
      if (!isKnown(point)) return point;
    }
    return undefined;
  };
}

const among = (tried: readonly Tried[]): ((point: readonly number[]) => boolean) => {
  const known = new Set(tried.map(({ point }) => point.join(' ')));
  return (point) => known.has(point.join(' '));
};

/** The same search without points that were tried; of a discrete space what is left, in its order. */
function orTheRest(cube: Cube, search: (tried: readonly Tried[]) => readonly number[]): Search {
  const rest = gridSearch(cube);
  const isDiscrete = cube.sizes.every(Number.isFinite);
  return (tried) => {
    const isKnown = among(tried);
    for (let attempt = 0; attempt < 100; attempt++) {
      const point = cube.canonical(search(tried));
      if (!isKnown(point)) return point;
    }
    return isDiscrete ? rest(tried) : undefined;
  };
}

function randomSearch({ sizes }: Cube): () => readonly number[] {
  const random = randomBits(SEED);
  return () => sizes.map(() => uniform(random));
}

/**
 * A quasi-random start, then the point of the greatest expected improvement under a Gaussian process
 * of what was reached (Jones, Schonlau and Welch 1998). A stand-in for Vertex AI Vizier's default.
 */
function bayesian({ sizes, canonical }: Cube): (tried: readonly Tried[]) => readonly number[] {
  const random = randomBits(SEED);
  const spread = halton(sizes.length, random);
  return (tried) => {
    const known = tried.filter(({ reached }) => reached !== undefined);
    if (tried.length < sizes.length + 2 || known.length < 2) return spread();
    const values = known.map(({ reached }) => reached!);
    const process = fitProcess(
      known.map(({ point }) => point),
      values,
    );
    const most = Math.max(...values);
    const best = known[values.indexOf(most)]!.point;
    const candidates = [
      ...Array.from({ length: 512 }, spread),
      ...Array.from({ length: 256 }, (_, i) => near(best, i % 2 === 0 ? 0.05 : 0.15, random)),
    ];
    const isKnown = among(tried);
    let [next, gain] = [candidates[0]!, Number.NEGATIVE_INFINITY];
    for (const candidate of candidates) {
      const point = canonical(candidate);
      if (isKnown(point)) continue;
      const { mean, deviation } = process.at(point);
      const improvement = expectedImprovement(mean - most, deviation);
      if (improvement > gain) [next, gain] = [candidate, improvement];
    }
    return next;
  };
}

function expectedImprovement(ahead: number, deviation: number): number {
  if (deviation === 0) return Math.max(ahead, 0);
  const z = ahead / deviation;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return ahead * normalCdf(z) + deviation * density;
}

/** A point nearby; never at the very end of a side, which may be out of an option's bounds. */
function near(point: readonly number[], width: number, random: () => number): number[] {
  return point.map((x) => {
    // The sum of three uniform numbers is bell-shaped enough.
    const step = uniform(random) + uniform(random) + uniform(random) - 1.5;
    return Math.min(Math.max(x + 2 * width * step, 1e-3), 1 - 1e-3);
  });
}

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];

/** Halton's sequence with a random shift on every side (Cranley and Patterson 1976). */
function halton(sides: number, random: () => number): () => number[] {
  const shifts = Array.from({ length: sides }, () => uniform(random));
  let index = 0;
  return () => {
    index++;
    return shifts.map((shift, i) => (radicalInverse(index, PRIMES[i]!) + shift) % 1);
  };
}

/** The digits of a number mirrored at the point. */
function radicalInverse(index: number, base: number): number {
  let [result, digit] = [0, 1 / base];
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    result += (rest % base) * digit;
    digit /= base;
  }
  return result;
}
