/** JSON functions. Source: "JSON functions" of the GoogleSQL reference. */

import { unsupported } from '../../../errors.ts';
import { stringSql } from '../resolve/literals.ts';
import { quotedTypeText } from '../resolve/type_text.ts';
import type { Typed } from '../resolve/typed.ts';
import type { Chosen, FunctionTable, Overload } from './overload.ts';

/** A value of any type, with the name of its type for the native that reads it. */
const anyValue = (expr: Typed, place: string): string =>
  `${stringSql(quotedTypeText(expr.type))}, ${place}`;

const option = (call: Chosen, name: string, otherwise: string): string =>
  call.named.get(name)?.sql ?? otherwise;

/** From JSON and from JSON-formatted STRING, with `$` when no path is given. */
function extractor(
  name: string,
  json: string,
  string: string,
  legacy: boolean,
): readonly Overload[] {
  const form = legacy ? 'TRUE' : 'FALSE';
  return [
    [`${json}(JSON, [STRING])`, (call) => `bq_${name}_json($1, ${pathOf(call)}, ${form})`],
    [`${string}(STRING, [STRING])`, (call) => `bq_${name}_string($1, ${pathOf(call)}, ${form})`],
  ];
}

const pathOf = (call: Chosen): string => (call.args.length > 1 ? '$2' : "'$'");

const query = (legacy: boolean) => extractor('json_query', 'JSON', 'STRING', legacy);
const value = (legacy: boolean) => extractor('json_value', 'STRING', 'STRING', legacy);
const queryArray = (legacy: boolean) =>
  extractor('json_query_array', 'ARRAY<JSON>', 'ARRAY<STRING>', legacy);
const valueArray = (legacy: boolean) =>
  extractor('json_value_array', 'ARRAY<STRING>', 'ARRAY<STRING>', legacy);

const WIDE = '[wide_number_mode => STRING]';

export const JSON_FUNCTIONS: FunctionTable = {
  JSON_QUERY: query(false),
  JSON_EXTRACT: query(true),
  JSON_VALUE: value(false),
  JSON_EXTRACT_SCALAR: value(true),
  JSON_QUERY_ARRAY: queryArray(false),
  JSON_EXTRACT_ARRAY: queryArray(true),
  JSON_VALUE_ARRAY: valueArray(false),
  JSON_EXTRACT_STRING_ARRAY: valueArray(true),

  PARSE_JSON: [
    [
      `JSON(STRING, ${WIDE})`,
      (call) => `bq_parse_json($1, ${option(call, 'wide_number_mode', "'exact'")})`,
    ],
  ],
  TO_JSON: [
    [
      'JSON(ANY, [stringify_wide_numbers => BOOL])',
      (call) =>
        `bq_to_json(${anyValue(call.args[0]!, '$1')}, ${option(call, 'stringify_wide_numbers', 'FALSE')})`,
    ],
  ],
  TO_JSON_STRING: [
    ['STRING(ANY)', (call) => `bq_to_json_string(${anyValue(call.args[0]!, '$1')}, FALSE)`],
    ['STRING(ANY, BOOL)', (call) => `bq_to_json_string(${anyValue(call.args[0]!, '$1')}, $2)`],
  ],
  JSON_TYPE: [['STRING(JSON)', 'bq_json_type($1)']],
  JSON_KEYS: [
    [
      'ARRAY<STRING>(JSON, [INT64], [mode => STRING])',
      (call) => {
        if (call.named.has('mode')) throw unsupported('the mode of JSON_KEYS');
        return `bq_json_keys($1, ${call.args.length > 1 ? '$2' : '9223372036854775807'})`;
      },
    ],
  ],
  JSON_STRIP_NULLS: [
    [
      'JSON(JSON, [STRING], [include_arrays => BOOL], [remove_empty => BOOL])',
      (call) =>
        `bq_json_strip_nulls($1, ${pathOf(call)}, ${option(call, 'include_arrays', 'TRUE')}, ${option(call, 'remove_empty', 'FALSE')})`,
    ],
  ],
  JSON_ARRAY: [['JSON(ANY...)', (call) => `bq_json_array(${manyValues(call)})`]],
  JSON_OBJECT: [
    ['JSON()', "CAST('{}' AS JSON)"],
    ['JSON(STRING, ANY, ANY...)', (call) => `bq_json_object(${manyValues(call)})`],
    [
      'JSON(ARRAY<STRING>, ARRAY<T>)',
      (call) => `bq_json_object_of_arrays($1, ${anyValue(call.args[1]!, '$2')})`,
    ],
  ],

  BOOL: [['BOOL(JSON)', 'bq_json_bool($1)']],
  INT64: [['INT64(JSON)', 'bq_json_int64($1)']],
  FLOAT64: [
    [
      `FLOAT64(JSON, ${WIDE})`,
      (call) => `bq_json_float64($1, ${option(call, 'wide_number_mode', "'round'")})`,
    ],
  ],
  STRING: [
    ['STRING(JSON)', 'bq_json_to_string($1)'],
    ['STRING(TIMESTAMP)', "bq_string_from_timestamp($1, 'UTC')"],
    ['STRING(TIMESTAMP, STRING)', 'bq_string_from_timestamp($1, $2)'],
    ['STRING(DATE)', 'CAST($1 AS VARCHAR)'],
    ['STRING(TIME)', 'bq_string_from_time($1)'],
    ['STRING(DATETIME)', 'bq_string_from_datetime($1)'],
  ],
  LAX_BOOL: [['BOOL(JSON)', 'bq_lax_bool($1)']],
  LAX_INT64: [['INT64(JSON)', 'bq_lax_int64($1)']],
  LAX_FLOAT64: [['FLOAT64(JSON)', 'bq_lax_float64($1)']],
  LAX_STRING: [['STRING(JSON)', 'bq_lax_string($1)']],
};

/** Values of several types travel as one struct. */
function manyValues(call: Chosen): string {
  const fields = call.args.map((arg, i) => ({ name: `a${i + 1}`, type: arg.type }));
  const type = quotedTypeText({ kind: 'STRUCT', fields });
  if (fields.length === 0) return "'STRUCT<a INT64>', NULL::STRUCT(a BIGINT)";
  const values = fields.map((field, i) => `'${field.name}': $${i + 1}`).join(', ');
  return `${stringSql(type)}, {${values}}`;
}

export const FORMAT_FUNCTIONS: FunctionTable = {
  FORMAT: [['STRING(STRING, ANY...)', formatCall]],
};

function formatCall(call: Chosen): string {
  const fields = call.args.slice(1).map((arg, i) => ({ name: `a${i + 1}`, type: arg.type }));
  if (fields.length === 0) return "bq_format($1, 'STRUCT<a INT64>', NULL::STRUCT(a BIGINT))";
  const values = fields.map((field, i) => `'${field.name}': $${i + 2}`).join(', ');
  return `bq_format($1, ${stringSql(quotedTypeText({ kind: 'STRUCT', fields }))}, {${values}})`;
}
