/** How a linear model reads its features: scaled numbers and slots of categories. */
import type { Coded, Feature } from '../data/features.ts';
import { sharedFloat64 } from '../data/shared_arrays.ts';
import type { Design, DesignColumn } from './design.ts';

/** A feature in the design; weights are learnt on this scale. */
export type Term =
  | { readonly kind: 'numeric'; readonly center: number; readonly scale: number }
  /** The slot of each code of the vocabulary, −1 for a category without one. */
  | { readonly kind: 'categorical'; readonly slots: Int32Array; readonly width: number };

export type CategoryEncoding = 'ONE_HOT_ENCODING' | 'DUMMY_ENCODING';

/**
 * Numbers are standardised; without an intercept they are scaled but not centred, since a centred
 * number would bring an intercept in. Categories get a slot each, NULL only if training saw one;
 * dummy encoding drops the most frequent, the first of equals.
 */
export function termOf(feature: Feature, encoding: CategoryEncoding, intercept: boolean): Term {
  if (feature.kind === 'numeric') {
    const center = intercept && Number.isFinite(feature.mean) ? feature.mean : 0;
    return { kind: 'numeric', center, scale: Number.isNaN(feature.stddev) ? 0 : feature.stddev };
  }
  const counts = Array.from(feature.counts);
  const dropped = encoding === 'DUMMY_ENCODING' ? counts.indexOf(Math.max(...counts)) : -1;
  let width = 0;
  const slots = Int32Array.from(counts, (count, code) =>
    count === 0 || code === dropped ? -1 : width++,
  );
  return { kind: 'categorical', slots, width };
}

/** The rows of a design. NaN counts as the training mean. */
export function designOf(
  features: readonly Feature[],
  terms: readonly Term[],
  coded: readonly Coded[],
  intercept: boolean,
): Design {
  const columns = coded.map((column, j) => designColumn(features[j]!, terms[j]!, column));
  const [first] = coded;
  const rowCount = first?.kind === 'numeric' ? first.values.length : (first?.codes.length ?? 0);
  return { rowCount, columns, intercept };
}

function designColumn(feature: Feature, term: Term, coded: Coded): DesignColumn {
  if (coded.kind === 'categorical' && term.kind === 'categorical') {
    const slots = coded.codes.map((code) => (code < 0 ? -1 : term.slots[code]!));
    return { kind: 'slots', slots, width: term.width };
  }
  if (coded.kind !== 'numeric' || term.kind !== 'numeric' || feature.kind !== 'numeric') {
    throw new TypeError(`The feature ${feature.name} changed its kind.`);
  }
  const { center, scale } = term;
  const mean = Number.isFinite(feature.mean) ? feature.mean : 0;
  const values = sharedFloat64(coded.values.length);
  for (let i = 0; i < values.length && scale > 0; i++) {
    const x = coded.values[i]!;
    values[i] = ((Number.isNaN(x) ? mean : x) - center) / scale;
  }
  return { kind: 'dense', values };
}
