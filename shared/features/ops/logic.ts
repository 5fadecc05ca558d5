import { hull } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import type { Facts } from '../types.ts';
import { compareText } from '../values/text.ts';
import { TRUTH } from './comparison.ts';
import { number1, number2, type Op, type Site, strict, text2 } from './op.ts';

const TWO_TRUTHS = signatures('BOOL BOOL -> BOOL');

const eitherNullable = (args: readonly Facts[]): boolean => args.some(({ nullable }) => nullable);

/** Kleene's logic: FALSE decides AND, TRUE decides OR, whatever the NULL beside it. */
function connective(sql: string, f: (x: number, y: number) => number): Op {
  return {
    sql,
    signatures: TWO_TRUTHS,
    facts: ({ args }) => ({ ...TRUTH, nullable: eitherNullable(args) }),
    link: number2(f),
  };
}

const truthTest = (sql: string, truth: number): Op => ({
  sql,
  signatures: signatures('BOOL -> BOOL'),
  facts: () => ({ ...TRUTH, nullable: false }),
  link: number1((x) => Number(x === truth)),
});

function linkIf({ numbers, texts, a, b, c, out, type }: Site) {
  if (type === 'STRING') {
    return () => {
      texts[out] = numbers[a] === 1 ? texts[b]! : texts[c]!;
    };
  }
  return () => {
    numbers[out] = numbers[a] === 1 ? numbers[b]! : numbers[c]!;
  };
}

function linkIfNull({ numbers, texts, a, b, out, type }: Site) {
  if (type === 'STRING') {
    return () => {
      texts[out] = texts[a] ?? texts[b]!;
    };
  }
  return () => {
    const x = numbers[a]!;
    numbers[out] = Number.isNaN(x) ? numbers[b]! : x;
  };
}

function extreme(
  name: string,
  range: (a: Facts, b: Facts) => { low: number; high: number },
  numbers: (x: number, y: number) => number,
  texts: (x: string, y: string) => string,
): Op {
  const ofTexts = text2(texts);
  const ofNumbers = number2(numbers);
  return strict({
    sql: `function ${name}`,
    signatures: signatures('T T -> T'),
    range: ({ args: [a, b], type }) => (type === 'STRING' ? hull(a!, b!) : range(a!, b!)),
    link: (site) => (site.type === 'STRING' ? ofTexts(site) : ofNumbers(site)),
  });
}

export const LOGIC = {
  and: connective('operator AND', (x, y) => (x === 0 || y === 0 ? 0 : x * y)),
  or: connective('operator OR', (x, y) => (x === 1 || y === 1 ? 1 : x + y)),
  not: strict({
    sql: 'operator NOT',
    signatures: signatures('BOOL -> BOOL'),
    range: () => TRUTH,
    link: number1((x) => 1 - x),
  }),
  is_true: truthTest('operator IS TRUE', 1),
  is_false: truthTest('operator IS FALSE', 0),
  if: {
    sql: 'function IF',
    signatures: signatures('BOOL T T -> T'),
    facts: ({ args: [, yes, no] }) => ({
      ...hull(yes!, no!),
      nullable: yes!.nullable || no!.nullable,
    }),
    link: linkIf,
  },
  ifnull: {
    sql: 'function IFNULL',
    signatures: signatures('T T -> T'),
    facts: ({ args: [x, otherwise] }) => ({
      ...hull(x!, otherwise!),
      nullable: x!.nullable && otherwise!.nullable,
    }),
    link: linkIfNull,
  },
  greatest: extreme(
    'GREATEST',
    (a, b) => ({ low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) }),
    Math.max,
    (x, y) => (compareText(x, y) < 0 ? y : x),
  ),
  least: extreme(
    'LEAST',
    (a, b) => ({ low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) }),
    Math.min,
    (x, y) => (compareText(x, y) > 0 ? y : x),
  ),
} satisfies Record<string, Op>;
