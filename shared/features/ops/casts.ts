import { Refusal } from '../errors.ts';
import { proven, rising, shown } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import { roundHalfAway } from '../values/rounding.ts';
import { parseInteger } from '../values/text.ts';
import { TRUTH } from './comparison.ts';
import { number1, numberOfText, type Op, type Site, strict } from './op.ts';

/** Decimal or hexadecimal, an integer of so few characters is exact. */
const MAX_INTEGER_TEXT = 15;

/** How many characters the decimal text of an integer has. */
const textLength = (x: number): number => String(x).length;

const linkTextOf = (f: (x: number) => string) => (site: Site) => {
  const { numbers, texts, a, out } = site;
  return () => {
    const x = numbers[a]!;
    texts[out] = Number.isNaN(x) ? null : f(x);
  };
};

function parseTruth(text: string): number {
  const lower = text.toLowerCase();
  if (lower === 'true') return 1;
  return lower === 'false' ? 0 : Number.NaN;
}

/** CAST and SAFE_CAST, one instruction a pair of types; named by what they give. */
export const CASTS = {
  float_of_integer: strict({
    sql: 'CAST AS FLOAT64',
    signatures: signatures('INT64 -> FLOAT64'),
    range: ({ args: [x] }) => x!,
    link: number1((x) => x),
  }),
  integer_of_float: strict({
    sql: 'CAST AS INT64',
    signatures: signatures('FLOAT64 -> INT64'),
    range: ({ args: [x], sql }) => proven('INT64', rising(roundHalfAway, x!), { sql, of: [x!] }),
    link: number1((x) => roundHalfAway(x) + 0),
  }),
  integer_of_truth: strict({
    sql: 'CAST AS INT64',
    signatures: signatures('BOOL -> INT64'),
    range: ({ args: [x] }) => x!,
    link: number1((x) => x),
  }),
  truth_of_integer: strict({
    sql: 'CAST AS BOOL',
    signatures: signatures('INT64 -> BOOL'),
    range: () => TRUTH,
    link: number1((x) => (Number.isNaN(x) ? x : Number(x !== 0))),
  }),
  text_of_integer: strict({
    sql: 'CAST AS STRING',
    signatures: signatures('INT64 -> STRING'),
    range: ({ args: [x] }) => ({
      low: 1,
      high: Math.max(textLength(x!.low), textLength(x!.high)),
    }),
    link: linkTextOf(String),
  }),
  text_of_truth: strict({
    sql: 'CAST AS STRING',
    signatures: signatures('BOOL -> STRING'),
    range: () => ({ low: 4, high: 5 }),
    link: linkTextOf((x) => (x === 1 ? 'true' : 'false')),
  }),
  safe_integer_of_text: strict({
    sql: 'SAFE_CAST AS INT64',
    signatures: signatures('STRING -> INT64'),
    range: ({ args: [text] }) => {
      if (text!.high > MAX_INTEGER_TEXT) {
        throw new Refusal(
          `SAFE_CAST AS INT64 of ${shown(text!)} characters can give integers that are not exact`,
          `Cast at most ${MAX_INTEGER_TEXT} characters: SAFE_CAST(SUBSTR(x, 1, ${MAX_INTEGER_TEXT}) AS INT64), or add maxLength in the contract.`,
        );
      }
      const bound = 10 ** text!.high - 1;
      return { low: -bound, high: bound, nullable: true };
    },
    link: numberOfText(parseInteger),
  }),
  safe_truth_of_text: strict({
    sql: 'SAFE_CAST AS BOOL',
    signatures: signatures('STRING -> BOOL'),
    range: () => ({ ...TRUTH, nullable: true }),
    link: numberOfText(parseTruth),
  }),
} satisfies Record<string, Op>;
