import type { Plain } from '../../testing.ts';

/**
 * A GoogleSQL expression, its type, and its value as the REST API writes it: texts, lists for
 * arrays and structs, timestamps as ISO 8601.
 */
export type Case = readonly [expression: string, type: string, value: Plain];
