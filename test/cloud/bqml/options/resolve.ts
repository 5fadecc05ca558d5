import { invalidQuery, unsupported } from '../../errors.ts';
import { isKnownOption, type ModelType, modelType, modelTypeNames } from './catalogue.ts';
import { type OptionValue, readValue } from './definition.ts';
import { RULES } from './rules.ts';
import { HparamLiteral, readSpace } from './search_space.ts';
import { Settings } from './settings.ts';

/** One `NAME = value` of OPTIONS; INT64 literals come as bigint, FLOAT64 as number. */
export interface OptionEntry {
  /** Upper case. */
  readonly name: string;
  readonly value: unknown;
  /** Where the name stands in the statement. */
  readonly line: number;
  readonly column: number;
}

/**
 * Checks the options of a CREATE MODEL statement.
 * @throws {ApiError} invalidQuery with the place, or unsupported naming the option.
 */
export function resolveOptions(entries: readonly OptionEntry[]): Settings {
  const byName = new Map<string, OptionEntry>();
  for (const entry of entries) {
    if (byName.has(entry.name)) throw at(entry, `Duplicate option specified for '${entry.name}'`);
    byName.set(entry.name, entry);
  }
  const type = typeOf(byName.get('MODEL_TYPE'));
  const given = new Map<string, OptionValue>();
  for (const entry of entries) {
    if (entry.name !== 'MODEL_TYPE') given.set(entry.name, checked(type, entry));
  }
  const settings = new Settings(type, given);
  for (const rule of RULES) {
    if (!rule.broken(settings)) continue;
    const entry = byName.get(rule.option);
    throw entry ? at(entry, rule.message) : invalidQuery(`${rule.message}.`);
  }
  return settings;
}

const at = (entry: OptionEntry, message: string) =>
  invalidQuery(`${message} at [${entry.line}:${entry.column}]`);

function typeOf(entry: OptionEntry | undefined): ModelType {
  if (!entry) throw invalidQuery('The MODEL_TYPE option is required for CREATE MODEL.');
  if (typeof entry.value !== 'string') throw at(entry, 'MODEL_TYPE expects a value of type STRING');
  const type = modelType(entry.value);
  if (type === 'elsewhere') {
    throw unsupported(`models of type ${entry.value.toUpperCase()} (MODEL_TYPE)`);
  }
  if (type) return type;
  const names = modelTypeNames().join(', ');
  throw at(entry, `Unknown model type '${entry.value}'; this engine trains ${names}`);
}

function checked(type: ModelType, entry: OptionEntry): OptionValue {
  const definition = Object.hasOwn(type.options, entry.name) ? type.options[entry.name] : undefined;
  if (!definition) {
    throw isKnownOption(entry.name)
      ? at(entry, `Option ${entry.name} is not supported for model type ${type.name}`)
      : at(entry, `Unsupported option ${entry.name}`);
  }
  if (definition.unsupported === 'always') throw unsupported(`the option ${entry.name}`);
  const { value } = entry;
  const read =
    value instanceof HparamLiteral ? readSpace(definition, value) : readValue(definition, value);
  if ('problem' in read) throw at(entry, `Option ${entry.name} ${read.problem}`);
  if (definition.unsupported === 'unless default' && read.value !== definition.default) {
    throw unsupported(`the option ${entry.name} = ${String(read.value).toUpperCase()}`);
  }
  return read.value;
}
