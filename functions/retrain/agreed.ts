/** Trees of several models add up only where they read the same row and give the same classes. */
import { isDeepStrictEqual } from 'node:util';
import type { InputEncoding } from '../../shared/bridge/encoding.ts';
import { ModelFormatError } from '../../shared/bridge/errors.ts';

/** How a model reads applications, and what it says of them. */
export interface Reading {
  /** Labels by output group. */
  readonly classNames: readonly string[];
  readonly inputs: readonly InputEncoding[];
}

/** Of means over the same rows, relative to the mean. */
const MEAN_TOLERANCE = 1e-9;

/** @throws {ModelFormatError} naming two members that differ, and the features that they read differently */
export function agreedReading(members: readonly (Reading & { readonly name: string })[]): Reading {
  const [first, ...others] = members;
  if (!first) throw new ModelFormatError('There is no model to read.');
  for (const other of others) {
    const both = `${first.name} and ${other.name}`;
    if (!isDeepStrictEqual(first.classNames, other.classNames)) {
      throw new ModelFormatError(`${both} name their labels in different orders.`);
    }
    const width = Math.max(first.inputs.length, other.inputs.length);
    const odd = Array.from({ length: width }, (_, i) => [first.inputs[i], other.inputs[i]] as const)
      .filter(([one, two]) => !isSame(one, two))
      .map(([one, two]) => (one ?? two)!.name);
    if (odd.length === 0) continue;
    throw new ModelFormatError(`${both} read features differently: ${odd.join(', ')}.`);
  }
  return first;
}

/** The warehouse may sum up a mean in another order for each model. */
function isSame(one: InputEncoding | undefined, two: InputEncoding | undefined): boolean {
  if (one?.kind !== 'number' || two?.kind !== 'number') return isDeepStrictEqual(one, two);
  const [mean, other] = [one.nullValue, two.nullValue];
  if (one.name !== two.name || mean === null || other === null) return isDeepStrictEqual(one, two);
  return Math.abs(mean - other) <= MEAN_TOLERANCE * Math.max(1, Math.abs(mean));
}
