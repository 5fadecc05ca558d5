/** The search space of hyperparameters as a unit cube, a side a hyperparameter. */
import { inBounds, type OptionDefinition, type SearchSpace } from '../options/definition.ts';
import type { Hyperparameters, Settings } from '../options/settings.ts';

/** One hyperparameter. */
export interface Dimension {
  readonly name: string;
  /** How many values it has; infinite for a range of real numbers. */
  readonly size: number;
  /** The value at a place in [0, 1]. */
  value(place: number): number | string;
  /** The place of a value. */
  place(value: number | string): number;
  /** Where the search starts: the default, or what of the space is closest to it. */
  readonly start: number | string;
}

/** "A value of 0 gets converted to 1e-14" on a LOG scale (hyperparameter tuning overview). */
const LEAST_OF_LOG = 1e-14;

/** The hyperparameters of a model that is to be tuned, in the order of its options. */
export const dimensionsOf = (settings: Settings): readonly Dimension[] =>
  [...settings.spaces].map(([name, space]) => dimension(name, settings.type.options[name]!, space));

function dimension(name: string, definition: OptionDefinition, space: SearchSpace): Dimension {
  if ('candidates' in space) return discrete(name, definition, space.candidates);
  const [least, most] = space.range;
  if (definition.kind === 'INT64') {
    const values = Array.from({ length: most - least + 1 }, (_, i) => least + i);
    return discrete(name, definition, values);
  }
  return definition.tuning!.scale === 'LOG'
    ? logarithmic(name, definition, space.range)
    : linear(name, definition, least, most);
}

const clamp = (x: number, least: number, most: number) => Math.min(Math.max(x, least), most);

function linear(
  name: string,
  definition: OptionDefinition,
  least: number,
  most: number,
): Dimension {
  return {
    name,
    size: Number.POSITIVE_INFINITY,
    value: (place) => least + place * (most - least),
    place: (value) => (Number(value) - least) / (most - least),
    start: clamp(definition.default as number, least, most),
  };
}

function logarithmic(
  name: string,
  definition: OptionDefinition,
  range: readonly [number, number],
): Dimension {
  const [least, most] = range.map((end) => Math.max(end, LEAST_OF_LOG)) as [number, number];
  const span = Math.log(most / least);
  return {
    name,
    size: Number.POSITIVE_INFINITY,
    value: (place) => clamp(least * Math.exp(place * span), least, most),
    place: (value) => Math.log(Number(value) / least) / span,
    start: clamp(definition.default as number, least, most),
  };
}

function discrete(
  name: string,
  definition: OptionDefinition,
  values: readonly (number | string)[],
): Dimension {
  return {
    name,
    size: values.length,
    value: (place) => values[Math.min(Math.floor(place * values.length), values.length - 1)]!,
    place: (value) => (values.indexOf(value) + 0.5) / values.length,
    start: closest(values, definition.default as number | string),
  };
}

/** Of words the default or the first, of numbers the nearest. */
function closest(values: readonly (number | string)[], wanted: number | string): number | string {
  if (typeof wanted === 'string') return values.includes(wanted) ? wanted : values[0]!;
  return values.reduce((best, value) =>
    Math.abs(Number(value) - wanted) < Math.abs(Number(best) - wanted) ? value : best,
  );
}

/** Options of one booster alone. */
const OF_DART = ['DROPOUT', 'DART_NORMALIZE_TYPE'];

/** What a point of the cube says; hyperparameters that its booster does not have are left out. */
export function hyperparametersAt(
  settings: Settings,
  dimensions: readonly Dimension[],
  point: readonly number[],
): Hyperparameters {
  const values = dimensions.map(({ name, value }, i) => [name, value(point[i]!)] as const);
  return applicable(settings, Object.fromEntries(values));
}

/** Where the search starts. */
export const startOf = (settings: Settings, dimensions: readonly Dimension[]): Hyperparameters =>
  applicable(settings, Object.fromEntries(dimensions.map(({ name, start }) => [name, start])));

function applicable(settings: Settings, values: Hyperparameters): Hyperparameters {
  const booster = values.BOOSTER_TYPE ?? settings.value('BOOSTER_TYPE');
  if (booster === 'DART') return values;
  return Object.fromEntries(Object.entries(values).filter(([name]) => !OF_DART.includes(name)));
}

/** The point of hyperparameters; 0 where one has no value. */
export const pointOf = (
  dimensions: readonly Dimension[],
  values: Hyperparameters,
): readonly number[] =>
  dimensions.map(({ name, place }) => (values[name] === undefined ? 0 : place(values[name])));

/** Why nothing can be trained with these, if so: the end of a range may be out of an option's bounds. */
export function infeasibility(settings: Settings, values: Hyperparameters): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') continue;
    const read = inBounds(settings.type.options[name]!, value);
    if ('problem' in read) return `${name} ${read.problem}.`;
  }
  return undefined;
}
