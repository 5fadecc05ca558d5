/** Global explanations, which training makes where ENABLE_GLOBAL_EXPLAIN asks for them. */
import { setImmediate } from 'node:timers/promises';
import type { Settings } from '../options/settings.ts';
import type { Scorer } from '../predict/score.ts';
import { attributors, type CodedRows } from './attributions.ts';

/** Mean absolute attributions of the features over the evaluation rows. */
export interface GlobalExplanation {
  /** Of the model: the mean over its classes. */
  readonly model: readonly number[];
  /** By class, in the order of the label's classes; of classifiers only. */
  readonly classes?: readonly (readonly number[])[];
}

/** Rows that are explained before others get their turn. */
const ROWS_A_TURN = 2000;

export async function explainGlobally(
  scorer: Scorer,
  settings: Settings,
  rows: CodedRows,
  signal: AbortSignal,
): Promise<GlobalExplanation> {
  const attributorOf = attributors(scorer, rows, isApproximate(settings));
  const attributions = new Float64Array(scorer.features.length);
  const byClass: number[][] = [];
  for (let k = 0; k < (scorer.label.classes?.length ?? 1); k++) {
    const attributor = attributorOf(k);
    const sums = new Float64Array(attributions.length);
    for (let row = 0; row < rows.count; row++) {
      if (row % ROWS_A_TURN === 0) await setImmediate();
      signal.throwIfAborted();
      attributor.explain(row, attributions);
      for (let j = 0; j < sums.length; j++) sums[j]! += Math.abs(attributions[j]!);
    }
    byClass.push(Array.from(sums, (sum) => sum / rows.count));
  }
  const model = attributionMeans(byClass);
  return scorer.label.classes ? { model, classes: byClass } : { model };
}

const attributionMeans = (byClass: readonly (readonly number[])[]): number[] =>
  byClass[0]!.map((_, j) => byClass.reduce((sum, of) => sum + of[j]!, 0) / byClass.length);

/** A feature with what it adds on average. */
export interface RankedFeature {
  readonly feature: string;
  readonly attribution: number;
}

/** The features, the one that adds most first. */
export const ranked = (
  features: Scorer['features'],
  attributions: readonly number[],
): RankedFeature[] =>
  attributions
    .map((attribution, j) => ({ feature: features[j]!.name, attribution }))
    .sort((a, b) => b.attribution - a.attribution);

/** From how many parallel trees on contributions are approximate unless said otherwise. */
const MANY_TREES = { 'boosted tree': 10, 'random forest': 50 } as const;

/** APPROX_GLOBAL_FEATURE_CONTRIB: "TRUE when ENABLE_GLOBAL_EXPLAIN is TRUE and NUM_PARALLEL_TREE >= 10" (50 of forests). */
export function isApproximate(settings: Settings): boolean {
  const { family } = settings.type;
  if (family !== 'boosted tree' && family !== 'random forest') return false;
  if (settings.given.has('APPROX_GLOBAL_FEATURE_CONTRIB')) {
    return settings.flag('APPROX_GLOBAL_FEATURE_CONTRIB');
  }
  return (
    settings.flag('ENABLE_GLOBAL_EXPLAIN') &&
    settings.number('NUM_PARALLEL_TREE') >= MANY_TREES[family]
  );
}
