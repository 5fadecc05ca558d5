import { Refusal } from '../errors.ts';
import { rising } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import { MAX_DIGITS, roundHalfAway, roundTo } from '../values/rounding.ts';
import { number1, type Op, strict } from './op.ts';

const ONE_FLOAT = signatures('FLOAT64 -> FLOAT64');

const wholeNumber = (name: string, f: (x: number) => number): Op =>
  strict({
    sql: `function ${name}`,
    signatures: ONE_FLOAT,
    range: ({ args: [x] }) => rising(f, x!),
    link: number1(f),
  });

export const ROUNDING = {
  floor: wholeNumber('FLOOR', Math.floor),
  ceil: wholeNumber('CEIL', Math.ceil),
  trunc: wholeNumber('TRUNC', Math.trunc),
  round: wholeNumber('ROUND', roundHalfAway),
  round_to: strict({
    sql: 'function ROUND',
    signatures: ONE_FLOAT,
    settings: ([digits, ...more]) => {
      if (!Number.isInteger(digits) || Math.abs(Number(digits)) > MAX_DIGITS || more.length > 0) {
        throw new Refusal(`ROUND takes a number of digits from -${MAX_DIGITS} to ${MAX_DIGITS}`);
      }
    },
    range: ({ args: [x], settings: [digits] }) =>
      rising((value) => roundTo(value, Number(digits)), x!),
    link: (site) => {
      const digits = Number(site.settings[0]);
      return number1((x) => roundTo(x, digits))(site);
    },
  }),
} satisfies Record<string, Op>;
