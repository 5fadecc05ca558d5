/** FORMAT. Source: "String functions" of the GoogleSQL reference, FORMAT. */

import type { Interval } from '../../duckdb/vectors.ts';
import type { BqType } from '../../types.ts';
import { jsonText, parseJson, prettyJson } from '../json/text.ts';
import { doubleText, exponentialText, fixedText, general } from '../numbers/float.ts';
import { numericText, roundNumeric } from '../numbers/numeric.ts';
import { InvalidText } from '../time/parse.ts';
import { dateText, intervalText, timeText } from '../time/text.ts';
import { datetimeString, timestampString } from './conversions.ts';
import type { Native, TypedValue } from './native.ts';

interface Specifier {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

const SPECIFIER = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+)?)?([A-Za-z%])|%/g;

/** @returns null when an argument is NULL that its specifier does not show. */
function format(text: string | null, args: TypedValue): string | null {
  if (text === null) return null;
  const given = args.type.kind === 'STRUCT' && args.value !== null ? args.type.fields : [];
  const values = (args.value ?? []) as unknown[];
  let used = 0;
  let missing = false;
  const next = (): { type: BqType; value: unknown } => {
    const field = given[used];
    if (!field) throw new InvalidText(`Too few arguments to FORMAT for pattern "${text}"`);
    return { type: field.type, value: values[used++] };
  };
  // A width or precision that is NULL leaves nothing to show.
  const size = (given: string | undefined): number | undefined => {
    const number = starred(given, next);
    if (given === '*' && number === undefined) missing = true;
    return number;
  };
  const result = text.replace(SPECIFIER, (whole, flags = '', width, precision, conversion) => {
    if (conversion === undefined)
      throw new InvalidText(`Invalid format specifier in pattern "${text}"`);
    if (conversion === '%') return '%';
    const columns = size(width) ?? 0;
    const digits = /\./.test(whole) ? (size(precision) ?? 0) : undefined;
    const left = columns < 0 ? `${flags}-` : (flags as string);
    const { type, value } = next();
    if (value === null && conversion !== 't' && conversion !== 'T') {
      missing = true;
      return '';
    }
    const specifier = { flags: left, width: Math.abs(columns), precision: digits, conversion };
    return show(specifier, type, value);
  });
  if (used < given.length)
    throw new InvalidText(`Too many arguments to FORMAT for pattern "${text}"`);
  return missing ? null : result;
}

/** A number in the pattern, or the next argument for `*`. */
function starred(
  text: string | undefined,
  next: () => { type: BqType; value: unknown },
): number | undefined {
  if (text === undefined) return undefined;
  if (text !== '*') return Number(text);
  const { type, value } = next();
  if (type.kind !== 'INT64')
    throw new InvalidText('A width or precision of FORMAT must be an INT64');
  return value === null ? undefined : Number(value);
}

function show(specifier: Specifier, type: BqType, value: unknown): string {
  const { conversion } = specifier;
  const wrong = () => new InvalidText(`Invalid type for %${conversion} of FORMAT: ${type.kind}`);
  if ('di'.includes(conversion) || 'oxX'.includes(conversion)) {
    if (type.kind !== 'INT64') throw wrong();
    return integer(specifier, value as bigint);
  }
  if ('fFeEgG'.includes(conversion)) {
    if (type.kind !== 'FLOAT64' && type.kind !== 'NUMERIC') throw wrong();
    if (type.kind === 'NUMERIC' && 'fF'.includes(conversion)) {
      return decimal(specifier, value as bigint);
    }
    const number =
      type.kind === 'NUMERIC' ? Number(numericText(value as bigint)) : (value as number);
    return float(specifier, number);
  }
  if (conversion === 's' && type.kind !== 'STRING') throw wrong();
  if (conversion === 's') return padded(truncated(String(value), specifier), specifier);
  if (conversion === 'p' || conversion === 'P') {
    if (type.kind !== 'JSON') throw wrong();
    const json = parseJson(value as string);
    return padded(conversion === 'p' ? jsonText(json) : prettyJson(json), specifier);
  }
  if (conversion !== 't' && conversion !== 'T')
    throw new InvalidText(`Invalid format specifier character "${conversion}"`);
  const text = conversion === 't' ? readable(type, value) : literal(type, value);
  return padded(truncated(text, specifier), specifier);
}

