/** What an objective's name says of a model: how many groups, which base margin, which link. */
import type { Tree } from '../booster.ts';
import { ModelFormatError } from '../errors.ts';

/** From a margin to what XGBoost's `predict` answers. */
export type Link = 'identity' | 'sigmoid' | 'exp' | 'softmax' | 'step';

const SOFTMAX = /^multi:soft(prob|max)$/;

const LINKS: readonly (readonly [RegExp, Link])[] = [
  [SOFTMAX, 'softmax'],
  [/^(binary:logistic|reg:logistic)$/, 'sigmoid'],
  [/^(count:poisson|reg:gamma|reg:tweedie)$/, 'exp'],
  [/^binary:hinge$/, 'step'],
  [
    /^(binary:logitraw|reg:linear|reg:squarederror|reg:squaredlogerror|reg:pseudohubererror|reg:absoluteerror|reg:quantileerror|rank:\w+)$/,
    'identity',
  ],
];

/** @throws {ModelFormatError} for an objective whose predictions have no exact conversion. */
export function linkOf(objective: string): Link {
  const known = LINKS.find(([pattern]) => pattern.test(objective));
  if (known) return known[1];
  const why = objective.startsWith('survival:')
    ? 'survival times need more than one number a leaf'
    : 'it is not known here';
  throw new ModelFormatError(
    `The objective "${objective}" has no exact conversion to ONNX: ${why}.`,
  );
}

/** One group a class for `multi:*`, otherwise one. */
export function groupCountOf(objective: string, classCount: number, targetCount: number): number {
  if (targetCount > 1) {
    throw new ModelFormatError(
      `The model predicts ${targetCount} targets at once; train one model a target.`,
    );
  }
  return SOFTMAX.test(objective) ? Math.max(classCount, 1) : 1;
}

/**
 * ProbToMargin in XGBoost's float32 steps. Before 1.0 a file holds the margin itself; from 1.0 on
 * what users know: a probability or a mean.
 * @param scores one number, or from 3.1 on one a group
 */
export function baseMargins(
  objective: string,
  scores: readonly number[],
  groupCount: number,
  major: number,
): Float32Array {
  if (scores.length !== 1 && scores.length !== groupCount) {
    throw new ModelFormatError(`There are ${scores.length} base scores for ${groupCount} groups.`);
  }
  const link = linkOf(objective);
  const margin = (score: number): number => {
    const base = Math.fround(score);
    if (major < 1) return base;
    if (link === 'sigmoid') return -Math.log(Math.fround(Math.fround(1 / base) - 1));
    return link === 'exp' ? Math.log(base) : base;
  };
  const margins = Float32Array.from({ length: groupCount }, (_, k) =>
    margin(scores[scores.length === 1 ? 0 : k]!),
  );
  if (margins.every(Number.isFinite)) return margins;
  throw new ModelFormatError(`The base score ${scores.join(', ')} is none of "${objective}".`);
}

/** DART keeps how much of a tree counts: its leaves are multiplied by it, in float32. */
export function weighLeaves({ value }: Pick<Tree, 'value'>, weight: number): void {
  for (let i = 0; i < value.length; i++) value[i] = value[i]! * weight;
}
