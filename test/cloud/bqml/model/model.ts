/** A trained model, as it is kept. */
import type { Booster } from '../../../../shared/bridge/booster.ts';
import type { ModelRef } from '../../bigquery/names.ts';
import type { TrainingIteration } from '../../bigquery/ports.ts';
import type { Feature } from '../data/features.ts';
import type { Label } from '../data/labels.ts';
import type { TreeEncoding } from '../ensemble/encode.ts';
import type { GlobalExplanation } from '../explain/global.ts';
import type { ImportedModel } from '../imported/onnx_model.ts';
import type { LinearModel } from '../linear/linear_model.ts';
import type { ClassificationMetrics, ConfusionMatrix } from '../metrics/classification.ts';
import type { RankedScores } from '../metrics/ranking.ts';
import type { RegressionMetrics } from '../metrics/regression.ts';
import type { Hyperparameters, Settings } from '../options/settings.ts';

/** What was learnt: trees over encoded columns, or a linear model over the features. */
export type Body =
  | {
      readonly kind: 'trees';
      readonly booster: Booster;
      readonly encodings: readonly TreeEncoding[];
    }
  | { readonly kind: 'linear'; readonly linear: LinearModel };

/** How the model did on its evaluation rows, or on its training rows where there are none. */
export type Evaluation =
  | { readonly kind: 'regression'; readonly metrics: RegressionMetrics }
  | {
      readonly kind: 'classification';
      readonly metrics: ClassificationMetrics;
      readonly confusion: ConfusionMatrix;
      /** Scores of the positive class; of two classes only. */
      readonly ranked?: RankedScores;
    };

/** What a training learnt, and how it went. */
export interface Learnt {
  readonly body: Body;
  readonly iterations: readonly TrainingIteration[];
  readonly evaluation: Evaluation;
  /** Of models that were trained with ENABLE_GLOBAL_EXPLAIN. */
  readonly globalExplanation?: GlobalExplanation;
}

/** A training of hyperparameter tuning. */
export interface Trial {
  /** From 1. */
  readonly id: number;
  readonly hyperparameters: Hyperparameters;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'INFEASIBLE';
  /** Why it did not succeed. */
  readonly errorMessage?: string;
  /** The objective on the evaluation rows; absent where it is not defined. */
  readonly objective?: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime: number;
  /** Absent unless it succeeded. Its evaluation is of the test rows. */
  readonly learnt?: Learnt;
}

/** What came of hyperparameter tuning. */
export interface Tuning {
  readonly trials: readonly Trial[];
  /** The id of the best one. */
  readonly optimal: number;
  /** What they are compared by, as HPARAM_TUNING_OBJECTIVES names it. */
  readonly objective: string;
}

/** What models.patch changes. */
export interface Metadata {
  readonly friendlyName?: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly expirationTime?: number;
}

/** What every model has, trained or imported. */
export interface ModelIdentity {
  readonly ref: ModelRef;
  readonly metadata: Metadata;
  /** Milliseconds since 1970. */
  readonly creationTime: number;
  readonly lastModifiedTime: number;
}

/** A model that was trained here. */
export interface Model extends ModelIdentity, Learnt {
  readonly settings: Settings;
  readonly label: Label;
  readonly features: readonly Feature[];
  /** Where trials tuned it; what the model learnt is then what the optimal one did. */
  readonly tuning?: Tuning;
  /** Milliseconds since 1970. */
  readonly trainingStartTime: number;
}

/** A model as it is kept. */
export type StoredModel = Model | ImportedModel;

export const isImported = (model: StoredModel): model is ImportedModel => 'modelUri' in model;

/** The text by which a model is known: `project:dataset.model`. */
export const keyOf = ({ projectId, datasetId, modelId }: ModelRef): string =>
  `${projectId}:${datasetId}.${modelId}`;
