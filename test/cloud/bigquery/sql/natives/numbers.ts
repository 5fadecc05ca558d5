/** Numbers: rounding, NUMERIC arithmetic, and FLOAT64 arithmetic step by step. */

import {
  numericExp,
  numericLn,
  numericLog,
  numericLog10,
  numericPow,
  numericSqrt,
} from '../numbers/decimal_math.ts';
import { doubleText } from '../numbers/float.ts';
import {
  decompose,
  divide,
  multiply,
  numericText,
  roundNumeric,
  truncateNumeric,
} from '../numbers/numeric.ts';
import { InvalidText } from '../time/parse.ts';
import type { Native } from './native.ts';

/** One step of arithmetic. @throws {InvalidText} where finite operands give no finite result. */
function checked(operator: string, a: number, b: number): number {
  const shown = () => `${doubleText(a)} ${operator} ${doubleText(b)}`;
  if (operator === '/' && b === 0) throw new InvalidText(`division by zero: ${shown()}`);
  const result =
    operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : a / b;
  if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b)) {
    throw new InvalidText(`double overflow: ${shown()}`);
  }
  return result;
}

/** Beyond these, a FLOAT64 has no such digits, or no others. */
const MOST_DIGITS = 340n;

/**
 * Rounds the exact decimal value of a FLOAT64 at a place, half away from zero or towards zero: a
 * product with a power of ten would already be rounded.
 */
function roundAt(value: number, digits: bigint, truncate: boolean): number {
  if (!Number.isFinite(value) || value === 0 || digits > MOST_DIGITS) return value;
  if (digits < -MOST_DIGITS) return 0;
  const quick = quickRound(value, Number(digits), truncate);
  if (quick !== undefined) return quick;
  const { mantissa, exponent } = decompose(value);
  const numerator =
    mantissa * (digits > 0n ? 10n ** digits : 1n) * (exponent > 0 ? 2n ** BigInt(exponent) : 1n);
  const denominator =
    (digits < 0n ? 10n ** -digits : 1n) * (exponent < 0 ? 2n ** BigInt(-exponent) : 1n);
  const size = numerator < 0n ? -numerator : numerator;
  const whole = truncate ? size / denominator : (2n * size + denominator) / (2n * denominator);
  const result = Number(`${numerator < 0n ? '-' : ''}${whole}e${-digits}`);
  if (Number.isFinite(result)) return result;
  throw new InvalidText(
    `Floating point overflow in function: ROUND(${doubleText(value)}, ${digits})`,
  );
}

const EXACT_POWER = 22;

/** Where the product is far enough from a half (or from a whole number, to truncate), it tells. */
function quickRound(value: number, digits: number, truncate: boolean): number | undefined {
  if (digits < 0 || digits > EXACT_POWER) return undefined;
  const power = 10 ** digits;
  const size = Math.abs(value) * power;
  if (size >= 2 ** 50) return undefined;
  const fraction = size - Math.floor(size);
  const near = 2 ** -50 * Math.max(size, 1);
  const unclear = truncate
    ? fraction < near || fraction > 1 - near
    : Math.abs(fraction - 0.5) < near;
  if (unclear) return undefined;
  const whole = truncate ? Math.floor(size) : Math.round(size);
  return Math.sign(value) * (whole / power);
}

const places = (digits: bigint): number => Math.max(-60, Math.min(60, Number(digits)));

function roundNumericBy(scaled: bigint, digits: bigint, mode: string): bigint {
  if (mode === 'ROUND_HALF_AWAY_FROM_ZERO') return roundNumeric(scaled, places(digits));
  if (mode !== 'ROUND_HALF_EVEN') throw new InvalidText(`Unknown rounding mode ${mode}`);
  const count = places(digits);
  if (count >= 9) return scaled;
  const unit = 10n ** BigInt(9 - count);
  const low = truncateNumeric(scaled, count);
  const rest = scaled - low;
  const size = rest < 0n ? -rest : rest;
  if (size * 2n !== unit) return roundNumeric(scaled, count);
  return (low / unit) % 2n === 0n ? low : low + (scaled < 0n ? -unit : unit);
}

function byZero(name: string, a: bigint, b: bigint): void {
  if (b === 0n)
    throw new InvalidText(`division by zero: ${name}(${numericText(a)}, ${numericText(b)})`);
}

function numericDiv(a: bigint, b: bigint): bigint {
  byZero('DIV', a, b);
  return (a / b) * 10n ** 9n;
}

function numericMod(a: bigint, b: bigint): bigint {
  byZero('MOD', a, b);
  return a % b;
}

function pairs(a: readonly (number | null)[], b: readonly (number | null)[]): [number, number][] {
  if (a.length !== b.length)
    throw new InvalidText(`Array length mismatch: ${a.length} and ${b.length}`);
  if (a.includes(null) || b.includes(null))
    throw new InvalidText('Cannot compute a distance of arrays with NULL elements');
  return a.map((x, i) => [x!, b[i]!]);
}

