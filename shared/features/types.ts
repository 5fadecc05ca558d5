/** The types of the feature language, by GoogleSQL's names. */
export const TYPES = ['INT64', 'FLOAT64', 'BOOL', 'STRING', 'TIMESTAMP', 'DATE'] as const;

export type Type = (typeof TYPES)[number];

/** Types that a feature may have: what a model can read. */
export const FEATURE_TYPES = ['INT64', 'FLOAT64', 'BOOL', 'STRING'] as const;

export type FeatureType = (typeof FEATURE_TYPES)[number];

/** A constant in a program. TIMESTAMP in microseconds and DATE in days since 1970-01-01. */
export type Literal = number | string | boolean;

/** An inclusive interval; empty when `low > high`. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What is proven of an expression before any row is seen. */
export interface Facts extends Range {
  readonly type: Type;
  readonly nullable: boolean;
  /**
   * `low` and `high` hold every value that is not NULL, FALSE as 0 and TRUE as 1, TIMESTAMP in
   * microseconds, DATE in days; of a STRING they hold its length in characters. Empty: always NULL.
   */
  readonly low: number;
  readonly high: number;
}

/** The largest integer up to which every INT64 is exact in a JavaScript number: 2^53 - 1. */
export const MAX_EXACT = Number.MAX_SAFE_INTEGER;

/** The longest constant STRING, in UTF-16 code units. */
export const MAX_LITERAL = 10_000;

/** The longest STRING that an expression may make, in characters. */
export const MAX_TEXT = 1_048_576;
