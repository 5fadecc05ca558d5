import { ModelFormatError } from '../errors.ts';

/** An object of a model document; every reading names the field that is not as it should be. */
export class Fields {
  private readonly object: Readonly<Record<string, unknown>>;
  private readonly where: string;

  private constructor(object: Readonly<Record<string, unknown>>, where: string) {
    this.object = object;
    this.where = where;
  }

  static of(value: unknown, where: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new Fields(value as Record<string, unknown>, where);
    }
    throw new ModelFormatError(`${where} is no object.`);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.object, name);
  }

  names(): string[] {
    return Object.keys(this.object);
  }

  fields(name: string): Fields {
    return Fields.of(this.value(name), `"${name}" of ${this.where}`);
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string') return value;
    throw this.wrong(name, 'text');
  }

  /** A number that is not negative, which XGBoost writes as text. */
  count(name: string): number {
    const value = this.value(name);
    const count = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number;
    throw this.wrong(name, 'a count');
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (Array.isArray(value)) return value;
    throw this.wrong(name, 'a list');
  }

  /** A list of numbers, null for NaN. */
  numbers(name: string): number[] {
    return this.list(name).map((item) => {
      if (item === null) return Number.NaN;
      if (typeof item === 'number') return item;
      throw this.wrong(name, 'a list of numbers');
    });
  }

  /** A list of whole numbers; true counts as 1 and false as 0. */
  integers(name: string): number[] {
    return this.list(name).map((item) => {
      if (typeof item === 'boolean' || Number.isInteger(item)) return Number(item);
      throw this.wrong(name, 'a list of whole numbers');
    });
  }

  private value(name: string): unknown {
    if (this.has(name)) return this.object[name];
    throw new ModelFormatError(`${this.where} lacks "${name}".`);
  }

  private wrong(name: string, wanted: string): ModelFormatError {
    return new ModelFormatError(`"${name}" of ${this.where} is not ${wanted}.`);
  }
}
