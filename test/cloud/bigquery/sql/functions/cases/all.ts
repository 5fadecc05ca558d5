/** All cases by area. */
import { AGGREGATE_CASES } from './aggregates.ts';
import { ARRAY_CASES } from './arrays.ts';
import type { Case } from './case.ts';
import { CONVERSION_CASES } from './conversions.ts';
import { DATE_CASES } from './dates.ts';
import { FORMAT_CASES } from './formats.ts';
import { HASH_CASES } from './hashes.ts';
import { JSON_CASES } from './json.ts';
import { NUMBER_CASES } from './numbers.ts';
import { OPERATOR_CASES } from './operators.ts';
import { STRING_CASES } from './strings.ts';
import { TIMESTAMP_CASES } from './timestamps.ts';
import { WINDOW_CASES } from './windows.ts';

export const AREAS: Readonly<Record<string, readonly Case[]>> = {
  operators: OPERATOR_CASES,
  numbers: NUMBER_CASES,
  strings: STRING_CASES,
  formats: FORMAT_CASES,
  conversions: CONVERSION_CASES,
  dates: DATE_CASES,
  timestamps: TIMESTAMP_CASES,
  arrays: ARRAY_CASES,
  aggregates: AGGREGATE_CASES,
  windows: WINDOW_CASES,
  json: JSON_CASES,
  hashes: HASH_CASES,
};
