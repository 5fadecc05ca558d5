/**
 * Guesses types from text, for detecting schemas.
 *
 * Source: "Using schema auto-detection".
 */
import type { ScalarType } from '../types.ts';
import { SCALAR_READERS } from './scalars.ts';

/** So many rows are looked at. */
export const SAMPLE = 500;

/** The types that text is tried for, the narrowest first. BOOL leaves 0 and 1 to INT64. */
const GUESSES: readonly (readonly [ScalarType, RegExp])[] = [
  ['BOOL', /^\s*(true|false|t|f|yes|no|y|n)\s*$/i],
  ['INT64', /^\s*[+-]?\d+\s*$/],
  ['FLOAT64', /^\s*[+-]?(\d|\.\d|nan|inf)/i],
  ['DATE', /^\s*\d{4}-\d{1,2}-\d{1,2}\s*$/],
  ['TIME', /^\s*\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?\s*$/],
  ['TIMESTAMP', /^\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d/i],
];

/** The narrowest type that a text suits. */
export function guess(text: string): ScalarType {
  for (const [kind, form] of GUESSES) {
    if (form.test(text) && SCALAR_READERS[kind]?.(text) !== undefined) return kind;
  }
  return 'STRING';
}

/** The type of values of both types. */
export function join(a: ScalarType, b: ScalarType): ScalarType {
  if (a === b) return a;
  const both = new Set([a, b]);
  if (both.has('INT64') && both.has('FLOAT64')) return 'FLOAT64';
  return 'STRING';
}