const truncated = (text: string, { precision }: Specifier): string =>
  precision === undefined ? text : [...text].slice(0, precision).join('');

function padded(text: string, { flags, width }: Specifier): string {
  const missing = Math.max(0, width - [...text].length);
  return flags.includes('-') ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

const GROUPS: Record<string, readonly [size: number, separator: string]> = {
  d: [3, ','],
  i: [3, ','],
  o: [4, ','],
  x: [4, ':'],
  X: [4, ':'],
};

function integer(specifier: Specifier, value: bigint): string {
  const { flags, precision, conversion } = specifier;
  const decimal = conversion === 'd' || conversion === 'i';
  if (!decimal && value < 0n)
    throw new InvalidText(`FORMAT with %${conversion} does not take negative values`);
  const size = value < 0n ? -value : value;
  let digits = size.toString(decimal ? 10 : conversion === 'o' ? 8 : 16);
  if (conversion === 'X') digits = digits.toUpperCase();
  if (precision !== undefined)
    digits = precision === 0 && size === 0n ? '' : digits.padStart(precision, '0');
  if (flags.includes("'")) digits = grouped(digits, ...GROUPS[conversion]!);
  const prefix =
    flags.includes('#') && size !== 0n && !decimal
      ? { o: '0', x: '0x', X: '0X' }[conversion as 'o']
      : '';
  return signed(specifier, value < 0n, prefix + digits, precision === undefined);
}

function grouped(digits: string, size: number, separator: string): string {
  const parts: string[] = [];
  for (let end = digits.length; end > 0; end -= size)
    parts.unshift(digits.slice(Math.max(0, end - size), end));
  return parts.join(separator);
}

/** Puts the sign, and zeros between it and the digits where the 0 flag asks for them. */
function signed(specifier: Specifier, negative: boolean, digits: string, zeros: boolean): string {
  const { flags, width } = specifier;
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const fill = zeros && flags.includes('0') && !flags.includes('-');
  const body = fill ? digits.padStart(width - sign.length, '0') : digits;
  return padded(sign + body, specifier);
}

/** A NUMERIC keeps all its digits, and is rounded half away from zero. */
function decimal(specifier: Specifier, value: bigint): string {
  const { precision = 6, flags } = specifier;
  const rounded = precision < 9 ? roundNumeric(value, precision) : value;
  const text = numericText(rounded < 0n ? -rounded : rounded);
  const [whole, fraction = ''] = text.split('.') as [string, string?];
  const shown = flags.includes("'") ? grouped(whole, 3, ',') : whole;
  const point = precision > 0 || flags.includes('#') ? '.' : '';
  return signed(specifier, value < 0n, shown + point + fraction.padEnd(precision, '0'), true);
}

function float(specifier: Specifier, value: number): string {
  const { conversion, flags } = specifier;
  const upper = conversion === conversion.toUpperCase();
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'nan' : 'inf';
    return signed(specifier, value < 0, upper ? name.toUpperCase() : name, false);
  }
  let digits = floatDigits(specifier, Math.abs(value));
  if (flags.includes("'")) digits = digits.replace(/^\d+/, (whole) => grouped(whole, 3, ','));
  return signed(specifier, negative, upper ? digits.toUpperCase() : digits, true);
}

function floatDigits({ conversion, precision = 6, flags }: Specifier, value: number): string {
  const point = flags.includes('#');
  switch (conversion.toLowerCase()) {
    case 'f': {
      const text = fixed(value, precision);
      return point && precision === 0 ? `${text}.` : text;
    }
    case 'e':
      return scientific(value, precision, point);
    default:
      return point ? withPoint(value, precision || 1) : general(value, precision || 1);
  }
}

