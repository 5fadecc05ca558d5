/** Array functions. Source: "Array functions" of the GoogleSQL reference. */
import { physicalType } from '../../duckdb/types.ts';
import type { Chosen, FunctionTable, Overload } from './overload.ts';

const first = (call: Chosen, item: string, name: string): string => {
  const empty = `CAST(bq_raise('${name} cannot get an element of an empty array') AS ${physicalType(call.result)})`;
  return `(CASE WHEN len($1) = 0 THEN ${empty} ELSE ${item} END)`;
};

/** From one offset to another, both counted from the end where they are negative. */
const SLICE =
  'list_slice($1, (CASE WHEN $2 < 0 THEN greatest(len($1) + $2, 0) ELSE $2 END) + 1, ' +
  '(CASE WHEN $3 < 0 THEN len($1) + $3 ELSE $3 END) + 1)';

/** NULLs are left out; nothing to join is an empty text, in DuckDB NULL. */
const joined = (array: string, missing: string): string =>
  `(CASE WHEN ${missing} THEN NULL ELSE coalesce(array_to_string(${array}, $2), '') END)`;

const generate = (type: string, native: string): readonly Overload[] => [
  [`ARRAY<${type}>(${type}, ${type})`, `bq_${native}($1, $2, 1)`],
  [`ARRAY<${type}>(${type}, ${type}, ${type})`, `bq_${native}($1, $2, $3)`],
];

/** The part of the step as text. */
const partText = (call: Chosen): string => `'${call.parts[0]!.text.toUpperCase()}'`;

export const ARRAYS: FunctionTable = {
  ARRAY_LENGTH: [['INT64(ARRAY<T>)', 'len($1)']],
  ARRAY_CONCAT: [['ARRAY<T>(ARRAY<T>...)', (call) => concat(call.args.length)]],
  ARRAY_REVERSE: [['ARRAY<T>(ARRAY<T>)', 'list_reverse($1)']],
  ARRAY_FIRST: [['T(ARRAY<T>)', (call) => first(call, 'list_extract($1, 1)', 'ARRAY_FIRST')]],
  ARRAY_LAST: [['T(ARRAY<T>)', (call) => first(call, 'list_extract($1, -1)', 'ARRAY_LAST')]],
  ARRAY_SLICE: [['ARRAY<T>(ARRAY<T>, INT64, INT64)', SLICE]],
  ARRAY_TO_STRING: [
    ['STRING(ARRAY<STRING>, STRING)', joined('$1', '$1 IS NULL OR $2 IS NULL')],
    [
      'STRING(ARRAY<STRING>, STRING, STRING)',
      joined(
        '(CASE WHEN $3 IS NULL THEN $1 ELSE list_transform($1, lambda item: coalesce(item, $3)) END)',
        '$1 IS NULL OR $2 IS NULL',
      ),
    ],
    ['BYTES(ARRAY<BYTES>, BYTES)', 'bq_bytes_join($1, $2)'],
  ],
  GENERATE_ARRAY: [
    [
      'ARRAY<INT64>(INT64, INT64, [INT64])',
      (call) =>
        call.args.length === 2
          ? 'generate_series($1, $2, 1)'
          : "(CASE WHEN $3 = 0 THEN CAST(bq_raise('Sequence step cannot be 0.') AS BIGINT[]) ELSE generate_series($1, $2, $3) END)",
    ],
    ...generate('NUMERIC', 'generate_numeric'),
    ...generate('FLOAT64', 'generate_float64'),
  ],
  GENERATE_DATE_ARRAY: [
    ['ARRAY<DATE>(DATE, DATE)', "bq_generate_date($1, $2, 1, 'DAY')"],
    [
      'ARRAY<DATE>(DATE, DATE, INT64, PART)',
      (call) => `bq_generate_date($1, $2, $3, ${partText(call)})`,
    ],
  ],
  GENERATE_TIMESTAMP_ARRAY: [
    [
      'ARRAY<TIMESTAMP>(TIMESTAMP, TIMESTAMP, INT64, PART)',
      (call) => `bq_generate_timestamp($1, $2, $3, ${partText(call)})`,
    ],
  ],
};

/** DuckDB would leave out an array that is NULL. */
function concat(count: number): string {
  const places = Array.from({ length: count }, (_, i) => `$${i + 1}`);
  const missing = places.map((place) => `${place} IS NULL`).join(' OR ');
  const joined = places.reduce((all, place) => `list_concat(${all}, ${place})`);
  return `(CASE WHEN ${missing} THEN NULL ELSE ${joined} END)`;
}
