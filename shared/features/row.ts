import { RowError } from './errors.ts';
import { domainOf } from './graph/domain.ts';
import type { Registers } from './ops/op.ts';
import type { InputField } from './program.ts';
import type { Facts, Type } from './types.ts';
import { DAY } from './values/calendar.ts';
import { lengthOf } from './values/text.ts';
import { parseDate, parseRfc3339 } from './values/time_text.ts';

/** A row of raw columns by name; a missing column is NULL. */
export type Row = Readonly<Record<string, unknown>>;

/** Puts one column of a row into its slot. @throws {RowError} for a value outside its domain */
export type Reader = (row: Row) => void;

/** Reads an input, and holds the row to the domain that the program was proven for. */
export function readerOf(field: InputField, registers: Registers, slot: number): Reader {
  const { name, type } = field;
  const domain = domainOf(field);
  return type === 'STRING'
    ? textReader(name, domain, registers.texts, slot)
    : numberReader(name, domain, NUMBER_OF[type], registers.numbers, slot);
}

/** The number that stands for a value of a row; NaN for what is not of the type. */
const NUMBER_OF: Readonly<Record<Exclude<Type, 'STRING'>, (value: unknown) => number>> = {
  // Adding 0 makes -0 positive: INT64 has none.
  INT64: (value) => (Number.isSafeInteger(value) ? (value as number) + 0 : Number.NaN),
  FLOAT64: (value) => (typeof value === 'number' ? value : Number.NaN),
  BOOL: (value) => (typeof value === 'boolean' ? Number(value) : Number.NaN),
  TIMESTAMP: (value) => (typeof value === 'string' ? parseRfc3339(value) : undefined) ?? Number.NaN,
  DATE: (value) => (typeof value === 'string' ? parseDate(value) : undefined) ?? Number.NaN,
};

const EXPECTED: Readonly<Record<Type, string>> = {
  INT64: 'an integer',
  FLOAT64: 'a number',
  BOOL: 'true or false',
  STRING: 'text without lone surrogates',
  TIMESTAMP: 'RFC 3339 text with a zone and at most six digits of a second',
  DATE: 'text of the form YYYY-MM-DD',
};

function numberReader(
  name: string,
  domain: Facts,
  numberOf: (value: unknown) => number,
  numbers: Float64Array,
  slot: number,
): Reader {
  const { low, high, nullable } = domain;
  return (row) => {
    const value = row[name];
    if (value === null || value === undefined) {
      if (!nullable) throw new RowError(name, 'is missing or NULL');
      numbers[slot] = Number.NaN;
      return;
    }
    const number = numberOf(value);
    // Written so that NaN fails too.
    if (!(number >= low && number <= high)) throw outside(name, domain, number);
    numbers[slot] = number;
  };
}

function textReader(name: string, domain: Facts, texts: (string | null)[], slot: number): Reader {
  const { high, nullable } = domain;
  return (row) => {
    const value = row[name];
    if (value === null || value === undefined) {
      if (!nullable) throw new RowError(name, 'is missing or NULL');
      texts[slot] = null;
      return;
    }
    if (typeof value !== 'string' || !value.isWellFormed()) throw outside(name, domain, Number.NaN);
    if (value.length > high && lengthOf(value) > high) throw outside(name, domain, lengthOf(value));
    texts[slot] = value;
  };
}

/** The value itself stays out of the message: it can be a person's. */
function outside(name: string, { type, low, high }: Facts, size: number): RowError {
  if (Number.isNaN(size)) return new RowError(name, `must be ${EXPECTED[type]}`);
  const what = type === 'STRING' ? 'has a length' : 'is';
  return new RowError(name, `${what} outside ${bound(type, low)} to ${bound(type, high)}`);
}

/** Times and dates as people read them. */
function bound(type: Type, value: number): string {
  if (type === 'TIMESTAMP') return new Date(value / 1000).toISOString();
  if (type === 'DATE') return new Date((value * DAY) / 1000).toISOString().slice(0, 10);
  return String(value);
}
