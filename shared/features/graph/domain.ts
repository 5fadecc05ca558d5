import { ProgramError } from '../errors.ts';
import type { InputField } from '../program.ts';
import { type Facts, MAX_EXACT, type Range } from '../types.ts';
import { DAY, MAX_DATE, MIN_DATE, newYear } from '../values/calendar.ts';

/** The longest STRING where the contract has no `maxLength`, in characters. */
export const DEFAULT_MAX_LENGTH = 65_535;

const NUMBERS = { low: -Number.MAX_VALUE, high: Number.MAX_VALUE };

/** The widest domain of each type, and the one that is assumed without bounds. */
const DOMAINS: Readonly<Record<InputField['type'], { widest: Range; assumed: Range }>> = {
  INT64: {
    widest: { low: -MAX_EXACT, high: MAX_EXACT },
    assumed: { low: -MAX_EXACT, high: MAX_EXACT },
  },
  FLOAT64: { widest: NUMBERS, assumed: NUMBERS },
  BOOL: { widest: { low: 0, high: 1 }, assumed: { low: 0, high: 1 } },
  STRING: {
    widest: { low: 0, high: DEFAULT_MAX_LENGTH },
    assumed: { low: 0, high: DEFAULT_MAX_LENGTH },
  },
  // Half of what is exact, so that the difference of two is exact, too.
  TIMESTAMP: {
    widest: { low: -MAX_EXACT, high: MAX_EXACT },
    assumed: { low: newYear(1830) * DAY, high: newYear(2110) * DAY },
  },
  // Not from the first year on, so that the week of any date begins on a date.
  DATE: {
    widest: { low: MIN_DATE, high: MAX_DATE },
    assumed: { low: newYear(1000), high: MAX_DATE },
  },
};

/**
 * What is known of an input.
 *
 * @throws {ProgramError} for bounds that do not belong to the type, or hold nothing
 */
export function domainOf(field: InputField): Facts {
  const { type, nullable, name } = field;
  const { widest, assumed } = DOMAINS[type];
  const isBounded = field.minimum !== undefined || field.maximum !== undefined;
  if (isBounded && (type === 'BOOL' || type === 'STRING')) {
    throw new ProgramError(`Input ${name}: ${type} has no minimum or maximum.`);
  }
  if (type !== 'STRING' && (field.maxLength !== undefined || field.values !== undefined)) {
    throw new ProgramError(`Input ${name}: only STRING has maxLength and values.`);
  }
  const low = field.minimum ?? assumed.low;
  const high = field.maximum ?? field.maxLength ?? assumed.high;
  const whole =
    type === 'FLOAT64' ? { low, high } : { low: Math.ceil(low), high: Math.floor(high) };
  if (!(whole.low <= whole.high)) {
    throw new ProgramError(`Input ${name}: no value lies between ${low} and ${high}.`);
  }
  if (whole.low < widest.low || whole.high > widest.high) {
    const bounds = `${widest.low} to ${widest.high}`;
    throw new ProgramError(
      `Input ${name}: ${type} is limited to ${bounds}, not ${low} to ${high}.`,
    );
  }
  return { type, nullable, low: whole.low + 0, high: whole.high + 0 };
}

/** Names of inputs: identifiers, none twice in any case, none that every object has. */
export function checkNames(fields: readonly InputField[]): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const lower = name.toLowerCase();
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name in Object.prototype) {
      throw new ProgramError(`Input ${JSON.stringify(name)} is not a column name.`);
    }
    if (seen.has(lower)) throw new ProgramError(`Input ${name} is there twice.`);
    seen.add(lower);
  }
}
