/**
 * What several models together are worth: the weights, none below 0, and the intercept under which
 * outcomes are most likely, given each model's log-odds (Wolpert 1992, "Stacked generalization";
 * Breiman 1996, "Stacked regressions", for why none is below 0). Projected Newton (Bertsekas 1982):
 * the problem is convex, so the same rows give the same weights.
 */

const ITERATIONS = 100;

/**
 * @param margins log-odds by model, all of the same rows
 * @param bad what became of the rows: 1 or 0
 * @returns a weight a model; all 0 where none of them tells bads from goods
 */
export function stackingWeights(
  margins: readonly Float64Array[],
  bad: ArrayLike<number>,
): Float64Array {
  const targets = smoothed(bad);
  let at = new Float64Array(margins.length + 1).fill(1 / margins.length);
  at[0] = 0;
  let here = lookAround(margins, targets, at);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const next = descend(margins, targets, at, here);
    if (!next) break;
    const gained = here.loss - next.here.loss;
    ({ at, here } = next);
    if (gained < 1e-12 * here.loss) break;
  }
  return at.subarray(1);
}

/** Platt's targets: of separable rows the likelihood would rise for ever. */
function smoothed(bad: ArrayLike<number>): Float64Array {
  let bads = 0;
  for (let i = 0; i < bad.length; i++) bads += bad[i]!;
  const [high, low] = [(bads + 1) / (bads + 2), 1 / (bad.length - bads + 2)];
  return Float64Array.from(bad, (one) => (one === 1 ? high : low));
}

/** Negative log-likelihood at a place, and its derivatives: intercept first, then weights. */
interface Surroundings {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** Second derivatives; row by row. */
  readonly curvature: readonly Float64Array[];
}

function lookAround(
  margins: readonly Float64Array[],
  targets: Float64Array,
  at: Float64Array,
): Surroundings {
  const size = at.length;
  const gradient = new Float64Array(size);
  const curvature = Array.from({ length: size }, () => new Float64Array(size));
  const row = new Float64Array(size).fill(1, 0, 1);
  let loss = 0;
  for (let i = 0; i < targets.length; i++) {
    let z = at[0]!;
    for (let k = 1; k < size; k++) {
      row[k] = margins[k - 1]![i]!;
      z += at[k]! * row[k]!;
    }
    const p = 1 / (1 + Math.exp(-z));
    loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[i]! * z;
    for (let j = 0; j < size; j++) {
      gradient[j]! += (p - targets[i]!) * row[j]!;
      const weighted = p * (1 - p) * row[j]!;
      for (let k = 0; k <= j; k++) curvature[j]![k]! += weighted * row[k]!;
    }
  }
  // A little ridge keeps the system solvable where models say the same.
  for (let j = 0; j < size; j++) {
    curvature[j]![j]! += 1e-9 * targets.length;
    for (let k = 0; k < j; k++) curvature[k]![j] = curvature[j]![k]!;
  }
  return { loss, gradient, curvature };
}

/** One step, halved until the loss falls. @returns undefined where it falls no further */
function descend(
  margins: readonly Float64Array[],
  targets: Float64Array,
  at: Float64Array,
  here: Surroundings,
): { readonly at: Float64Array<ArrayBuffer>; readonly here: Surroundings } | undefined {
  const step = newtonStep(at, here);
  for (let size = 1; size > 1e-10; size /= 2) {
    const next = Float64Array.from(at, (value, j) => {
      const moved = value + size * step[j]!;
      return j === 0 ? moved : Math.max(0, moved);
    });
    const there = lookAround(margins, targets, next);
    if (there.loss < here.loss) return { at: next, here: there };
  }
  return undefined;
}

/** Newton's step over what may move: a weight of 0 stays there where it would fall. */
function newtonStep(at: Float64Array, { gradient, curvature }: Surroundings): Float64Array {
  let free = [...at.keys()].filter((j) => j === 0 || at[j]! > 0 || gradient[j]! < 0);
  for (;;) {
    const step = new Float64Array(at.length);
    const solved = solve(
      free.map((j) => free.map((k) => curvature[j]![k]!)),
      free.map((j) => -gradient[j]!),
    );
    free.forEach((j, place) => {
      step[j] = solved[place]!;
    });
    const fallen = free.filter((j) => j > 0 && at[j] === 0 && step[j]! < 0);
    if (fallen.length === 0) return step;
    free = free.filter((j) => !fallen.includes(j));
  }
}

/** Gauss's elimination, of a positive definite matrix. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, j) => [...row, right[j]!]);
  rows.forEach((pivot, j) => {
    for (const row of rows) {
      if (row === pivot) continue;
      const share = row[j]! / pivot[j]!;
      for (let k = j; k < row.length; k++) row[k]! -= share * pivot[k]!;
    }
  });
  return rows.map((row, j) => row.at(-1)! / row[j]!);
}
