/** FLOAT64 and text. */

/**
 * As CAST(… AS STRING) shows it: 15 significant digits if they suffice to read the same number
 * back, 17 otherwise, in C's `%g` form. Source: GoogleSQL, RoundTripDoubleToString.
 */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e15) return plainText(value);
  const short = general(value, 15);
  return Number(short) === value ? short : general(value, 17);
}

/**
 * The same, quickly, of a number without an exponent in either language: the fewest digits that read
 * back the same, which JavaScript gives, are C's where they are 15 at most.
 */
function plainText(value: number): string {
  const shortest = String(value);
  if (significantDigits(shortest) <= 15) return shortest;
  const text = value.toPrecision(17);
  const decimals = text.length - text.indexOf('.') - 1;
  return trimZeros(fixedToEven(value, text, decimals));
}

function significantDigits(decimal: string): number {
  let digits = 0;
  for (let i = 0; i < decimal.length; i++) {
    const code = decimal.charCodeAt(i);
    if (code >= ZERO && (digits > 0 || code > ZERO)) digits++;
  }
  return digits;
}

/** Character code of the digit 0: behind the sign and the point. */
const ZERO = 48;

/** C's `%.<digits>g`. */
export function general(value: number, digits: number): string {
  const [mantissa, exponentText] = exponentialText(value, digits - 1).split('e') as [
    string,
    string,
  ];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) {
    return trimZeros(fixedText(value, Math.min(100, Math.max(0, digits - 1 - exponent))));
  }
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${trimZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** `toFixed`, but what lies half way goes to the even digit, as in C. */
export const fixedText = (value: number, digits: number): string =>
  fixedToEven(value, value.toFixed(digits), digits);

const fixedToEven = (value: number, text: string, digits: number): string =>
  toEven(text, (more) => value.toFixed(more), digits);

/** `toExponential` in the same way. */
export const exponentialText = (value: number, digits: number): string =>
  toEven(value.toExponential(digits), (more) => value.toExponential(more), digits);

/** The digits that JavaScript gives at most: more than any half way between two texts has. */
const MOST = 100;

/** JavaScript takes the greater one at half way: an odd last digit is one too many there. */
function toEven(text: string, withDigits: (digits: number) => string, digits: number): string {
  const [shown, exponent] = text.split('e') as [string, string?];
  const last = shown.charCodeAt(shown.length - 1) - ZERO;
  // Half way there is one digit more, and it is a 5: few need to be looked at closely.
  if (last % 2 === 0 || digits >= MOST || !/5(?:e|$)/.test(withDigits(digits + 1))) return text;
  const [whole, exactExponent] = withDigits(MOST).split('e') as [string, string?];
  const rest = whole.slice(whole.indexOf('.') + 1 + digits);
  if (exactExponent !== exponent || !/^50*$/.test(rest)) return text;
  return `${shown.slice(0, -1)}${last - 1}${exponent === undefined ? '' : `e${exponent}`}`;
}

const trimZeros = (text: string): string =>
  text.endsWith('0') && text.includes('.') ? text.replace(/\.?0+$/, '') : text;

/** As the REST API writes it: `1.0`, `1.0E10`, `NaN`, `Infinity`. Source: Java's Double.toString. */
export function wireText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL: Record<string, number> = {
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
};

/** The FLOAT64 of a text, white space around it aside; undefined when it is none. */
export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) {
    return Number(trimmed);
  }
  const [, sign, word] = /^([+-]?)([a-zA-Z]+)$/.exec(trimmed) ?? [];
  const special = SPECIAL[word?.toLowerCase() ?? ''];
  return special === undefined ? undefined : sign === '-' ? -special : special;
}
