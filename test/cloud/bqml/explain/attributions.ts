/**
 * What each feature adds to a margin of a model, row by row: exact Shapley values.
 *
 * Trees: TreeSHAP, on the margin of one class (XGBoost's pred_contribs); what the columns of one
 * feature add is summed. Linear models: weight · (value − mean), a category its weight, so that the
 * baseline is the intercept on standardised features ("Shapley values for linear models are equal
 * to model weight * feature value, where feature values are standardized", Explainable AI overview).
 */
import type { Booster } from '../../../../shared/bridge/booster.ts';
import { createTreeExplainer } from '../../../../shared/explain/tree_shap.ts';
import type { Coded, Feature } from '../data/features.ts';
import { encode, ownersOf } from '../ensemble/encode.ts';
import { type LinearOutput, linearMargins } from '../linear/linear_model.ts';
import type { Scorer } from '../predict/score.ts';
import { margins } from '../trees/predict.ts';
import { createPathExplainer } from './path_contributions.ts';

/** Explains one margin of a model: the log-odds of a class, or the number that it predicts. */
export interface Attributor {
  /** The margin before any feature is known. */
  readonly baseline: number;
  /** Writes what each feature adds at a row; answers the margin, which they and the baseline add up to. */
  explain(row: number, attributions: Float64Array): number;
}

/** Rows that are to be explained. */
export interface CodedRows {
  readonly coded: readonly Coded[];
  readonly count: number;
}

/**
 * Attributors by class; a regression has one, of class 0.
 * @param approximate XGBoost's approx_contribs in place of Shapley values; for trees only
 */
export function attributors(
  scorer: Scorer,
  rows: CodedRows,
  approximate: boolean,
): (classIndex: number) => Attributor {
  const make =
    scorer.body.kind === 'trees'
      ? treeAttributors(scorer, rows, approximate)
      : (k: number) => linearAttributor(scorer, rows, k);
  const made = new Map<number, Attributor>();
  return (k) => {
    const attributor = made.get(k) ?? make(k);
    made.set(k, attributor);
    return attributor;
  };
}

function treeAttributors(
  { body }: Scorer,
  { coded, count }: CodedRows,
  approximate: boolean,
): (group: number) => Attributor {
  if (body.kind !== 'trees') throw new TypeError('These are no trees.');
  const { booster, encodings } = body;
  const columns = encodings.flatMap((encoding, j) => encode(encoding, coded[j]!));
  const owners = ownersOf(encodings);
  const sums = count === 0 ? new Float32Array() : margins(booster, columns);
  const row = new Float32Array(columns.length);
  const byColumn = new Float64Array(columns.length);
  return (group) => {
    const explainer = (approximate ? createPathExplainer : createTreeExplainer)(
      ...ofGroup(booster, group),
    );
    return {
      baseline: explainer.baseline,
      explain(at, attributions) {
        columns.forEach((column, i) => {
          row[i] = column[at]!;
        });
        explainer.explain(row, byColumn);
        attributions.fill(0);
        byColumn.forEach((value, i) => {
          attributions[owners[i]!]! += value;
        });
        return sums[at * booster.groupCount + group]!;
      },
    };
  };
}

/** The trees of one group, and the sign of each group in its margin. */
function ofGroup(booster: Booster, group: number): [Booster, number[]] {
  const trees = booster.trees.filter((tree) => tree.group === group);
  const signs = Array.from({ length: booster.groupCount }, (_, k) => Number(k === group));
  return [{ ...booster, trees }, signs];
}

function linearAttributor(
  { body, features }: Scorer,
  { coded, count }: CodedRows,
  k: number,
): Attributor {
  if (body.kind !== 'linear') throw new TypeError('This is no linear model.');
  const { outputs, fitIntercept } = body.linear;
  // Two classes share one margin: that of the second is its negative.
  const [output, sign] = outputs.length > 1 ? [outputs[k]!, 1] : [outputs[0]!, k === 0 ? 1 : -1];
  const sums = linearMargins(output, features, coded, count);
  const centers = features.map((feature) =>
    fitIntercept && feature.kind === 'numeric' ? feature.mean : 0,
  );
  return {
    baseline: sign * interceptAt(output, centers),
    explain(at, attributions) {
      features.forEach((feature, j) => {
        const value = linearAttribution(feature, output.weights[j]!, coded[j]!, at, centers[j]!);
        attributions[j] = sign * value;
      });
      return sign * sums[at]!;
    },
  };
}

/** The margin where every number is at its centre. A weight of 0 may stand beside a mean of NaN. */
function interceptAt(output: LinearOutput, centers: readonly number[]): number {
  return output.weights.reduce<number>(
    (sum, weight, j) =>
      typeof weight === 'number' && weight !== 0 ? sum + weight * centers[j]! : sum,
    output.intercept,
  );
}

function linearAttribution(
  feature: Feature,
  weight: number | readonly number[],
  coded: Coded,
  row: number,
  center: number,
): number {
  if (coded.kind === 'categorical') {
    const category = coded.codes[row]!;
    return category < 0 ? 0 : (weight as readonly number[])[category]!;
  }
  if (weight === 0 || feature.kind !== 'numeric') return 0;
  const value = coded.values[row]!;
  return (weight as number) * ((Number.isNaN(value) ? feature.mean : value) - center);
}
