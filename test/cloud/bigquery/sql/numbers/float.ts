/** FLOAT64 and text. */

/**
 * As CAST(… AS STRING) shows it: 15 significant digits if they suffice to read the same number
 * back, 17 otherwise, in C's `%g` form. Source: GoogleSQL, RoundTripDoubleToString.
 */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return '0';
  const short = general(value, 15);
  return Number(short) === value ? short : general(value, 17);
}

/** C's `%.<digits>g`. */
export function general(value: number, digits: number): string {
  const [mantissa, exponentText] = value.toExponential(digits - 1).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) {
    return trimZeros(value.toFixed(Math.min(100, Math.max(0, digits - 1 - exponent))));
  }
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${trimZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`;
}

const trimZeros = (text: string): string =>
  text.includes('.') ? text.replace(/\.?0+$/, '') : text;

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
