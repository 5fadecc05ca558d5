/** Shocks to the feed, not to the world: the checkout system saw the truth, the record tells less. */
import type { Shock } from './conditions.ts';
import { type Key, Random, split } from './random.ts';
import type { Row } from './record.ts';

/** The kinds of shock that garble one field of the record. */
export const FAULTS = ['missing', 'new_category', 'scale'] as const;

const isFault = ({ kind }: Shock): boolean => (FAULTS as readonly string[]).includes(kind);

/**
 * @param key of the stream that says which records are hit
 * @returns a function that garbles, in place, the record number `transaction` of a day
 */
export function feedFaults(
  key: Key,
  shocks: readonly Shock[],
): (row: Row, transaction: number, day: number) => void {
  const faults = shocks.filter(isFault).map((shock, index) => ({ ...shock, index }));
  const random = new Random(key);
  return (row, transaction, day) => {
    for (const { kind, field, from, to, size, index } of faults) {
      if (day < from || day > to || field === undefined) continue;
      const value = row[field];
      if (value === undefined || value === null) continue;
      if (kind === 'scale') {
        // Twelve digits: a factor leaves no dust of binary fractions behind.
        row[field] = Number((Number(value) * size).toPrecision(12));
      } else if (random.start(split(split(key, index), transaction)).chance(size)) {
        row[field] = kind === 'missing' ? null : `unseen_${field}`;
      }
    }
  };
}
