/** How a person can change an application: from each field that can move, the values on its way. */
import { type Contract, type Scale, scaleOf } from '../portfolio/contract.ts';
import type { Actionable } from '../portfolio/documents.ts';

export type Request = Readonly<Record<string, unknown>>;
export type Value = number | string | boolean;

/** One field in one direction. Place 0 is what the application has; each place is farther away. */
export interface Way {
  readonly field: string;
  readonly text: string;
  /** The last place, at least 1. */
  readonly places: number;
  valueAt(place: number): Value;
  /** How large the change to a place is: 1 is the portfolio's `span`. */
  sizeAt(place: number): number;
}

/**
 * The ways out of an application, in the portfolio's order, downward before upward. A field that is
 * null or absent has none: nobody lowers what is not there.
 */
export const waysOf = (
  request: Request,
  contract: Contract,
  actionable: readonly Actionable[],
): Way[] =>
  actionable.flatMap((action) => {
    const from = request[action.field];
    const scale = scaleOf(contract.properties[action.field]!)!;
    if (from === null || from === undefined) return [];
    const signs = { lower: [-1], higher: [1], any: [-1, 1] }[action.direction];
    return signs
      .map((sign) =>
        scale.kind === 'list'
          ? wayInList(action, scale.values, scale.values.indexOf(from as string), sign)
          : wayOfNumbers(action, scale, from as number, sign),
      )
      .filter(({ places }) => places > 0);
  });

function wayInList(
  { field, text, span }: Actionable,
  values: readonly Value[],
  at: number,
  sign: number,
): Way {
  const whole = span ?? Math.max(values.length - 1, 1);
  return {
    field,
    text,
    places: sign > 0 ? values.length - 1 - at : at,
    valueAt: (place) => values[at + sign * place]!,
    sizeAt: (place) => place / whole,
  };
}

function wayOfNumbers(
  action: Actionable,
  scale: Scale & { kind: 'number' },
  from: number,
  sign: number,
): Way {
  const { field, text, step = 1, minimum = scale.minimum, maximum = scale.maximum } = action;
  const span = action.span ?? Math.max(scale.maximum - scale.minimum, Number.MIN_VALUE);
  // Dividing by an integer rounds once: 0.07 and not 7 × 0.01. Adding 0 makes -0 positive.
  const parts = step < 1 ? Math.round(1 / step) : undefined;
  const multiple = (k: number) => (parts ? k / parts : k * step) + 0;
  const nearest = (value: number) => Math.round(parts ? value * parts : value / step);
  let first = nearest(from) - sign;
  while (sign * (multiple(first) - from) <= 0) first += sign;
  const bound = sign > 0 ? maximum : minimum;
  let last = nearest(bound) + sign;
  while (sign * (multiple(last) - bound) > 0) last -= sign;
  const valueAt = (place: number) => (place === 0 ? from : multiple(first + sign * (place - 1)));
  return {
    field,
    text,
    places: sign * (last - first) + 1,
    valueAt,
    sizeAt: (place) => Math.abs(valueAt(place) - from) / span,
  };
}
