import { Refusal } from '../errors.ts';
import type { OpName } from '../ops/index.ts';
import type { Type } from '../types.ts';
import type { Operand, Typing } from './typing.ts';

/** Types by the names that CAST takes; aliases as the GoogleSQL reference lists them. */
const TYPE_NAMES: ReadonlyMap<string, Type> = new Map([
  ...['INT64', 'INT', 'SMALLINT', 'INTEGER', 'BIGINT', 'TINYINT', 'BYTEINT'].map(
    (name) => [name, 'INT64'] as const,
  ),
  ['FLOAT64', 'FLOAT64'],
  ['BOOL', 'BOOL'],
  ['BOOLEAN', 'BOOL'],
  ['STRING', 'STRING'],
  ['DATE', 'DATE'],
  ['TIMESTAMP', 'TIMESTAMP'],
]);

/** Casts that cannot fail, or that refuse where they could. */
const CASTS: ReadonlyMap<string, OpName> = new Map([
  ['INT64 to FLOAT64', 'float_of_integer'],
  ['FLOAT64 to INT64', 'integer_of_float'],
  ['BOOL to INT64', 'integer_of_truth'],
  ['INT64 to BOOL', 'truth_of_integer'],
  ['INT64 to STRING', 'text_of_integer'],
  ['BOOL to STRING', 'text_of_truth'],
  ['TIMESTAMP to DATE', 'date'],
]);

/** Casts of text that may not fit: NULL with SAFE_CAST, an error with CAST. */
const SAFE_CASTS: ReadonlyMap<string, OpName> = new Map([
  ['STRING to INT64', 'safe_integer_of_text'],
  ['STRING to BOOL', 'safe_truth_of_text'],
]);

/** Casts that GoogleSQL has and the language has not, and what to write. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    'STRING to FLOAT64',
    "The texts 'nan' and 'inf' are FLOAT64, too: make the column a number in the contract, or CASE its values.",
  ],
  ['FLOAT64 to STRING', 'How many digits it has is not laid down: ROUND it, then CAST AS INT64.'],
  ['STRING to DATE', 'Make the column a DATE in the contract.'],
  ['STRING to TIMESTAMP', 'Make the column a TIMESTAMP in the contract.'],
  ['DATE to STRING', 'Write EXTRACT or DATE_DIFF.'],
  ['TIMESTAMP to STRING', 'Write EXTRACT or TIMESTAMP_DIFF.'],
  ['DATE to TIMESTAMP', 'Compare days: DATE(timestamp).'],
]);

/** CAST(operand AS to) or SAFE_CAST. @throws {Refusal} */
export function castTo(
  typing: Typing,
  operand: Operand,
  { to, safe }: { readonly to: string; readonly safe: boolean },
): Operand {
  const type = TYPE_NAMES.get(to);
  if (type === undefined) {
    throw new Refusal(`Type ${to} is not supported in features`, 'Use INT64, FLOAT64 or STRING.');
  }
  const from = typing.argument(operand);
  if (operand === 'NULL' || from === type) return typing.coerced(operand, type);
  const isMoment = type === 'DATE' || type === 'TIMESTAMP';
  if (from === 'string literal' && (isMoment || type === 'STRING')) {
    return typing.coerced(operand, type);
  }
  const cast = `${from === 'string literal' ? 'STRING' : from} to ${type}`;
  const op = CASTS.get(cast) ?? (safe ? SAFE_CASTS.get(cast) : undefined);
  if (op) return typing.apply(op, [operand]);
  if (SAFE_CASTS.has(cast)) {
    throw new Refusal(`CAST from ${cast} fails on texts that do not fit`, 'Write SAFE_CAST.');
  }
  const advice = REFUSED.get(cast);
  if (advice) throw new Refusal(`CAST from ${cast} is not supported in features`, advice);
  throw new Refusal(`Invalid cast from ${cast}`, 'Write a comparison or CASE.');
}
