/** How ML functions ask a model that trials tuned: one trial, or each of them. */
import type { MlCall } from '../../bigquery/ports.ts';
import type { Field } from '../../bigquery/types.ts';
import { ApiError, invalidQuery } from '../../errors.ts';
import type { Model, Trial } from '../model/model.ts';
import { type Answer, type CallShape, fail, field, type MlFunction, numbers } from './function.ts';

/**
 * The model that one of its trials made: the optimal one unless said.
 * @throws {ApiError} invalidQuery for a trial that there is not, or that did not succeed
 */
export function trialOf(model: Model, id?: number): Model {
  const { tuning } = model;
  if (!tuning) {
    if (id === undefined) return model;
    throw invalidQuery('trial_id is for models with hyperparameter tuning only.');
  }
  const wanted = id ?? tuning.optimal;
  const trial = tuning.trials.find((one) => one.id === wanted);
  if (!trial) throw invalidQuery(`There are trials 1 to ${tuning.trials.length}; not ${wanted}.`);
  if (!trial.learnt) throw invalidQuery(`Trial ${wanted} is ${trial.status} and made no model.`);
  return { ...model, settings: model.settings.trial(trial.hyperparameters), ...trial.learnt };
}

/** Columns of the answer of a function, whatever the model. @throws {ApiError} as the function's own. */
export function fieldsOf(definition: MlFunction, model: Model, call: CallShape): readonly Field[] {
  const { tuning } = model;
  if (tuning && definition.trials === 'none') {
    throw fail(call.functionName, 'Trials keep no iterations; ask ML.TRIAL_INFO.');
  }
  const fields = definition.fields(asked(model, call), withoutTrial(call));
  const isNamed = tuning && ['named', 'all'].includes(definition.trials ?? '');
  return isNamed ? [field('trial_id', 'INT64'), ...fields] : fields;
}

/** The answer, column by column as `fieldsOf` says, that having passed. */
export async function answersOf(
  definition: MlFunction,
  model: Model,
  call: MlCall,
): Promise<readonly Answer[]> {
  const { tuning } = model;
  const { trials } = definition;
  const plain = { ...withoutTrial(call) };
  if (!tuning || (trials !== 'named' && trials !== 'all')) {
    return definition.run(asked(model, call), plain);
  }
  const each = trials === 'all' || (!call.input && idOf(call) === undefined);
  const wanted: number[] = each
    ? tuning.trials.filter(succeeded).map(({ id }) => id)
    : [idOf(call) ?? tuning.optimal];
  const parts: (readonly Answer[])[] = [];
  for (const id of wanted) {
    const answers = await definition.run(trialOf(model, id), plain);
    const rows = answers[0]!.values.length;
    parts.push([numbers(new Array<number>(rows).fill(id)), ...answers]);
  }
  return parts[0]!.map((_, column) => joined(parts.map((part) => part[column]!)));
}

const succeeded = ({ learnt }: Trial): boolean => learnt !== undefined;

function withoutTrial<T extends CallShape>(call: T): T {
  const settings = new Map([...call.settings].filter(([name]) => name !== 'trial_id'));
  return { ...call, settings };
}

function idOf({ settings }: CallShape): number | undefined {
  const id = settings.get('trial_id');
  if (id === undefined) return undefined;
  if (typeof id === 'bigint' || Number.isInteger(id)) return Number(id);
  throw invalidQuery('trial_id must be an INT64.');
}

function asked(model: Model, call: CallShape): Model {
  if (!model.tuning && call.settings.has('trial_id')) {
    throw fail(call.functionName, 'trial_id is for models with hyperparameter tuning only.');
  }
  try {
    return trialOf(model, idOf(call));
  } catch (error) {
    throw error instanceof ApiError ? fail(call.functionName, error.message) : error;
  }
}

/** Answers one below the other. */
function joined(parts: readonly Answer[]): Answer {
  if (parts.length === 1) return parts[0]!;
  const nulls = Uint8Array.from(
    parts.flatMap(({ values, nulls }) => [...(nulls ?? new Uint8Array(values.length))]),
  );
  const values: readonly unknown[] = parts.flatMap(({ values }): unknown[] => [...values]);
  const isNumbers = parts.every((part) => part.values instanceof Float64Array);
  if (!isNumbers) return { values };
  const filled = Float64Array.from(values as number[]);
  return nulls.includes(1) ? { values: filled, nulls } : { values: filled };
}
