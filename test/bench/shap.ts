/** Exact TreeSHAP beside XGBoost's pred_contribs, one thread each, distinct rows. */
import { buildTable, deepest } from '../../shared/explain/shap_table.ts';
import { createPlainPasses, createTreeExplainer } from '../../shared/explain/tree_shap.ts';
import { benchBooster, benchRows, FEATURES } from './bridge_models.ts';
import { benchRival } from './bridge_xgboost.ts';
import { median, perRow } from './kernel.ts';

const ROUNDS = 5;
const ROWS = 1000;

/** Microseconds a row, medians over the rounds; undefined where there is no XGBoost. */
export interface ShapFigures {
  readonly kernel: number;
  readonly plain: number;
  readonly xgboost: number | undefined;
  /** Milliseconds to build the tables. */
  readonly tables: number;
}

export async function benchShap(): Promise<ShapFigures> {
  const booster = benchBooster(100, 6);
  const rows = benchRows(ROWS);
  const contributions = new Float64Array(FEATURES);
  let explainer = createTreeExplainer(booster, [1]);
  const points = Math.ceil(deepest(booster.trees) / 2);
  const plain = createPlainPasses(buildTable(booster, [1], points));
  const every = (explain: typeof plain) => () => {
    for (let i = 0; i < ROWS; i++) {
      explain(rows.subarray(i * FEATURES, (i + 1) * FEATURES), contributions);
    }
  };
  const figures = { kernel: [] as number[], plain: [] as number[], tables: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    figures.kernel.push(await perRow(ROWS, every(explainer.explain)));
    figures.plain.push(await perRow(ROWS, every(plain)));
    const build = () => {
      explainer = createTreeExplainer(booster, [1]);
    };
    figures.tables.push((await perRow(1, build)) / 1e3);
  }
  return {
    kernel: median(figures.kernel),
    plain: median(figures.plain),
    tables: median(figures.tables),
    xgboost: benchRival('contribs', booster, rows),
  };
}

export function describeShap({ kernel, plain, xgboost, tables }: ShapFigures): string {
  const rival =
    xgboost === undefined
      ? 'no XGBoost to compare with'
      : `${(xgboost / kernel).toFixed(1)}x faster than XGBoost's pred_contribs (${xgboost.toFixed(0)})`;
  return [
    'Exact TreeSHAP, 100 trees of depth 6, 40 features, µs a row on one thread',
    `  ${kernel.toFixed(1)}: ${rival}; plain TypeScript ${plain.toFixed(1)}`,
    `  tables in ${tables.toFixed(1)} ms`,
  ].join('\n');
}
