/** Hyperparameter tuning in the models resource. int64 values are strings there. */
import type { OptionDefinition, SearchSpace } from '../options/definition.ts';
import { objectiveOf } from '../options/objectives.ts';
import type { Settings } from '../options/settings.ts';
import { evaluationMetrics, jsonNumber } from './evaluation_resource.ts';
import type { Model, Trial } from './model.ts';
import { restValue } from './options_resource.ts';

type Json = Record<string, unknown>;

/** HparamSearchSpaces and HparamTuningTrials; nothing of a model that no trials tuned. */
export function tuningOf({ settings, tuning, label }: Model): Json {
  if (!tuning) return {};
  return {
    hparamSearchSpaces: Object.fromEntries(
      [...settings.spaces].map(([name, space]) => {
        const definition = settings.type.options[name]!;
        return [REST_SPACES[name] ?? definition.rest!, restSpace(definition, space)];
      }),
    ),
    defaultTrialId: String(tuning.optimal),
    hparamTrials: tuning.trials.map((trial) => restTrial(settings, trial, label.classes)),
    optimalTrialIds: [String(tuning.optimal)],
  };
}

/** HparamSearchSpaces has its own names for these. */
const REST_SPACES: Readonly<Record<string, string>> = { L1_REG: 'l1Reg', L2_REG: 'l2Reg' };

function restSpace({ kind }: OptionDefinition, space: SearchSpace): Json {
  const shown = (value: number | string) => (kind === 'INT64' ? String(value) : value);
  if ('range' in space) {
    const [min, max] = space.range;
    return { range: { min: shown(min), max: shown(max) } };
  }
  // "Candidates for the string or enum parameter in lower case."
  if (kind === 'STRING') {
    return { candidates: space.candidates.map((word) => String(word).toLowerCase()) };
  }
  return { candidates: { candidates: space.candidates.map(shown) } };
}

function restTrial(settings: Settings, trial: Trial, classes: readonly string[] | undefined): Json {
  const { id, startTime, endTime, status, errorMessage, objective, learnt } = trial;
  const { options } = settings.type;
  const last = learnt?.iterations.at(-1);
  return {
    trialId: String(id),
    startTimeMs: String(startTime),
    endTimeMs: String(endTime),
    hparams: Object.fromEntries(
      Object.entries(trial.hyperparameters).map(([name, value]) => [
        options[name]!.rest!,
        restValue(options[name]!, value),
      ]),
    ),
    status,
    ...(errorMessage === undefined ? {} : { errorMessage }),
    ...(last ? { trainingLoss: jsonNumber(last.trainingLoss) } : {}),
    ...(last?.evalLoss === undefined ? {} : { evalLoss: jsonNumber(last.evalLoss) }),
    ...(learnt ? { evaluationMetrics: evaluationMetrics(learnt.evaluation, classes) } : {}),
    ...(objective === undefined
      ? {}
      : { hparamTuningEvaluationMetrics: objectiveMetrics(settings, objective, classes) }),
  };
}

/** "Only the fields corresponding to the hparamTuningObjectives are set." */
function objectiveMetrics(
  settings: Settings,
  reached: number,
  classes: readonly string[] | undefined,
): Json {
  const { metric } = objectiveOf(settings)!;
  const figure = { [metric === 'r2Score' ? 'rSquared' : metric]: jsonNumber(reached) };
  if (!classes) return { regressionMetrics: figure };
  const kind = classes.length === 2 ? 'binary' : 'multiClass';
  return { [`${kind}ClassificationMetrics`]: { aggregateClassificationMetrics: figure } };
}
