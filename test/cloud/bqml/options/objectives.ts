/** What trials are compared by: HPARAM_TUNING_OBJECTIVES. */
import type { ClassificationMetrics } from '../metrics/classification.ts';
import type { RegressionMetrics } from '../metrics/regression.ts';
import type { Settings } from './settings.ts';

export type Metric = keyof ClassificationMetrics | keyof RegressionMetrics;

export interface Objective {
  /** As the option and ML.EVALUATE name it, in upper case. */
  readonly name: string;
  readonly metric: Metric;
  readonly goal: 'MAXIMIZE' | 'MINIMIZE';
  /** HparamTuningObjective of the REST API, where it has another name there. */
  readonly rest?: string;
}

const maximize = (name: string, metric: Metric, rest?: string): Objective => ({
  name,
  metric,
  goal: 'MAXIMIZE',
  ...(rest ? { rest } : {}),
});
const minimize = (name: string, metric: Metric): Objective => ({ name, metric, goal: 'MINIMIZE' });

/** The first of each task is the default. */
const OBJECTIVES = {
  classification: [
    maximize('ROC_AUC', 'rocAuc'),
    maximize('PRECISION', 'precision'),
    maximize('RECALL', 'recall'),
    maximize('ACCURACY', 'accuracy'),
    maximize('F1_SCORE', 'f1Score'),
    minimize('LOG_LOSS', 'logLoss'),
  ],
  regression: [
    maximize('R2_SCORE', 'r2Score', 'R_SQUARED'),
    maximize('EXPLAINED_VARIANCE', 'explainedVariance'),
    minimize('MEAN_ABSOLUTE_ERROR', 'meanAbsoluteError'),
    minimize('MEAN_SQUARED_ERROR', 'meanSquaredError'),
    minimize('MEAN_SQUARED_LOG_ERROR', 'meanSquaredLogError'),
    minimize('MEDIAN_ABSOLUTE_ERROR', 'medianAbsoluteError'),
  ],
} as const satisfies Record<string, readonly Objective[]>;

/** The objective of a model type's trials; undefined where none of its own, or more than one, was named. */
export function objectiveOf(settings: Settings): Objective | undefined {
  const known: readonly Objective[] = OBJECTIVES[settings.type.task];
  if (!settings.given.has('HPARAM_TUNING_OBJECTIVES')) return known[0];
  const [wanted, ...more] = settings.texts('HPARAM_TUNING_OBJECTIVES');
  if (more.length > 0) return undefined;
  return known.find(({ name }) => name === wanted?.toUpperCase());
}
