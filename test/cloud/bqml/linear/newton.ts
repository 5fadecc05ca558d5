import type { Objective } from './objective.ts';

export interface Step {
  /** From 0. */
  readonly iteration: number;
  /** The objective after the step, its L1 penalty included. */
  readonly value: number;
  /** The share of the Newton step that was taken. */
  readonly length: number;
  /** The largest component of the (sub)gradient, as a share of that at the start. */
  readonly slope: number;
}

/**
 * Minimises a convex function plus Σ l1[i] · |w[i]| from 0, in place, one yielded step at a time.
 *
 * Newton's method with conjugate gradients for the step (matrix-free, preconditioned by the
 * diagonal), made orthant-wise for the L1 term: a step is solved for the weights that are free to
 * move and projected onto the orthant of the current signs (Andrew and Gao 2007; Byrd, Chin, Nocedal
 * and Oztoprak 2016). Ends where rounding leaves nothing to gain; a caller may well stop before.
 *
 * @param forcing how well the steps are solved for, as a share of the gradient; small for a
 *   quadratic function, whose first exact step is the last.
 */
export function* minimise(
  objective: Objective,
  point: Float64Array,
  l1: Float64Array,
  forcing = 0.1,
): Generator<Step, void> {
  const gradient = new Float64Array(objective.size);
  const total = (w: Float64Array) =>
    objective.value(w) + w.reduce((sum, x, i) => sum + l1[i]! * Math.abs(x), 0);
  let value = total(point);
  objective.gradient(gradient);
  let slope = subgradient(point, gradient, l1);
  const start = largest(slope) || 1;
  let damping = l1.some((pull) => pull > 0) ? 1e-3 : 0;
  for (let iteration = 0; ; iteration++) {
    const accuracy = Math.min(forcing, Math.sqrt(largest(slope) / start));
    const taken = descend({ objective, point, slope, l1, value, total, damping, accuracy });
    if (taken.length === 0 && iteration > 0) return;
    point.set(taken.point);
    value = total(point);
    damping = taken.length === 1 ? taken.damping / 10 : taken.damping;
    objective.gradient(gradient);
    slope = subgradient(point, gradient, l1);
    const relative = largest(slope) / start;
    yield { iteration, value, length: taken.length, slope: relative };
    if (taken.length === 0 || relative === 0) return;
  }
}

interface Place {
  readonly objective: Objective;
  readonly point: Float64Array;
  readonly slope: Float64Array;
  readonly l1: Float64Array;
  readonly value: number;
  readonly total: (point: Float64Array) => number;
  readonly damping: number;
  readonly accuracy: number;
}

/**
 * One step downhill, damped more and more until it is one (Levenberg and Marquardt): where the
 * Hessian is singular the L1 term makes the undamped step endless. Length 0 when nothing helps.
 */
function descend(place: Place): { point: Float64Array; length: number; damping: number } {
  const { objective, point, slope, l1, value, total } = place;
  const candidate = new Float64Array(point.length);
  objective.value(point);
  for (let { damping } = place; damping < 1e6; damping = Math.max(damping * 10, 1e-6)) {
    const step = solveStep(place, damping);
    for (let length = 1; length > 1e-3; length /= 2) {
      move(point, step, length, slope, l1, candidate);
      // Armijo's rule along the projected step.
      const predicted = slope.reduce((sum, g, i) => sum + g * (candidate[i]! - point[i]!), 0);
      const next = total(candidate);
      if (next < value && next <= value + 1e-4 * predicted) {
        return { point: candidate, length, damping };
      }
    }
    objective.value(point);
  }
  return { point, length: 0, damping: 0 };
}

const largest = (xs: Float64Array): number => xs.reduce((top, x) => Math.max(top, Math.abs(x)), 0);

/** The subgradient of least length: 0 where the L1 term holds a weight at 0. */
function subgradient(point: Float64Array, gradient: Float64Array, l1: Float64Array): Float64Array {
  return gradient.map((g, i) => {
    const pull = l1[i]!;
    if (pull === 0) return g;
    if (point[i] !== 0) return g + pull * Math.sign(point[i]!);
    return Math.sign(g) * Math.max(Math.abs(g) - pull, 0);
  });
}

/** candidate = point + length · step, with 0 for weights that would change their sign. */
function move(
  point: Float64Array,
  step: Float64Array,
  length: number,
  slope: Float64Array,
  l1: Float64Array,
  candidate: Float64Array,
): void {
  for (let i = 0; i < point.length; i++) {
    const moved = point[i]! + length * step[i]!;
    const orthant = point[i] === 0 ? -Math.sign(slope[i]!) : Math.sign(point[i]!);
    candidate[i] = l1[i] === 0 || Math.sign(moved) === orthant ? moved : 0;
  }
}

/**
 * Solves (H + damping · diagonal) · step = −slope over the weights that may move. A weight at 0 that
 * the step would push out of its orthant is held and the rest solved again.
 */
function solveStep(place: Place, damping: number): Float64Array {
  const { objective, point, slope, l1 } = place;
  const free = point.map((w, i) => Number(l1[i] === 0 || w !== 0 || slope[i] !== 0));
  const diagonal = new Float64Array(objective.size);
  objective.hessianDiagonal(diagonal);
  for (let attempt = 0; ; attempt++) {
    const step = conjugateGradients(place, free, diagonal, damping);
    const isAstray = (i: number) => l1[i] !== 0 && point[i] === 0 && step[i]! * slope[i]! > 0;
    const astray = [...free.keys()].filter((i) => free[i] && isAstray(i));
    if (astray.length === 0 || attempt === 10) return step;
    for (const i of astray) free[i] = 0;
  }
}

function conjugateGradients(
  { objective, slope, accuracy }: Place,
  free: Float64Array,
  diagonal: Float64Array,
  damping: number,
): Float64Array {
  const step = new Float64Array(objective.size);
  const image = new Float64Array(objective.size);
  const residual = slope.map((g, i) => -g * free[i]!);
  // A weight without curvature can't matter to the loss.
  const preconditioned = () => residual.map((r, i) => (diagonal[i]! > 0 ? r / diagonal[i]! : 0));
  let z = preconditioned();
  const direction = z.slice();
  let energy = dot(residual, z);
  const target = energy * accuracy * accuracy;
  for (let i = 0; i < 2 * step.length + 50 && energy > target; i++) {
    objective.hessian(direction, image);
    for (let j = 0; j < image.length; j++) {
      image[j] = free[j]! * (image[j]! + damping * diagonal[j]! * direction[j]!);
    }
    const curvature = dot(direction, image);
    if (!(curvature > 1e-300)) break;
    const length = energy / curvature;
    for (let j = 0; j < step.length; j++) {
      step[j]! += length * direction[j]!;
      residual[j]! -= length * image[j]!;
    }
    z = preconditioned();
    const next = dot(residual, z);
    for (let j = 0; j < direction.length; j++) {
      direction[j] = z[j]! + (next / energy) * direction[j]!;
    }
    energy = next;
  }
  return step;
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
