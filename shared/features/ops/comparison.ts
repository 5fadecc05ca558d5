import { Refusal } from '../errors.ts';
import { signatures } from '../graph/signature.ts';
import type { Literal, Range, Type } from '../types.ts';
import { compareText } from '../values/text.ts';
import { number1, number2, numberOfText, numberOfTexts, type Op, type Site, strict } from './op.ts';

export const TRUTH: Range = { low: 0, high: 1 };

/** The most constants in an IN list or RANGE_BUCKET. */
export const MAX_LIST = 1000;

/** NULL if either is; otherwise the truth of a comparison of numbers, or of text by its order. */
function comparison(sql: string, holds: (order: number) => boolean, numbers: Compare): Op {
  const ofTexts = numberOfTexts((x, y) => Number(holds(compareText(x, y))));
  const ofNumbers = number2((x, y) =>
    Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Number(numbers(x, y)),
  );
  return strict({
    sql,
    signatures: signatures('T T -> BOOL'),
    range: () => TRUTH,
    link: (site) => (site.of === 'STRING' ? ofTexts(site) : ofNumbers(site)),
  });
}

type Compare = (x: number, y: number) => boolean;

const equal = comparison(
  'operator =',
  (order) => order === 0,
  (x, y) => x === y,
);

const equalTexts = numberOfTexts((x, y) => Number(x === y));

/** NULL equals NULL, and nothing else. */
function linkDistinct({ numbers, texts, a, b, out, of }: Site) {
  if (of === 'STRING') {
    return () => {
      numbers[out] = Number(texts[a] !== texts[b]);
    };
  }
  return () => {
    const x = numbers[a]!;
    const y = numbers[b]!;
    numbers[out] = Number(x !== y && (!Number.isNaN(x) || !Number.isNaN(y)));
  };
}

function linkIsNull({ numbers, texts, a, out, of }: Site) {
  if (of === 'STRING') {
    return () => {
      numbers[out] = Number(texts[a] === null);
    };
  }
  return () => {
    const x = numbers[a]!;
    numbers[out] = Number(Number.isNaN(x));
  };
}

/** Constants must be of the argument's own kind: text for STRING, numbers for the rest. */
function checkList(name: string, list: readonly Literal[], of: Type): void {
  const kind = of === 'STRING' ? 'string' : 'number';
  if (list.length > MAX_LIST) throw new Refusal(`${name} takes at most ${MAX_LIST} constants`);
  if (list.some((value) => typeof value !== kind)) {
    throw new Refusal(`${name} of ${of} takes constants of that type`);
  }
}

function checkBoundaries(list: readonly Literal[], of: Type): void {
  checkList('RANGE_BUCKET', list, of);
  const order = (x: Literal, y: Literal) =>
    of === 'STRING' ? compareText(String(x), String(y)) : Number(x) - Number(y);
  if (list.some((value, i) => i > 0 && order(list[i - 1]!, value) > 0)) {
    throw new Refusal(
      'RANGE_BUCKET needs its boundaries in ascending order',
      'Sort the array: BigQuery fails on such a row, too.',
    );
  }
}

/** How many of the ascending boundaries are at or below the value. */
function linkBucket(site: Site) {
  if (site.of === 'STRING') {
    const boundaries = site.settings.map(String);
    return numberOfText((x) => boundaries.filter((b) => compareText(b, x) <= 0).length)(site);
  }
  const boundaries = Float64Array.from(site.settings, Number);
  return number1((x) => {
    if (Number.isNaN(x)) return x;
    let bucket = 0;
    while (bucket < boundaries.length && boundaries[bucket]! <= x) bucket++;
    return bucket;
  })(site);
}

function linkIn(site: Site) {
  const values = new Set<Literal>(site.settings);
  if (site.of === 'STRING') return numberOfText((x) => Number(values.has(x)))(site);
  return number1((x) => (Number.isNaN(x) ? x : Number(values.has(x))))(site);
}

export const COMPARISON = {
  equal: {
    ...equal,
    link: (site) => (site.of === 'STRING' ? equalTexts(site) : equal.link(site)),
  },
  less: comparison(
    'operator <',
    (order) => order < 0,
    (x, y) => x < y,
  ),
  less_or_equal: comparison(
    'operator <=',
    (order) => order <= 0,
    (x, y) => x <= y,
  ),
  distinct: {
    sql: 'operator IS DISTINCT FROM',
    signatures: signatures('T T -> BOOL'),
    facts: () => ({ ...TRUTH, nullable: false }),
    link: linkDistinct,
  },
  is_null: {
    sql: 'operator IS NULL',
    signatures: signatures('T -> BOOL'),
    facts: () => ({ ...TRUTH, nullable: false }),
    link: linkIsNull,
  },
  in: strict({
    sql: 'operator IN',
    signatures: signatures('T -> BOOL'),
    settings: (settings, of) => checkList('IN', settings, of),
    range: () => TRUTH,
    link: linkIn,
  }),
  range_bucket: strict({
    sql: 'function RANGE_BUCKET',
    signatures: signatures('T -> INT64'),
    settings: checkBoundaries,
    range: ({ settings }) => ({ low: 0, high: settings.length }),
    link: linkBucket,
  }),
} satisfies Record<string, Op>;
