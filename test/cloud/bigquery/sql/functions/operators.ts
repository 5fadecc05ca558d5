/**
 * Arithmetic, bitwise and concatenation operators.
 *
 * Source: "Operators" of the GoogleSQL reference. FLOAT64 arithmetic fails where it overflows: see
 * resolve/floats.ts.
 */
import { within } from './date_parts.ts';
import type { FunctionTable } from './overload.ts';

const days = (date: string, count: string): string =>
  within('DATE', `(${date} + CAST(${count} AS INTEGER))`, 'Adding days');

export const OPERATORS: FunctionTable = {
  '+': [
    ['INT64(INT64, INT64)', '($1 + $2)'],
    ['NUMERIC(NUMERIC, NUMERIC)', 'CAST($1 + $2 AS DECIMAL(38, 9))'],
    ['FLOAT64(FLOAT64, FLOAT64)', 'FLOAT'],
    ['DATE(DATE, INT64)', days('$1', '$2')],
    ['DATE(INT64, DATE)', days('$2', '$1')],
    ['DATETIME(DATETIME, INTERVAL)', 'bq_datetime_add_interval($1, $2)'],
    ['DATETIME(INTERVAL, DATETIME)', 'bq_datetime_add_interval($2, $1)'],
    ['TIMESTAMP(TIMESTAMP, INTERVAL)', 'bq_timestamp_add_interval($1, $2)'],
    ['TIMESTAMP(INTERVAL, TIMESTAMP)', 'bq_timestamp_add_interval($2, $1)'],
    ['INTERVAL(INTERVAL, INTERVAL)', '($1 + $2)'],
  ],
  '-': [
    ['INT64(INT64, INT64)', '($1 - $2)'],
    ['NUMERIC(NUMERIC, NUMERIC)', 'CAST($1 - $2 AS DECIMAL(38, 9))'],
    ['FLOAT64(FLOAT64, FLOAT64)', 'FLOAT'],
    ['DATE(DATE, INT64)', days('$1', '-($2)')],
    ['INTERVAL(DATE, DATE)', 'to_days(CAST($1 - $2 AS INTEGER))'],
    ['INTERVAL(DATETIME, DATETIME)', 'to_microseconds(epoch_us($1) - epoch_us($2))'],
    ['INTERVAL(TIMESTAMP, TIMESTAMP)', 'to_microseconds(epoch_us($1) - epoch_us($2))'],
    ['INTERVAL(TIME, TIME)', 'to_microseconds(epoch_us($1) - epoch_us($2))'],
    ['DATETIME(DATETIME, INTERVAL)', 'bq_datetime_add_interval($1, -($2))'],
    ['TIMESTAMP(TIMESTAMP, INTERVAL)', 'bq_timestamp_add_interval($1, -($2))'],
    ['INTERVAL(INTERVAL, INTERVAL)', '($1 - $2)'],
  ],
  '*': [
    ['INT64(INT64, INT64)', '($1 * $2)'],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bq_numeric_multiply($1, $2)'],
    ['FLOAT64(FLOAT64, FLOAT64)', 'FLOAT'],
    ['INTERVAL(INTERVAL, INT64)', '($1 * $2)'],
    ['INTERVAL(INT64, INTERVAL)', '($2 * $1)'],
  ],
  '/': [
    ['FLOAT64(FLOAT64, FLOAT64)', 'FLOAT'],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bq_numeric_divide($1, $2)'],
    ['INTERVAL(INTERVAL, INT64)', 'bq_interval_divide($1, $2)'],
  ],
  '||': [
    ['STRING(STRING, STRING)', '($1 || $2)'],
    ['BYTES(BYTES, BYTES)', '($1 || $2)'],
    ['ARRAY<T>(ARRAY<T>, ARRAY<T>)', 'list_concat($1, $2)'],
  ],
  '|': [
    ['INT64(INT64, INT64)', '($1 | $2)'],
    ['BYTES(BYTES, BYTES)', "bq_bytes_bitwise('|', $1, $2)"],
  ],
  '^': [
    ['INT64(INT64, INT64)', 'xor($1, $2)'],
    ['BYTES(BYTES, BYTES)', "bq_bytes_bitwise('^', $1, $2)"],
  ],
  '&': [
    ['INT64(INT64, INT64)', '($1 & $2)'],
    ['BYTES(BYTES, BYTES)', "bq_bytes_bitwise('&', $1, $2)"],
  ],
  '<<': [
    ['INT64(INT64, INT64)', "bq_int64_shift('<<', $1, $2)"],
    ['BYTES(BYTES, INT64)', "bq_bytes_shift('<<', $1, $2)"],
  ],
  '>>': [
    ['INT64(INT64, INT64)', "bq_int64_shift('>>', $1, $2)"],
    ['BYTES(BYTES, INT64)', "bq_bytes_shift('>>', $1, $2)"],
  ],
};

export const UNARY_OPERATORS: FunctionTable = {
  '-': [
    ['INT64(INT64)', '(-($1))'],
    ['NUMERIC(NUMERIC)', '(-($1))'],
    ['FLOAT64(FLOAT64)', '(-($1))'],
    ['INTERVAL(INTERVAL)', '(-($1))'],
  ],
  '+': [
    ['INT64(INT64)', '$1'],
    ['NUMERIC(NUMERIC)', '$1'],
    ['FLOAT64(FLOAT64)', '$1'],
  ],
  '~': [
    ['INT64(INT64)', '(~($1))'],
    ['BYTES(BYTES)', 'bq_bytes_not($1)'],
  ],
};
