import { Refusal } from '../errors.ts';
import { corners, FINITE, proven, rising, shown } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import type { Facts, Range } from '../types.ts';
import { type Given, number1, number2, type Op, type Site, strict } from './op.ts';

const ONE_NUMBER = signatures('INT64 -> INT64', 'FLOAT64 -> FLOAT64');
const TWO_NUMBERS = signatures('INT64 INT64 -> INT64', 'FLOAT64 FLOAT64 -> FLOAT64');
const TWO_INTEGERS = signatures('INT64 INT64 -> INT64');
const TWO_FLOATS = signatures('FLOAT64 FLOAT64 -> FLOAT64');

/** INT64 has no negative zero: adding 0 makes it positive and changes nothing else. */
const integral = (x: number): number => x + 0;

/** NULL instead of what GoogleSQL reports as an error: a NaN or an infinity from finite numbers. */
export const finite = (x: number): number => (Number.isFinite(x) ? x : Number.NaN);

interface Binary {
  readonly sql: string;
  readonly f: (x: number, y: number) => number;
  readonly range: (a: Range, b: Range) => Range;
  /** The function that gives NULL on overflow. */
  readonly safe: string;
}

const PLUS: Binary = {
  sql: 'operator +',
  f: (x, y) => x + y,
  range: (a, b) => ({ low: a.low + b.low, high: a.high + b.high }),
  safe: 'SAFE_ADD',
};

const MINUS: Binary = {
  sql: 'operator -',
  f: (x, y) => x - y,
  range: (a, b) => ({ low: a.low - b.high, high: a.high - b.low }),
  safe: 'SAFE_SUBTRACT',
};

const TIMES: Binary = {
  sql: 'operator *',
  f: (x, y) => x * y,
  range: (a, b) => corners((x, y) => x * y, a, b),
  safe: 'SAFE_MULTIPLY',
};

const linkBinary = (f: Binary['f']) => (site: Site) =>
  site.type === 'INT64' ? number2((x, y) => integral(f(x, y)))(site) : number2(f)(site);

function binary({ sql, f, range, safe }: Binary): Op {
  return strict({
    sql,
    signatures: TWO_NUMBERS,
    range: ({ args: [a, b], type }) => proven(type, range(a!, b!), { sql, of: [a!, b!], safe }),
    link: linkBinary(f),
  });
}

/** NULL where FLOAT64 overflows. INT64 must be proven exact all the same: NULL begins only at 2^63. */
function safeBinary({ f, range, safe }: Binary): Op {
  return strict({
    sql: `function ${safe}`,
    signatures: TWO_NUMBERS,
    range: ({ args: [a, b], type, sql }) => {
      const exact = range(a!, b!);
      if (type === 'INT64') return proven(type, exact, { sql, of: [a!, b!] });
      return {
        ...clamped(exact),
        nullable: !Number.isFinite(exact.low) || !Number.isFinite(exact.high),
      };
    },
    link: linkBinary((x, y) => finite(f(x, y))),
  });
}

const clamped = ({ low, high }: Range): Range => ({
  low: Math.max(low, FINITE.low),
  high: Math.min(high, FINITE.high),
});

/** The divisor without 0: INT64 leaves a gap of 1 around it, FLOAT64 next to none. */
function divisors(divisor: Facts): readonly Range[] {
  const gap = divisor.type === 'INT64' ? 1 : Number.MIN_VALUE;
  const parts = [
    { low: divisor.low, high: Math.min(divisor.high, -gap) },
    { low: Math.max(divisor.low, gap), high: divisor.high },
  ];
  return parts.filter(({ low, high }) => low <= high);
}

const canBeZero = ({ low, high }: Range): boolean => low <= 0 && high >= 0;

function quotients(dividend: Facts, divisor: Facts): Range {
  const ranges = divisors(divisor).map((part) => corners((x, y) => x / y, dividend, part));
  return {
    low: Math.min(...ranges.map(({ low }) => low)),
    high: Math.max(...ranges.map(({ high }) => high)),
  };
}

