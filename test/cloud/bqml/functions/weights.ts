import type { Feature } from '../data/features.ts';
import type { LinearModel, LinearOutput } from '../linear/linear_model.ts';
import { normalCdf } from '../linear/standard_errors.ts';
import type { Model } from '../model/model.ts';
import {
  arrayOfStructs,
  type CallShape,
  fail,
  field,
  flagOf,
  type MlFunction,
  numbers,
  texts,
} from './function.ts';

/** The row that ML.WEIGHTS adds for the intercept. */
const INTERCEPT = '__INTERCEPT__';

function linearOf(model: Model, call: CallShape): LinearModel {
  if (model.body.kind === 'linear') return model.body.linear;
  throw fail(call.functionName, 'It is for linear and logistic regression models only.');
}

/** Rows of a linear model, the intercept last: a number, or the weights of categories. */
interface WeightRow {
  readonly name: string;
  readonly weight?: number;
  readonly categories: readonly { readonly category: string; readonly weight: number }[];
}

/** @param standardize as if all numbers had the mean 0 and the standard deviation 1. */
function rowsOf(
  { features }: Model,
  linear: LinearModel,
  output: LinearOutput,
  standardize: boolean,
): WeightRow[] {
  let { intercept } = output;
  const rows = features.map((feature, j): WeightRow => {
    const weight = output.weights[j]!;
    if (feature.kind === 'categorical') {
      return { name: feature.name, categories: categoriesOf(feature, weight as number[]) };
    }
    const raw = weight as number;
    if (standardize && linear.fitIntercept && raw !== 0) intercept += raw * feature.mean;
    return { name: feature.name, weight: scaled(raw, feature, standardize), categories: [] };
  });
  if (!linear.fitIntercept) return rows;
  return [...rows, { name: INTERCEPT, weight: intercept, categories: [] }];
}

const scaled = (raw: number, feature: Feature, standardize: boolean): number =>
  standardize && raw !== 0 && feature.kind === 'numeric' ? raw * feature.stddev : raw;

/** NULL is a category only where training saw one. */
const categoriesOf = (feature: Feature & { kind: 'categorical' }, weights: readonly number[]) =>
  feature.vocabulary
    .map((category, code) => ({ category, weight: weights[code]! }))
    .filter((_, code) => feature.counts[code]! > 0);

/** ML.WEIGHTS: a row a feature, and a class where there are more than two. */
export const WEIGHTS: MlFunction = {
  input: 'none',
  settings: ['standardize'],
  trials: 'all',
  fields(model, call) {
    flagOf(call, 'standardize');
    const many = linearOf(model, call).outputs.length > 1;
    return [
      field('processed_input', 'STRING'),
      field('weight', 'FLOAT64'),
      arrayOfStructs('category_weights', field('category', 'STRING'), field('weight', 'FLOAT64')),
      ...(many ? [field('class_label', 'STRING')] : []),
    ];
  },
  run(model, call) {
    const linear = linearOf(model, call);
    const standardize = flagOf(call, 'standardize');
    const rows = linear.outputs.flatMap((output, k) =>
      rowsOf(model, linear, output, standardize).map((row) => ({ ...row, k })),
    );
    const answer = [
      texts(rows.map(({ name }) => name)),
      numbers(rows.map(({ weight }) => weight)),
      { values: rows.map(({ categories }) => categories) },
    ];
    if (linear.outputs.length === 1) return answer;
    return [...answer, texts(rows.map(({ k }) => model.label.classes![k]!))];
  },
};

/**
 * ML.ADVANCED_WEIGHTS: weights with standard errors and p-values, a row a category. Without
 * standardization those of the intercept are NULL, as in BigQuery; those of a category that dummy
 * encoding dropped are NaN.
 */
export const ADVANCED_WEIGHTS: MlFunction = {
  input: 'none',
  settings: ['standardize'],
  fields(model, call) {
    flagOf(call, 'standardize');
    if (!linearOf(model, call).errors) {
      throw fail(call.functionName, 'The model was not trained with CALCULATE_P_VALUES = TRUE.');
    }
    return [
      field('processed_input', 'STRING'),
      field('category', 'STRING'),
      field('weight', 'FLOAT64'),
      field('standard_error', 'FLOAT64'),
      field('p_value', 'FLOAT64'),
    ];
  },
  run(model, call) {
    const linear = linearOf(model, call);
    const rows = advancedRows(model, linear, flagOf(call, 'standardize'));
    const pValues = rows.map(({ weight, error }) =>
      error === undefined ? undefined : 2 * normalCdf(-Math.abs(weight) / error),
    );
    return [
      texts(rows.map(({ name }) => name)),
      texts(rows.map(({ category }) => category)),
      numbers(rows.map(({ weight }) => weight)),
      numbers(rows.map(({ error }) => error)),
      numbers(pValues),
    ];
  },
};

interface AdvancedRow {
  readonly name: string;
  readonly category: string | null;
  readonly weight: number;
  readonly error: number | undefined;
}

function advancedRows(model: Model, linear: LinearModel, standardize: boolean): AdvancedRow[] {
  const errors = linear.errors!;
  return rowsOf(model, linear, linear.outputs[0]!, standardize).flatMap((row, j): AdvancedRow[] => {
    const { name, weight, categories } = row;
    const feature = model.features[j];
    if (feature?.kind === 'categorical') {
      const byCategory = errors.weights[j] as number[];
      return categories.map(({ category, weight: own }) => {
        const error = byCategory[feature.vocabulary.indexOf(category)]!;
        return { name, category, weight: own, error };
      });
    }
    if (!feature) {
      const error = standardize ? errors.intercept : undefined;
      return [{ name, category: null, weight: weight!, error }];
    }
    const error = errors.weights[j] as number;
    const own = standardize || feature.stddev === 0 ? error : error / feature.stddev;
    return [{ name, category: null, weight: weight!, error: own }];
  });
}
