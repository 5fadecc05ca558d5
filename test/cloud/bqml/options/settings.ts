import { type ModelType, modelType } from './catalogue.ts';
import type { ClassWeight, OptionValue, SearchSpace } from './definition.ts';
import { isSpace } from './search_space.ts';

/** Options of the tuning itself, which no single trial has. */
const TUNING = new Set([
  'NUM_TRIALS',
  'MAX_PARALLEL_TRIALS',
  'HPARAM_TUNING_ALGORITHM',
  'HPARAM_TUNING_OBJECTIVES',
  'DATA_SPLIT_TEST_FRACTION',
]);

/** A value of each hyperparameter that is tuned, by option. */
export type Hyperparameters = Readonly<Record<string, number | string>>;

/** All options of a model type: those that were given and the defaults of the rest. */
export class Settings {
  readonly type: ModelType;
  readonly given: ReadonlySet<string>;
  /** Where trials look, by option as the type lists them: what was given, or all of the defaults. */
  readonly spaces: ReadonlyMap<string, SearchSpace>;
  private readonly written: ReadonlyMap<string, OptionValue>;
  private readonly values: ReadonlyMap<string, OptionValue>;

  /** `given` must hold checked values of the type's options only. */
  constructor(type: ModelType, given: ReadonlyMap<string, OptionValue>) {
    this.type = type;
    this.written = given;
    this.given = new Set(given.keys());
    this.spaces = spacesOf(type, given);
    const values = new Map<string, OptionValue>();
    for (const [name, definition] of Object.entries(type.options)) {
      const option = given.get(name);
      const value = isSpace(option) ? definition.default : (option ?? definition.default);
      if (value !== undefined) values.set(name, value);
    }
    this.values = values;
  }

  /** Whether the model type has the option and it has a value. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** Whether trials tune the model. */
  get isTuned(): boolean {
    return this.given.has('NUM_TRIALS');
  }

  /** The settings of one trial: the same, with values in place of search spaces. */
  trial(values: Hyperparameters): Settings {
    const fixed = [...this.written].filter(([name, value]) => !isSpace(value) && !TUNING.has(name));
    return new Settings(this.type, new Map([...fixed, ...Object.entries(values)]));
  }

  /** The value, if there is one; the default where trials choose it. */
  value(name: string): OptionValue | undefined {
    return this.values.get(name);
  }

  flag(name: string): boolean {
    return this.get(name) as boolean;
  }

  number(name: string): number {
    return this.get(name) as number;
  }

  text(name: string): string {
    return this.get(name) as string;
  }

  texts(name: string): readonly string[] {
    return this.get(name) as readonly string[];
  }

  /** A column's name, if one was given. */
  column(name: string): string | undefined {
    return this.values.get(name) as string | undefined;
  }

  classWeights(): readonly ClassWeight[] | undefined {
    return this.values.get('CLASS_WEIGHTS') as readonly ClassWeight[] | undefined;
  }

  /** What was given, as plain JSON; `settingsFromJson` takes it back. */
  toJson(): Record<string, unknown> {
    return { MODEL_TYPE: this.type.name, ...Object.fromEntries(this.written) };
  }

  private get(name: string): OptionValue {
    const value = this.values.get(name);
    if (value === undefined) throw new TypeError(`${this.type.name} has no option ${name}.`);
    return value;
  }
}

/**
 * "If you don't specify a search space", defaults are searched; the documentation does not say
 * whether also beside a space that was given. Here they are not, nor where the option has a value.
 */
function spacesOf(
  { options }: ModelType,
  given: ReadonlyMap<string, OptionValue>,
): ReadonlyMap<string, SearchSpace> {
  const named = Object.keys(options).flatMap((name): [string, SearchSpace][] => {
    const value = given.get(name);
    return isSpace(value) ? [[name, value]] : [];
  });
  if (named.length > 0 || !given.has('NUM_TRIALS')) return new Map(named);
  return new Map(
    Object.entries(options).flatMap(([name, { tuning }]): [string, SearchSpace][] =>
      tuning?.range && !given.has(name) ? [[name, { range: tuning.range }]] : [],
    ),
  );
}

/** Settings of a model that was stored. */
export function settingsFromJson(json: Record<string, unknown>): Settings {
  const { MODEL_TYPE, ...given } = json;
  const type = modelType(String(MODEL_TYPE));
  if (!type || type === 'elsewhere') throw new TypeError(`There is no model type ${MODEL_TYPE}.`);
  return new Settings(type, new Map(Object.entries(given) as [string, OptionValue][]));
}
