/** DuckDB's errors in BigQuery's words. */
import { ApiError, invalidQuery } from '../../../errors.ts';
import { RAISED } from '../natives/native.ts';
import { tooComplex } from '../parse/parse.ts';

/** What DuckDB says (its own kind of error before the colon), and what BigQuery says of the same. */
const WORDS: readonly (readonly [pattern: RegExp, message: (match: RegExpExecArray) => string])[] =
  [
    // Errors that our own functions raise are in BigQuery's words already.
    [new RegExp(`${RAISED}([\\s\\S]*)$`), (m) => m[1]!],
    [
      /Overflow in (?:addition|subtraction|multiplication|negation|division) of INT64 \((.*)\)!/,
      (m) => `int64 overflow: ${m[1]}`,
    ],
    [/Overflow in negation of (?:integer|numeric value)/, () => 'int64 overflow in negation'],
    [/Overflow in division of (\S+ \/ \S+)/, (m) => `int64 overflow: ${m[1]}`],
    [/Overflow on abs\((\S+)\)/, (m) => `int64 overflow: ABS(${m[1]})`],
    [/Overflow in HUGEINT|SUM is out of range/i, () => 'int64 overflow in SUM'],
    [
      /Type INT128 with value (\S+) can't be cast because the value is out of range for the destination type INT64/,
      (m) => `int64 overflow: ${m[1]} is out of range`,
    ],
    [
      /Type (\S+) with value (\S+) can't be cast.*out of range for the destination type (\S+)/,
      (m) => `Value out of range: ${m[2]}`,
    ],
    [/Overflow in (?:addition|subtraction|multiplication) of DECIMAL/, () => 'numeric overflow'],
    [/Could not cast value (\S+) to DECIMAL/, (m) => `numeric out of range: ${m[1]}`],
    [
      /More than one row returned by a subquery used as an expression/,
      () => 'Scalar subquery produced more than one element',
    ],
    [
      /NOT NULL constraint failed: (?:.*\.)?"?([^".]+)"?$/m,
      (m) => `Required field ${m[1]} cannot be null`,
    ],
    [
      /^Invalid Input Error: (missing [\])]|unexpected \)|no argument for repetition|bad repetition|invalid (?:escape|character class|perl|repetition|named|UTF-8)|bad named|trailing \\|pattern too large)([\s\S]*)$/,
      (m) => `Cannot parse regular expression: ${m[1]}${m[2]}`,
    ],
    [
      /input value inf is out of range for numeric function/,
      () => 'Floating point error: the argument is infinite',
    ],
    [
      /write-write conflict|Conflict on |Cannot update a table that has been altered/i,
      () => 'Could not serialize access to the table due to concurrent update',
    ],
    [/Max expression depth limit/, (m) => tooComplex(m).message],
    [
      /Out of Memory Error/,
      () =>
        'Resources exceeded during query execution: The query could not be executed in the allotted memory.',
    ],
  ];

/**
 * An error of a query as the API answers it; `ApiError`s pass. DuckDB's place is one in its own
 * text, and is left out.
 */
export function translated(error: unknown): unknown {
  if (error instanceof ApiError || !(error instanceof Error)) return error;
  if (error instanceof RangeError) return tooComplex(error);
  const message = error.message.replace(/\n+LINE \d+:[\s\S]*$/, '').trim();
  if (!/^[A-Z][\w ]* Error: /.test(message)) return error;
  for (const [pattern, words] of WORDS) {
    const match = pattern.exec(message);
    if (match) return invalidQuery(words(match), error);
  }
  return invalidQuery(message.replace(/^[A-Z][\w ]* Error: /, ''), error);
}

/** Runs work whose DuckDB errors are the query's. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}
