/** How a tree ensemble reads its features: float32 columns, NaN where a value is missing. */
import type { Coded, Feature } from '../data/features.ts';
import { sharedFloat32 } from '../data/shared_arrays.ts';

/**
 * One feature's encoding (predictor.py of GoogleCloudPlatform/bigquery-ml-utils):
 * - number: itself; a NaN is missing.
 * - label: the category's code. NULL and unseen categories are 0, as "Label encoding" of BigQuery's
 *   auto-preprocessing page has it; the exported predictor takes both for missing.
 * - one_hot: a column a category, 1 in the matching one (NULL has its own), the others missing.
 * - target: a column a value of `values`, by code; NULL and unseen are missing.
 */
export type TreeEncoding =
  | { readonly kind: 'number' | 'label' }
  | { readonly kind: 'one_hot'; readonly width: number }
  | { readonly kind: 'target'; readonly width: number; readonly values: readonly Float64Array[] };

export const encodedWidth = (encoding: TreeEncoding): number =>
  'width' in encoding ? encoding.width : 1;

/** The feature that each encoded column belongs to. */
export const ownersOf = (encodings: readonly TreeEncoding[]): number[] =>
  encodings.flatMap((encoding, j) => new Array<number>(encodedWidth(encoding)).fill(j));

/** The encoding of a feature by CATEGORY_ENCODING_METHOD, learnt from the training rows. */
export function learnEncoding(
  feature: Feature,
  method: string,
  coded: Coded,
  target: TargetRows,
): TreeEncoding {
  if (feature.kind === 'numeric' || coded.kind === 'numeric') return { kind: 'number' };
  if (method === 'ONE_HOT_ENCODING') return { kind: 'one_hot', width: feature.vocabulary.length };
  if (method === 'TARGET_ENCODING') {
    return targetEncoding(coded.codes, feature.vocabulary.length, target);
  }
  return { kind: 'label' };
}

/** Class indices or numbers, with how many classes there are (0 for a regression). */
export interface TargetRows {
  readonly targets: Float64Array;
  readonly classCount: number;
}

/**
 * The mean target of each category: of a regression, the probability of the positive class, or of
 * each of more than two classes, 0 then being missing as in the exported predictor.
 */
function targetEncoding(codes: Int32Array, size: number, target: TargetRows): TreeEncoding {
  const { targets, classCount } = target;
  const width = classCount > 2 ? classCount : 1;
  const values = Array.from({ length: width }, () => new Float64Array(size));
  const counts = new Float64Array(size);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    counts[code]!++;
    if (classCount === 0) values[0]![code]! += targets[i]!;
    else if (targets[i]! < width) values[targets[i]!]![code]!++;
  }
  for (const sums of values) {
    for (let code = 0; code < size; code++) {
      const mean = sums[code]! / counts[code]!;
      const isMissing = code === 0 || (width > 1 && mean === 0);
      sums[code] = isMissing ? Number.NaN : mean;
    }
  }
  return { kind: 'target', width, values };
}

/** The float32 columns of a feature, in the order of the trees' columns. */
export function encode(encoding: TreeEncoding, coded: Coded): Float32Array[] {
  if (coded.kind === 'numeric') {
    const column = sharedFloat32(coded.values.length);
    column.set(coded.values);
    return [column];
  }
  const { codes } = coded;
  switch (encoding.kind) {
    case 'one_hot':
      return Array.from({ length: encoding.width }, (_, slot) =>
        fill(codes, (code) => (code === slot ? 1 : Number.NaN)),
      );
    case 'target':
      return encoding.values.map((means) =>
        fill(codes, (code) => (code < 0 ? Number.NaN : means[code]!)),
      );
    default:
      return [fill(codes, (code) => Math.max(code, 0))];
  }
}

function fill(codes: Int32Array, value: (code: number) => number): Float32Array {
  const column = sharedFloat32(codes.length);
  for (let i = 0; i < codes.length; i++) column[i] = value(codes[i]!);
  return column;
}
