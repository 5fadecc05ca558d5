/** What an option of CREATE MODEL takes, as data. */

export type ClassWeight = readonly [label: string, weight: number];
export type OptionValue =
  | boolean
  | number
  | string
  | readonly string[]
  | readonly ClassWeight[]
  | SearchSpace;

/** How an option is tuned, as the CREATE MODEL pages state it ("When running hyperparameter tuning, …"). */
export interface Tuning {
  readonly scale: 'LINEAR' | 'LOG';
  /** Where trials look unless told otherwise; absent where the option is then left alone. */
  readonly range?: readonly [least: number, most: number];
}

/** The values that trials choose from, in place of one. Candidates that are numbers ascend. */
export type SearchSpace =
  | { readonly range: readonly [least: number, most: number] }
  | { readonly candidates: readonly (number | string)[] };

/** Bounds of a number; `above` and `below` are exclusive. */
export interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

export interface OptionDefinition {
  readonly kind: 'BOOL' | 'INT64' | 'FLOAT64' | 'STRING' | 'ARRAY<STRING>' | 'CLASS_WEIGHTS';
  /** Absent where an option that was not given means nothing. */
  readonly default?: OptionValue;
  readonly bounds?: Bounds;
  /** The words a STRING may be, in upper case; any case is taken. */
  readonly choices?: readonly string[];
  /** Values that this engine refuses by name: all of them, or those but the default. */
  readonly unsupported?: 'always' | 'unless default';
  /** Its key in TrainingOptions of the REST API; absent where that has none. */
  readonly rest?: string;
  /** How trials may vary it; absent where they may not. */
  readonly tuning?: Tuning;
}

export type OptionTable = Readonly<Record<string, OptionDefinition>>;

type Extra = Omit<OptionDefinition, 'kind' | 'default' | 'bounds' | 'choices' | 'rest'>;

export const bool = (rest: string, value: boolean, extra: Extra = {}): OptionDefinition => ({
  kind: 'BOOL',
  default: value,
  rest,
  ...extra,
});

export const int = (rest: string, value: number, bounds: Bounds): OptionDefinition => ({
  kind: 'INT64',
  default: value,
  bounds,
  rest,
});

export const float = (rest: string, value: number, bounds: Bounds): OptionDefinition => ({
  kind: 'FLOAT64',
  default: value,
  bounds,
  rest,
});

/** The same option, which trials may vary. */
export const tuned = (definition: OptionDefinition, tuning: Tuning): OptionDefinition => ({
  ...definition,
  tuning,
});

/** The first choice is the default. */
export const choice = (rest: string, ...choices: string[]): OptionDefinition => ({
  kind: 'STRING',
  default: choices[0]!,
  choices,
  rest,
});

export const column = (rest: string): OptionDefinition => ({ kind: 'STRING', rest });

export const refused = (kind: OptionDefinition['kind']): OptionDefinition => ({
  kind,
  unsupported: 'always',
});

/**
 * The value as the definition keeps it, or what is wrong with it.
 * Integers are taken for FLOAT64, as GoogleSQL coerces literals; nothing else is converted.
 */
export function readValue(
  definition: OptionDefinition,
  value: unknown,
): { readonly value: OptionValue } | { readonly problem: string } {
  switch (definition.kind) {
    case 'BOOL':
      return typeof value === 'boolean' ? { value } : expected(definition, value);
    case 'INT64':
      return typeof value === 'bigint'
        ? inBounds(definition, Number(value))
        : expected(definition, value);
    case 'FLOAT64':
      return typeof value === 'bigint' || typeof value === 'number'
        ? inBounds(definition, Number(value))
        : expected(definition, value);
    case 'STRING':
      return typeof value === 'string' ? oneOf(definition, value) : expected(definition, value);
    case 'ARRAY<STRING>':
      return isArrayOf(value, (item) => typeof item === 'string')
        ? { value: value as string[] }
        : expected(definition, value);
    case 'CLASS_WEIGHTS':
      return readClassWeights(value);
  }
}

const isArrayOf = (value: unknown, test: (item: unknown) => boolean): value is unknown[] =>
  Array.isArray(value) && value.every(test);

function expected(definition: OptionDefinition, value: unknown): { problem: string } {
  return { problem: `expects a value of type ${definition.kind} but got ${typeName(value)}` };
}

/** The GoogleSQL type of a literal. */
export function typeName(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return 'ARRAY';
  const names: Record<string, string> = {
    bigint: 'INT64',
    number: 'FLOAT64',
    string: 'STRING',
    boolean: 'BOOL',
  };
  return names[typeof value] ?? 'STRUCT';
}

/** A number within the definition's bounds, or what is wrong with it. */
export function inBounds(
  definition: OptionDefinition,
  value: number,
): { value: number } | { problem: string } {
  const { min, above, max, below } = definition.bounds ?? {};
  const fits =
    (min === undefined || value >= min) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (below === undefined || value < below);
  if (fits) return { value };
  const limits = [
    min === undefined ? '' : `at least ${min}`,
    above === undefined ? '' : `greater than ${above}`,
    max === undefined ? '' : `at most ${max}`,
    below === undefined ? '' : `less than ${below}`,
  ];
  return { problem: `must be ${limits.filter(Boolean).join(' and ')}, but is ${value}` };
}

function oneOf(
  definition: OptionDefinition,
  value: string,
): { value: string } | { problem: string } {
  if (!definition.choices) return { value };
  const upper = value.toUpperCase();
  if (definition.choices.includes(upper)) return { value: upper };
  const words = definition.choices.map((word) => `'${word}'`).join(', ');
  return { problem: `must be one of ${words}, but is '${value}'` };
}

/** `[STRUCT('a', 0.2), ('b', 1)]`, the structs read as arrays of their values. */
function readClassWeights(value: unknown): { value: ClassWeight[] } | { problem: string } {
  const isNumber = (x: unknown) => typeof x === 'number' || typeof x === 'bigint';
  const isPair = (item: unknown): boolean =>
    isStruct(item) &&
    item.values.length === 2 &&
    typeof item.values[0] === 'string' &&
    isNumber(item.values[1]);
  if (!isArrayOf(value, isPair)) {
    return { problem: "expects an array such as [STRUCT('label', 0.2)] with a weight per label" };
  }
  const pairs = value.map((item): ClassWeight => {
    const { values } = item as StructValue;
    return [values[0] as string, Number(values[1])];
  });
  const labels = new Set(pairs.map(([label]) => label));
  if (labels.size < pairs.length) return { problem: 'names a label twice' };
  const bad = pairs.find(([, weight]) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  return bad ? { problem: `has the weight ${bad[1]} for '${bad[0]}'` } : { value: pairs };
}

/** A STRUCT or tuple literal. */
export class StructValue {
  readonly values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.values = values;
  }
}

const isStruct = (value: unknown): value is StructValue => value instanceof StructValue;
