import { Refusal } from '../errors.ts';
import { shown } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import { MAX_EXACT, MAX_TEXT, type Range } from '../types.ts';
import {
  lengthOf,
  positionOf,
  substring,
  trimEnd,
  trimStart,
  WHITE_SPACE,
} from '../values/text.ts';
import { TRUTH } from './comparison.ts';
import {
  type Given,
  numberOfText,
  numberOfTexts,
  type Op,
  type Site,
  strict,
  text1,
  text2,
} from './op.ts';

const ONE_TEXT = signatures('STRING -> STRING');

/** Refuses text that would outgrow the limit. */
function bounded(range: Range, { sql, args }: Given): Range {
  if (range.high <= MAX_TEXT) return range;
  throw new Refusal(
    `${sql} of ${args.map(shown).join(' and ')} characters can make a text longer than ${MAX_TEXT}`,
    'Add maxLength to its inputs in the contract, or shorten them with SUBSTR.',
  );
}

/** In all of Unicode a letter's other case has at most three characters (`ΐ`, upper case). */
const mapping = (name: string, f: (x: string) => string): Op =>
  strict({
    sql: `function ${name}`,
    signatures: ONE_TEXT,
    range: (given) => bounded({ low: given.args[0]!.low, high: given.args[0]!.high * 3 }, given),
    link: text1(f),
  });

type Cut = (text: string, set: ReadonlySet<string>) => string;

/** TRIM of white space, or of the characters in the second argument. */
const trimming = (name: string, cut: Cut): Op =>
  strict({
    sql: `function ${name}`,
    signatures: signatures('STRING -> STRING', 'STRING STRING -> STRING'),
    range: ({ args: [text] }) => ({ low: 0, high: text!.high }),
    link: (site) =>
      site.b < 0
        ? text1((text) => cut(text, WHITE_SPACE))(site)
        : text2((text, characters) => cut(text, new Set(characters)))(site),
  });

const textTest = (name: string, f: (x: string, y: string) => boolean): Op =>
  strict({
    sql: `function ${name}`,
    signatures: signatures('STRING STRING -> BOOL'),
    range: () => TRUTH,
    link: numberOfTexts((x, y) => Number(f(x, y))),
  });

function linkSubstring({ numbers, texts, a, b, c, out }: Site) {
  return () => {
    const text = texts[a]!;
    const position = numbers[b]!;
    const length = c < 0 ? MAX_EXACT : numbers[c]!;
    const isNull = text === null || Number.isNaN(position) || Number.isNaN(length);
    texts[out] = isNull ? null : substring(text, position, length);
  };
}

export const TEXT = {
  lower: mapping('LOWER', (x) => x.toLowerCase()),
  upper: mapping('UPPER', (x) => x.toUpperCase()),
  trim: trimming('TRIM', (text, set) => trimStart(trimEnd(text, set), set)),
  ltrim: trimming('LTRIM', trimStart),
  rtrim: trimming('RTRIM', trimEnd),
  length: strict({
    sql: 'function LENGTH',
    signatures: signatures('STRING -> INT64'),
    range: ({ args: [text] }) => text!,
    link: numberOfText((x) => lengthOf(x)),
  }),
  substr: strict({
    sql: 'function SUBSTR',
    signatures: signatures('STRING INT64 -> STRING', 'STRING INT64 INT64 -> STRING'),
    range: ({ args: [text, , length] }) => {
      if (length && length.low < 0) {
        throw new Refusal(
          `SUBSTR fails on a negative length: its length lies in ${shown(length)}`,
          'Write GREATEST(length, 0).',
        );
      }
      return { low: 0, high: Math.min(text!.high, length?.high ?? MAX_EXACT) };
    },
    link: linkSubstring,
  }),
  starts_with: textTest('STARTS_WITH', (x, y) => x.startsWith(y)),
  ends_with: textTest('ENDS_WITH', (x, y) => x.endsWith(y)),
  strpos: strict({
    sql: 'function STRPOS',
    signatures: signatures('STRING STRING -> INT64'),
    range: ({ args: [text] }) => ({ low: 0, high: text!.high + 1 }),
    link: numberOfTexts(positionOf),
  }),
  concat: strict({
    sql: 'operator ||',
    signatures: signatures('STRING STRING -> STRING'),
    range: (given) => {
      const [x, y] = given.args;
      return bounded({ low: x!.low + y!.low, high: x!.high + y!.high }, given);
    },
    link: text2((x, y) => x + y),
  }),
} satisfies Record<string, Op>;