function nonZero({ args: [, divisor], sql }: Given, instead: string): void {
  if (!canBeZero(divisor!)) return;
  throw new Refusal(
    `${sql} may divide by zero: its divisor lies in ${shown(divisor!)}`,
    `Write ${instead}, which is NULL there.`,
  );
}

const remainder = (x: number, y: number): number => integral(x % y);

/** The remainder is exact, and so is the quotient of what is left. */
const wholeQuotient = (x: number, y: number): number => integral((x - (x % y)) / y);

const largest = ({ low, high }: Range): number => Math.max(Math.abs(low), Math.abs(high));

function remainders({ args: [x, y] }: Given): Range {
  const bound = largest(y!) - 1;
  return {
    low: Math.min(0, Math.max(x!.low, -bound)),
    high: Math.max(0, Math.min(x!.high, bound)),
  };
}

function wholeQuotients({ args: [x, y] }: Given): Range {
  const { low, high } = quotients(x!, y!);
  return { low: Math.trunc(low), high: Math.trunc(high) };
}

export const ARITHMETIC = {
  add: binary(PLUS),
  subtract: binary(MINUS),
  multiply: binary(TIMES),
  safe_add: safeBinary(PLUS),
  safe_subtract: safeBinary(MINUS),
  safe_multiply: safeBinary(TIMES),
  divide: strict({
    sql: 'operator /',
    signatures: TWO_FLOATS,
    range: (given) => {
      nonZero(given, 'SAFE_DIVIDE(x, y)');
      const [x, y] = given.args;
      const about = { sql: given.sql, of: [x!, y!], safe: 'SAFE_DIVIDE' };
      return proven('FLOAT64', quotients(x!, y!), about);
    },
    link: number2((x, y) => x / y),
  }),
  safe_divide: strict({
    sql: 'function SAFE_DIVIDE',
    signatures: TWO_FLOATS,
    range: ({ args: [x, y] }) => {
      const exact = quotients(x!, y!);
      const overflows = !Number.isFinite(exact.low) || !Number.isFinite(exact.high);
      return { ...clamped(exact), nullable: canBeZero(y!) || overflows };
    },
    link: number2((x, y) => finite(x / y)),
  }),
  div: strict({
    sql: 'function DIV',
    signatures: TWO_INTEGERS,
    range: (given) => {
      nonZero(given, 'SAFE.DIV(x, y)');
      return wholeQuotients(given);
    },
    link: number2(wholeQuotient),
  }),
  safe_div: strict({
    sql: 'function SAFE.DIV',
    signatures: TWO_INTEGERS,
    range: (given) => ({ ...wholeQuotients(given), nullable: canBeZero(given.args[1]!) }),
    link: number2(wholeQuotient),
  }),
  mod: strict({
    sql: 'function MOD',
    signatures: TWO_INTEGERS,
    range: (given) => {
      nonZero(given, 'SAFE.MOD(x, y)');
      return remainders(given);
    },
    link: number2(remainder),
  }),
  safe_mod: strict({
    sql: 'function SAFE.MOD',
    signatures: TWO_INTEGERS,
    range: (given) => ({ ...remainders(given), nullable: canBeZero(given.args[1]!) }),
    link: number2(remainder),
  }),
  negate: strict({
    sql: 'operator -',
    signatures: ONE_NUMBER,
    range: ({ args: [x] }) => ({ low: -x!.high, high: -x!.low }),
    link: (site) => number1(site.type === 'INT64' ? (x) => 0 - x : (x) => -x)(site),
  }),
  abs: strict({
    sql: 'function ABS',
    signatures: ONE_NUMBER,
    range: ({ args: [x] }) => ({
      low: canBeZero(x!) ? 0 : Math.min(Math.abs(x!.low), Math.abs(x!.high)),
      high: largest(x!),
    }),
    link: number1(Math.abs),
  }),
  sign: strict({
    sql: 'function SIGN',
    signatures: ONE_NUMBER,
    range: ({ args: [x] }) => rising(Math.sign, x!),
    link: number1((x) => integral(Math.sign(x))),
  }),
} satisfies Record<string, Op>;
