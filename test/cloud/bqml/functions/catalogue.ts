/** The ML table functions by name. A new one is added here. */
import { invalidQuery, unsupported } from '../../errors.ts';
import { CONFUSION_MATRIX } from './confusion_matrix.ts';
import { DESCRIBE_DATA } from './describe_data.ts';
import { EVALUATE } from './evaluate.ts';
import { EXPLAIN_PREDICT } from './explain_predict.ts';
import { FEATURE_IMPORTANCE } from './feature_importance.ts';
import type { DataFunction, MlFunction } from './function.ts';
import { GLOBAL_EXPLAIN } from './global_explain.ts';
import { FEATURE_INFO, TRAINING_INFO } from './info.ts';
import { PREDICT } from './predict.ts';
import { ROC_CURVE } from './roc_curve.ts';
import { TRIAL_INFO } from './trial_info.ts';
import { VALIDATE_DATA_DRIFT, VALIDATE_DATA_SKEW } from './validate_data.ts';
import { ADVANCED_WEIGHTS, WEIGHTS } from './weights.ts';

const FUNCTIONS: ReadonlyMap<string, MlFunction | DataFunction> = new Map(
  Object.entries({
    ADVANCED_WEIGHTS,
    CONFUSION_MATRIX,
    DESCRIBE_DATA,
    EVALUATE,
    EXPLAIN_PREDICT,
    FEATURE_IMPORTANCE,
    FEATURE_INFO,
    GLOBAL_EXPLAIN,
    PREDICT,
    ROC_CURVE,
    TRAINING_INFO,
    TRIAL_INFO,
    VALIDATE_DATA_DRIFT,
    VALIDATE_DATA_SKEW,
    WEIGHTS,
  }),
);

/** Table functions that BigQuery ML has and this engine lacks. */
const ELSEWHERE = new Set(
  `ANNOTATE_IMAGE ARIMA_COEFFICIENTS ARIMA_EVALUATE CENTROIDS DETECT_ANOMALIES
  EXPLAIN_FORECAST FEATURES_AT_TIME ENTITY_FEATURES_AT_TIME FORECAST
  GENERATE_EMBEDDING GENERATE_TABLE GENERATE_TEXT GENERATE_TEXT_EMBEDDING
  HOLIDAY_INFO PRINCIPAL_COMPONENTS PRINCIPAL_COMPONENT_INFO PROCESS_DOCUMENT RECOMMEND
  RECONSTRUCTION_LOSS TFDV_DESCRIBE TRANSCRIBE TRANSFORM TRANSLATE UNDERSTAND_TEXT`.split(/\s+/),
);

/** @param name in upper case, without `ML.`. @throws {ApiError} for a function that isn't here. */
export function functionNamed(name: string): MlFunction | DataFunction {
  const found = FUNCTIONS.get(name);
  if (found) return found;
  if (ELSEWHERE.has(name)) throw unsupported(`the function ML.${name}`);
  throw invalidQuery(`Table-valued function not found: ML.${name}`);
}
