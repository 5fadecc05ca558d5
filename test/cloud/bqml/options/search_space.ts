/** What HPARAM_RANGE and HPARAM_CANDIDATES say: the values of a hyperparameter that trials choose from. */
import { inBounds, type OptionDefinition, type SearchSpace, typeName } from './definition.ts';

export const isSpace = (value: unknown): value is SearchSpace =>
  typeof value === 'object' && value !== null && ('range' in value || 'candidates' in value);

/** The literal as it was written, values not yet checked. */
export class HparamLiteral {
  readonly keyword: 'HPARAM_RANGE' | 'HPARAM_CANDIDATES';
  readonly values: readonly unknown[];

  constructor(keyword: 'HPARAM_RANGE' | 'HPARAM_CANDIDATES', values: readonly unknown[]) {
    this.keyword = keyword;
    this.values = values;
  }
}

type Read<T> = T | { readonly problem: string };

/**
 * The search space of an option, or what is wrong with it. The documentation's own examples have
 * values at open bounds (SUBSAMPLE = HPARAM_RANGE(0, 0.6), MAX_TREE_DEPTH = HPARAM_RANGE(0, 4)): these
 * are taken, and a trial that lands on one is INFEASIBLE.
 */
export function readSpace(
  definition: OptionDefinition,
  { keyword, values }: HparamLiteral,
): Read<{ readonly value: SearchSpace }> {
  if (!definition.tuning) return { problem: `cannot be tuned with ${keyword}` };
  if (keyword === 'HPARAM_RANGE') return readRange(definition, values);
  const [list] = values;
  if (values.length !== 1 || !Array.isArray(list) || list.length === 0) {
    return { problem: 'expects HPARAM_CANDIDATES([…]) with at least one value' };
  }
  return readCandidates(definition, list);
}

function readRange(
  definition: OptionDefinition,
  values: readonly unknown[],
): Read<{ readonly value: SearchSpace }> {
  if (definition.kind === 'STRING')
    return { problem: 'has words for values: use HPARAM_CANDIDATES' };
  if (values.length !== 2) return { problem: 'expects HPARAM_RANGE(least, most)' };
  const read = readNumbers(definition, values);
  if ('problem' in read) return read;
  const [least, most] = read.numbers as [number, number];
  if (!(least < most)) return { problem: `has an empty range: ${least} is not less than ${most}` };
  return { value: { range: [least, most] } };
}

function readCandidates(
  definition: OptionDefinition,
  list: readonly unknown[],
): Read<{ readonly value: SearchSpace }> {
  if (definition.kind !== 'STRING') {
    const read = readNumbers(definition, list);
    if ('problem' in read) return read;
    return { value: { candidates: [...new Set(read.numbers)].sort((a, b) => a - b) } };
  }
  const words = list.map((word) => (typeof word === 'string' ? word.toUpperCase() : word));
  const bad = words.find((word) => !definition.choices!.includes(String(word)));
  if (bad !== undefined) {
    const choices = definition.choices!.map((choice) => `'${choice}'`).join(', ');
    return { problem: `has the candidate ${String(bad)}; there are ${choices}` };
  }
  return { value: { candidates: [...new Set(words as string[])] } };
}

/** Numbers of the option's type within the closure of its bounds. */
function readNumbers(
  definition: OptionDefinition,
  values: readonly unknown[],
): Read<{ readonly numbers: readonly number[] }> {
  const whole = definition.kind === 'INT64';
  for (const value of values) {
    if (typeof value === 'bigint' || (typeof value === 'number' && !whole)) continue;
    return { problem: `expects values of type ${definition.kind} but got ${typeName(value)}` };
  }
  const { min, above, max, below } = definition.bounds ?? {};
  const least = above ?? (min === undefined ? undefined : Math.min(min, 0));
  const most = below ?? max;
  const closure = {
    ...(least === undefined ? {} : { min: least }),
    ...(most === undefined ? {} : { max: most }),
  };
  const numbers = values.map(Number);
  for (const number of numbers) {
    const read = inBounds({ ...definition, bounds: closure }, number);
    if ('problem' in read) return read;
  }
  return { numbers };
}