/** `toFixed` goes over to exponents at 10^21. */
function fixed(value: number, precision: number): string {
  if (value < 1e21) return fixedText(value, Math.min(100, precision));
  const whole = String(BigInt(value));
  return precision === 0 ? whole : `${whole}.${'0'.repeat(precision)}`;
}

function scientific(value: number, precision: number, point: boolean): string {
  const [mantissa, exponent] = exponentialText(value, Math.min(100, precision)).split('e') as [
    string,
    string,
  ];
  const size = String(Math.abs(Number(exponent))).padStart(2, '0');
  const shown = point && !mantissa.includes('.') ? `${mantissa}.` : mantissa;
  return `${shown}e${exponent.startsWith('-') ? '-' : '+'}${size}`;
}

function withPoint(value: number, digits: number): string {
  const exponent = value === 0 ? 0 : Number(exponentialText(value, digits - 1).split('e')[1]);
  if (exponent < -4 || exponent >= digits) return scientific(value, digits - 1, true);
  const text = fixedText(value, Math.max(0, digits - 1 - exponent));
  return text.includes('.') ? text : `${text}.`;
}

/** %t. */
function readable(type: BqType, value: unknown): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'ARRAY':
      return `[${(value as unknown[]).map((item) => readable(type.element, item)).join(', ')}]`;
    case 'STRUCT':
      return `(${(value as unknown[]).map((item, i) => readable(type.fields[i]!.type, item)).join(', ')})`;
    case 'BYTES':
      return escapedBytes(value as Uint8Array);
    default:
      return scalarText(type, value);
  }
}

function scalarText(type: BqType, value: unknown): string {
  switch (type.kind) {
    case 'FLOAT64':
      return floatText(value as number);
    case 'NUMERIC':
      return numericText(value as bigint);
    case 'DATE':
      return dateText(value as number);
    case 'TIME':
      return timeText(value as bigint);
    case 'DATETIME':
      return datetimeString(value as bigint);
    case 'TIMESTAMP':
      return timestampString(value as bigint, 'UTC');
    case 'INTERVAL':
      return intervalText(value as Interval);
    default:
      return String(value);
  }
}

/** A FLOAT64 always looks like one. */
function floatText(value: number): string {
  const text = doubleText(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** %T. */
function literal(type: BqType, value: unknown): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'ARRAY':
      return `[${(value as unknown[]).map((item) => literal(type.element, item)).join(', ')}]`;
    case 'STRUCT': {
      const fields = (value as unknown[]).map((item, i) => literal(type.fields[i]!.type, item));
      return `${fields.length < 2 ? 'STRUCT' : ''}(${fields.join(', ')})`;
    }
    case 'STRING':
      return quoted(value as string);
    case 'BYTES':
      return `b${withQuotes(escapedBytes(value as Uint8Array))}`;
    case 'FLOAT64': {
      const text = floatText(value as number);
      return Number.isFinite(value) ? text : `CAST("${text}" AS FLOAT64)`;
    }
    case 'INTERVAL':
      return `INTERVAL "${scalarText(type, value)}" YEAR TO SECOND`;
    case 'JSON':
      return `JSON ${quoted(value as string)}`;
    case 'INT64':
    case 'BOOL':
      return String(value);
    default:
      return `${type.kind} "${scalarText(type, value)}"`;
  }
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function quoted(text: string): string {
  const escaped = text
    .replace(/[\n\r\t\\]/g, (c) => ESCAPES[c]!)
    .replace(/\p{Cc}/gu, (c) => hex(c.charCodeAt(0)));
  return withQuotes(escaped);
}

/** In double quotes, or in single ones where that spares escapes. */
function withQuotes(escaped: string): string {
  if (escaped.includes('"') && !escaped.includes("'")) return `'${escaped}'`;
  return `"${escaped.replaceAll('"', '\\"')}"`;
}

const hex = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

function escapedBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const c = String.fromCharCode(byte);
    text += ESCAPES[c] ?? (byte < 32 || byte > 126 ? hex(byte) : c);
  }
  return text;
}

export const FORMAT_NATIVES: readonly Native[] = [
  { name: 'format', signature: 'STRING(STRING, ANY)', call: format, takesNulls: true },
];
