import { EMPTY, isEmpty } from '../graph/range.ts';
import type { Signature } from '../graph/signature.ts';
import type { Facts, Literal, Range, Type } from '../types.ts';

/**
 * An instruction of a feature program: what it takes, what is proven of its value, how it runs.
 *
 * Every instruction is total: for arguments within their proven ranges, `link` gives a step that
 * cannot fail and whose value is NULL or within the range that `facts` gives.
 */
export interface Op {
  /** What messages call it: `operator +`, `function LN`. */
  readonly sql: string;
  readonly signatures: readonly Signature[];
  /** Refuses settings that are not its own. Absent: it takes none. @throws {Refusal} */
  readonly settings?: (settings: readonly Literal[], of: Type) => void;
  /** @throws {Refusal} where it could fail for such arguments. */
  readonly facts: (given: Given) => Omit<Facts, 'type'>;
  readonly link: (site: Site) => Step;
}

/** What is known of one use of an instruction. */
export interface Given {
  readonly sql: string;
  readonly args: readonly Facts[];
  /** Constants that are part of the instruction: a date part, the values of an IN list. */
  readonly settings: readonly Literal[];
  /** Type of the result. */
  readonly type: Type;
}

/** Where values are while a program runs: one slot a node, in `texts` for STRING, else in `numbers`. */
export interface Registers {
  /** NaN is NULL; FALSE is 0, TRUE is 1; TIMESTAMP in microseconds, DATE in days. */
  readonly numbers: Float64Array;
  readonly texts: (string | null)[];
}

/** One use of an instruction, bound to the slots of its arguments and its result. */
export interface Site extends Registers {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly out: number;
  readonly settings: readonly Literal[];
  /** Type of the first argument. */
  readonly of: Type;
  /** Type of the result. */
  readonly type: Type;
}

export type Step = () => void;

/** An instruction that is NULL where an argument is, and otherwise only where `range` says so. */
export function strict({
  range,
  ...op
}: Omit<Op, 'facts'> & {
  readonly range: (given: Given) => Range & { readonly nullable?: boolean };
}): Op {
  return {
    ...op,
    facts: (given) => {
      if (given.args.some(isEmpty)) return { ...EMPTY, nullable: true };
      const found = range(given);
      const nullable = found.nullable === true || given.args.some((arg) => arg.nullable);
      return isEmpty(found)
        ? { ...EMPTY, nullable }
        : { low: found.low, high: found.high, nullable };
    },
  };
}

/** Steps from plain functions. Those of numbers are given NaN for NULL and must answer NaN for it. */
export const number1 = (f: (x: number) => number) => (site: Site) => {
  const { numbers, a, out } = site;
  return () => {
    numbers[out] = f(numbers[a]!);
  };
};

export const number2 = (f: (x: number, y: number) => number) => (site: Site) => {
  const { numbers, a, b, out } = site;
  return () => {
    numbers[out] = f(numbers[a]!, numbers[b]!);
  };
};

export const numberOfText = (f: (x: string) => number) => (site: Site) => {
  const { numbers, texts, a, out } = site;
  return () => {
    const x = texts[a]!;
    numbers[out] = x === null ? Number.NaN : f(x);
  };
};

export const numberOfTexts = (f: (x: string, y: string) => number) => (site: Site) => {
  const { numbers, texts, a, b, out } = site;
  return () => {
    const x = texts[a]!;
    const y = texts[b]!;
    numbers[out] = x === null || y === null ? Number.NaN : f(x, y);
  };
};

export const text1 = (f: (x: string) => string) => (site: Site) => {
  const { texts, a, out } = site;
  return () => {
    const x = texts[a]!;
    texts[out] = x === null ? null : f(x);
  };
};

export const text2 = (f: (x: string, y: string) => string) => (site: Site) => {
  const { texts, a, b, out } = site;
  return () => {
    const x = texts[a]!;
    const y = texts[b]!;
    texts[out] = x === null || y === null ? null : f(x, y);
  };
};
