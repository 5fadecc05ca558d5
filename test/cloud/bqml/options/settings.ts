import { type ModelType, modelType } from './catalogue.ts';
import type { ClassWeight, OptionValue } from './definition.ts';

/** All options of a model type: those that were given and the defaults of the rest. */
export class Settings {
  readonly type: ModelType;
  readonly given: ReadonlySet<string>;
  private readonly values: ReadonlyMap<string, OptionValue>;

  /** `given` must hold checked values of the type's options only. */
  constructor(type: ModelType, given: ReadonlyMap<string, OptionValue>) {
    this.type = type;
    this.given = new Set(given.keys());
    const values = new Map<string, OptionValue>();
    for (const [name, definition] of Object.entries(type.options)) {
      const value = given.get(name) ?? definition.default;
      if (value !== undefined) values.set(name, value);
    }
    this.values = values;
  }

  /** Whether the model type has the option and it has a value. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value, if there is one. */
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
    const given = [...this.given].map((name) => [name, this.values.get(name)]);
    return { MODEL_TYPE: this.type.name, ...Object.fromEntries(given) };
  }

  private get(name: string): OptionValue {
    const value = this.values.get(name);
    if (value === undefined) throw new TypeError(`${this.type.name} has no option ${name}.`);
    return value;
  }
}

/** Settings of a model that was stored. */
export function settingsFromJson(json: Record<string, unknown>): Settings {
  const { MODEL_TYPE, ...given } = json;
  const type = modelType(String(MODEL_TYPE));
  if (!type || type === 'elsewhere') throw new TypeError(`There is no model type ${MODEL_TYPE}.`);
  return new Settings(type, new Map(Object.entries(given) as [string, OptionValue][]));
}