type Coordinates = readonly (readonly [number, number])[];

const euclidean = (both: Coordinates): number =>
  Math.sqrt(both.reduce((sum, [x, y]) => sum + (x - y) ** 2, 0));

function cosine(both: Coordinates): number {
  const dot = both.reduce((sum, [x, y]) => sum + x * y, 0);
  const norm = (k: 0 | 1) => Math.sqrt(both.reduce((sum, pair) => sum + pair[k] ** 2, 0));
  const [left, right] = [norm(0), norm(1)];
  if (left === 0 || right === 0)
    throw new InvalidText('Cannot compute cosine distance against zero vector.');
  return 1 - dot / (left * right);
}

type Sparse = readonly (readonly [key: bigint | string | null, value: number | null] | null)[];

/** Of vectors given by their keys; what has no key is 0. */
function sparsePairs(a: Sparse, b: Sparse): Coordinates {
  const [left, right] = [a, b].map(byKey) as [Map<unknown, number>, Map<unknown, number>];
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  return keys.map((key) => [left.get(key) ?? 0, right.get(key) ?? 0]);
}

function byKey(vector: Sparse): Map<unknown, number> {
  const values = new Map<unknown, number>();
  for (const [key, value] of vector.map((item) => item ?? [null, null])) {
    if (key === null || value === null)
      throw new InvalidText('Cannot compute a distance of arrays with NULL elements');
    if (values.has(key)) throw new InvalidText(`Duplicate index ${key} found in the input array`);
    values.set(key, value);
  }
  return values;
}

/** A distance of arrays of numbers, and of arrays of keys with numbers. */
function distances(name: string, measure: (both: Coordinates) => number): readonly Native[] {
  const sparse = (key: string) => `ARRAY<STRUCT<key ${key}, value FLOAT64>>`;
  return [
    {
      name,
      signature: 'FLOAT64(ARRAY<FLOAT64>, ARRAY<FLOAT64>)',
      call: (a: readonly (number | null)[], b: readonly (number | null)[]) => measure(pairs(a, b)),
    },
    ...['INT64', 'STRING'].map((key) => ({
      name: `${name}_by_${key.toLowerCase()}`,
      signature: `FLOAT64(${sparse(key)}, ${sparse(key)})`,
      call: (a: Sparse, b: Sparse) => measure(sparsePairs(a, b)),
    })),
  ];
}

export const NUMBER_NATIVES: readonly Native[] = [
  { name: 'float64_checked', signature: 'FLOAT64(STRING, FLOAT64, FLOAT64)', call: checked },
  {
    name: 'float64_round',
    signature: 'FLOAT64(FLOAT64, INT64)',
    call: (x: number, n: bigint) => roundAt(x, n, false),
  },
  {
    name: 'float64_trunc',
    signature: 'FLOAT64(FLOAT64, INT64)',
    call: (x: number, n: bigint) => roundAt(x, n, true),
  },
  // DuckDB's misses the cube roots of whole numbers by a bit.
  { name: 'cbrt', signature: 'FLOAT64(FLOAT64)', call: Math.cbrt },
  { name: 'numeric_multiply', signature: 'NUMERIC(NUMERIC, NUMERIC)', call: multiply },
  { name: 'numeric_divide', signature: 'NUMERIC(NUMERIC, NUMERIC)', call: divide },
  { name: 'numeric_div', signature: 'NUMERIC(NUMERIC, NUMERIC)', call: numericDiv },
  { name: 'numeric_mod', signature: 'NUMERIC(NUMERIC, NUMERIC)', call: numericMod },
  { name: 'numeric_sqrt', signature: 'NUMERIC(NUMERIC)', call: numericSqrt },
  { name: 'numeric_exp', signature: 'NUMERIC(NUMERIC)', call: numericExp },
  { name: 'numeric_ln', signature: 'NUMERIC(NUMERIC)', call: numericLn },
  { name: 'numeric_log10', signature: 'NUMERIC(NUMERIC)', call: numericLog10 },
  { name: 'numeric_log', signature: 'NUMERIC(NUMERIC, NUMERIC)', call: numericLog },
  { name: 'numeric_pow', signature: 'NUMERIC(NUMERIC, NUMERIC)', call: numericPow },
  {
    name: 'numeric_round',
    signature: 'NUMERIC(NUMERIC, INT64)',
    call: (x: bigint, n: bigint) => roundNumeric(x, places(n)),
  },
  {
    name: 'numeric_round_mode',
    signature: 'NUMERIC(NUMERIC, INT64, STRING)',
    call: roundNumericBy,
  },
  {
    name: 'numeric_trunc',
    signature: 'NUMERIC(NUMERIC, INT64)',
    call: (x: bigint, n: bigint) => truncateNumeric(x, places(n)),
  },
  ...distances('euclidean_distance', euclidean),
  ...distances('cosine_distance', cosine),
];
