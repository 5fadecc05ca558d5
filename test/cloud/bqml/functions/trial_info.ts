import type { BqType } from '../../bigquery/types.ts';
import type { Model, Trial } from '../model/model.ts';
import { fail, field, type MlFunction, numbers, texts } from './function.ts';

/** ML.TRIAL_INFO: a row a trial; losses of its last iteration, the objective on the evaluation rows. */
export const TRIAL_INFO: MlFunction = {
  input: 'none',
  settings: [],
  fields(model, call) {
    if (!model.tuning) {
      throw fail(call.functionName, 'It is for models with hyperparameter tuning only.');
    }
    return [
      field('trial_id', 'INT64'),
      { name: 'hyperparameters', type: hyperparameterType(model) },
      { name: 'hparam_tuning_evaluation_metrics', type: metricType(model) },
      field('training_loss', 'FLOAT64'),
      field('eval_loss', 'FLOAT64'),
      field('status', 'STRING'),
      field('error_message', 'STRING'),
      field('is_optimal', 'BOOL'),
    ];
  },
  run(model) {
    const { trials, optimal } = model.tuning!;
    const last = ({ learnt }: Trial) => learnt?.iterations.at(-1);
    const metric = metricName(model);
    return [
      numbers(trials.map(({ id }) => id)),
      { values: trials.map((trial) => hyperparameterValues(model, trial)) },
      { values: trials.map(({ objective }) => ({ [metric]: objective ?? null })) },
      numbers(trials.map((trial) => last(trial)?.trainingLoss)),
      numbers(trials.map((trial) => last(trial)?.evalLoss)),
      texts(trials.map(({ status }) => status)),
      texts(trials.map(({ errorMessage }) => errorMessage ?? null)),
      { values: trials.map(({ id }) => id === optimal) },
    ];
  },
};

/** Hyperparameters are searched in the order of the options. */
function tunedOptions({ tuning, settings }: Model): readonly string[] {
  const names = new Set(
    tuning!.trials.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)),
  );
  return Object.keys(settings.type.options).filter((name) => names.has(name));
}

function hyperparameterType(model: Model): BqType {
  const { options } = model.settings.type;
  const fields = tunedOptions(model).map((name) =>
    field(name.toLowerCase(), options[name]!.kind as 'INT64' | 'FLOAT64' | 'STRING'),
  );
  return { kind: 'STRUCT', fields };
}

/** Within a struct INT64 is a bigint. A hyperparameter that a trial does not have is NULL. */
function hyperparameterValues(model: Model, { hyperparameters }: Trial): Record<string, unknown> {
  const { options } = model.settings.type;
  return Object.fromEntries(
    tunedOptions(model).map((name) => {
      const value = hyperparameters[name] ?? null;
      const isWhole = options[name]!.kind === 'INT64' && value !== null;
      return [name.toLowerCase(), isWhole ? BigInt(value) : value];
    }),
  );
}

const metricName = ({ tuning }: Model): string => tuning!.objective.toLowerCase();

const metricType = (model: Model): BqType => ({
  kind: 'STRUCT',
  fields: [field(metricName(model), 'FLOAT64')],
});
