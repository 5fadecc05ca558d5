/** All functions by name: what is known here, what BigQuery has and this engine lacks. */
import { AGGREGATES, type AggregateDefinition } from './aggregates.ts';
import { ARRAYS } from './arrays.ts';
import { CONDITIONS } from './conditions.ts';
import { DATES } from './dates.ts';
import { FORMAT_FUNCTIONS, JSON_FUNCTIONS } from './json.ts';
import { NUMBERS } from './numbers.ts';
import type { FunctionTable, Overload } from './overload.ts';
import { STRINGS } from './strings.ts';
import { WINDOWS, type WindowDefinition } from './windows.ts';

const ALIASES: Readonly<Record<string, string>> = { CEILING: 'CEIL', POWER: 'POW' };

const SCALARS: FunctionTable = {
  ...NUMBERS,
  ...STRINGS,
  ...DATES,
  ...ARRAYS,
  ...JSON_FUNCTIONS,
  ...FORMAT_FUNCTIONS,
  ...CONDITIONS,
};

export type Definition =
  | { readonly kind: 'scalar'; readonly overloads: readonly Overload[] }
  | { readonly kind: 'aggregate'; readonly definition: AggregateDefinition }
  | { readonly kind: 'window'; readonly definition: WindowDefinition };

/** The function of a name in upper case; undefined when it is not known here. */
export function findFunction(name: string): Definition | undefined {
  const key = ALIASES[name] ?? name;
  if (Object.hasOwn(SCALARS, key)) return { kind: 'scalar', overloads: SCALARS[key]! };
  if (Object.hasOwn(AGGREGATES, key)) return { kind: 'aggregate', definition: AGGREGATES[key]! };
  if (Object.hasOwn(WINDOWS, key)) return { kind: 'window', definition: WINDOWS[key]! };
  return undefined;
}

export const functionNames = (): readonly string[] => [
  ...Object.keys(SCALARS),
  ...Object.keys(AGGREGATES),
  ...Object.keys(WINDOWS),
  ...Object.keys(ALIASES),
];

/** Families of functions, by the word before the point or by the beginning of the name. */
const FAMILIES =
  /^(?:AEAD|AI|BAG|DLP|HLL_COUNT|KEYS|KLL_QUANTILES|ML|NET|OBJ|VECTOR_INDEX)\.|^(?:ST_|S2_|DLP_|DETERMINISTIC_|RANGE_(?!BUCKET))/;

const OTHERS = new Set(
  (
    'AGG APPENDS APPROX_TOP_SUM BAG_OF_WORDS CHANGES COLLATE DATE_BUCKET DATETIME_BUCKET ' +
    'DESTINATION_NODE_ID EDGES ELEMENT_ID EXTERNAL_OBJECT_TRANSFORM EXTERNAL_QUERY GAP_FILL ' +
    'GENERATE_RANGE_ARRAY JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_FLATTEN JSON_REMOVE JSON_SET ' +
    'LABELS LAX_BOOL_ARRAY LAX_FLOAT64_ARRAY LAX_INT64_ARRAY LAX_STRING_ARRAY MAKE_INTERVAL NODES ' +
    'PARSE_BIGNUMERIC PATH_FIRST PATH_LAST PATH_LENGTH RANGE REGEXP_INSTR SEARCH SOURCE_NODE_ID ' +
    'TEXT_ANALYZE TF_IDF TIMESTAMP_BUCKET VECTOR_SEARCH'
  ).split(' '),
);

/** Whether BigQuery has a function of this name that is refused here. */
export const existsElsewhere = (name: string): boolean => OTHERS.has(name) || FAMILIES.test(name);
