import { Refusal } from '../errors.ts';
import { corners, FINITE, hull, outward, proven, rising, shown } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import type { Facts, Range } from '../types.ts';
import { finite } from './arithmetic.ts';
import { number1, number2, type Op, strict } from './op.ts';

const ONE_FLOAT = signatures('FLOAT64 -> FLOAT64');
const TWO_FLOATS = signatures('FLOAT64 FLOAT64 -> FLOAT64');

interface Unary {
  readonly name: string;
  readonly f: (x: number) => number;
  /** Where it is defined and finite. */
  readonly domain: Range;
  /** Correctly rounded, so that its bounds need no slack. */
  readonly exact?: boolean;
}

// The last argument whose EXP is finite: ln(Number.MAX_VALUE) rounded down.
const MAX_EXPONENT = 709.782712893384;

const SQRT: Unary = {
  name: 'SQRT',
  f: Math.sqrt,
  domain: { low: 0, high: FINITE.high },
  exact: true,
};
const LN: Unary = { name: 'LN', f: Math.log, domain: { low: Number.MIN_VALUE, high: FINITE.high } };
const LOG10: Unary = { ...LN, name: 'LOG10', f: Math.log10 };
const EXP: Unary = { name: 'EXP', f: Math.exp, domain: { low: FINITE.low, high: MAX_EXPONENT } };

const inside = (x: Range, domain: Range): boolean => x.low >= domain.low && x.high <= domain.high;

/** A rising function's values over the part of the range where it is defined; empty if none is. */
function image({ f, domain, exact }: Unary, x: Range): Range {
  const part = { low: Math.max(x.low, domain.low), high: Math.min(x.high, domain.high) };
  if (part.low > part.high) return part;
  const values = rising(f, part);
  return exact ? values : outward(values);
}

function unary(definition: Unary): Op {
  const { name, f, domain } = definition;
  return strict({
    sql: `function ${name}`,
    signatures: ONE_FLOAT,
    range: ({ args: [x] }) => {
      if (inside(x!, domain)) return image(definition, x!);
      throw new Refusal(
        `${name} is not defined for all of ${shown(x!)}`,
        `Write SAFE.${name}(x), which is NULL there, or bound its argument with LEAST and GREATEST.`,
      );
    },
    link: number1(f),
  });
}

function safeUnary(definition: Unary): Op {
  return strict({
    sql: `function SAFE.${definition.name}`,
    signatures: ONE_FLOAT,
    range: ({ args: [x] }) => ({
      ...image(definition, x!),
      nullable: !inside(x!, definition.domain),
    }),
    link: number1((x) => finite(definition.f(x))),
  });
}

type Combine = (x: number, y: number) => number;
/** The values over a box of arguments; undefined where it is not defined for all of them. */
type Image = (x: Facts, y: Facts) => Range | undefined;

/** POW of a NULL is NULL, where JavaScript has NaN ** 0 = 1. */
const power = (x: number, y: number): number => (Number.isNaN(x) ? x : x ** y);

/** Undefined where POW could divide by zero or leave the real numbers. */
function powers(x: Facts, y: Facts): Range | undefined {
  const ends = corners(power, x, y);
  if (x.low > 0 || (x.low >= 0 && y.low >= 0)) return ends;
  const isWhole = y.low === y.high && Number.isInteger(y.low);
  if (!isWhole || (y.low < 0 && x.high >= 0)) return undefined;
  const crossesZero = x.low < 0 && x.high > 0 && y.low > 0;
  return crossesZero ? hull(ends, { low: 0, high: 0 }) : ends;
}

/** Base 0 is no base, where x / -Infinity would be 0. */
const logarithm = (x: number, base: number): number =>
  base > 0 ? Math.log(x) / Math.log(base) : Number.NaN;

/** Undefined where LOG is: for x or a base that is not positive, and for base 1. */
function logarithms(x: Facts, base: Facts): Range | undefined {
  const isOneSided = base.low > 1 || base.high < 1;
  return x.low > 0 && base.low > 0 && isOneSided ? corners(logarithm, x, base) : undefined;
}

/** A function of two arguments, refused where `image` has no answer. */
function binary(name: string, f: Combine, image: Image): Op {
  return strict({
    sql: `function ${name}`,
    signatures: TWO_FLOATS,
    range: ({ args: [x, y], sql }) => {
      const found = image(x!, y!);
      const safe = `SAFE.${name}(x, y), which is NULL there`;
      if (found) return outward(proven('FLOAT64', found, { sql, of: [x!, y!], safe }));
      const where = `${shown(x!)} and ${shown(y!)}`;
      throw new Refusal(`${name} is not defined for all of ${where}`, `Write ${safe}.`);
    },
    link: number2(f),
  });
}

function safeBinary(name: string, f: Combine, image: Image): Op {
  return strict({
    sql: `function SAFE.${name}`,
    signatures: TWO_FLOATS,
    range: ({ args: [x, y] }) => {
      const found = image(x!, y!) ?? { low: -Infinity, high: Infinity };
      const isTotal = Number.isFinite(found.low) && Number.isFinite(found.high);
      return { ...outward(found), nullable: !isTotal };
    },
    link: number2((x, y) => finite(f(x, y))),
  });
}

export const TRANSCENDENTAL = {
  sqrt: unary(SQRT),
  ln: unary(LN),
  log10: unary(LOG10),
  exp: unary(EXP),
  pow: binary('POW', power, powers),
  log: binary('LOG', logarithm, logarithms),
  safe_sqrt: safeUnary(SQRT),
  safe_ln: safeUnary(LN),
  safe_log10: safeUnary(LOG10),
  safe_exp: safeUnary(EXP),
  safe_pow: safeBinary('POW', power, powers),
  safe_log: safeBinary('LOG', logarithm, logarithms),
} satisfies Record<string, Op>;
