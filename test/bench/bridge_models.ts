/** Models and rows to measure engines with: full trees that no branch predictor can learn. */
import type { Booster, Tree } from '../../shared/bridge/booster.ts';

export const FEATURES = 40;

/** Numbers in [0, 1) that repeat exactly from run to run (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A `binary:logistic` ensemble of full trees over 40 features, covers as a training would leave. */
export function benchBooster(trees: number, depth: number): Booster {
  const random = uniforms(7);
  return {
    objective: 'binary:logistic',
    version: [1, 7],
    featureCount: FEATURES,
    groupCount: 1,
    baseMargins: Float32Array.of(0.25),
    trees: Array.from({ length: trees }, () => fullTree(depth, random)),
    attributes: new Map(),
  };
}

function fullTree(depth: number, random: () => number): Tree {
  const count = 2 ** (depth + 1) - 1;
  const splits = 2 ** depth - 1;
  const node = <T>(make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  const cover = new Float32Array(count).fill(2 ** 20);
  const threshold = Float32Array.from(node(() => 0.2 + 0.6 * random()));
  for (let i = 0; i < splits; i++) {
    cover[2 * i + 1] = cover[i]! * threshold[i]!;
    cover[2 * i + 2] = cover[i]! - cover[2 * i + 1]!;
  }
  return {
    group: 0,
    left: Int32Array.from(node((i) => (i < splits ? 2 * i + 1 : -1))),
    right: Int32Array.from(node((i) => (i < splits ? 2 * i + 2 : -1))),
    feature: Uint32Array.from(node(() => Math.floor(random() * FEATURES))),
    threshold,
    defaultLeft: Uint8Array.from(node(() => Number(random() < 0.5))),
    value: Float32Array.from(node((i) => (i < splits ? 0 : random() - 0.5))),
    gain: new Float32Array(count),
    cover,
  };
}

/** Distinct rows, row-major, one number in fifty missing. */
export function benchRows(rows: number): Float32Array {
  const random = uniforms(11);
  return Float32Array.from({ length: rows * FEATURES }, () =>
    random() < 0.02 ? Number.NaN : random(),
  );
}
