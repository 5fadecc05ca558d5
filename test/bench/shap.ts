/** Exact TreeSHAP beside XGBoost's pred_contribs, one thread each, distinct rows; and against a background. */
import { createInterventionalExplainer } from '../../shared/explain/interventional.ts';
import { buildTable, deepest } from '../../shared/explain/shap_table.ts';
import {
  createPlainPasses,
  createTreeExplainer,
  type TreeExplainer,
} from '../../shared/explain/tree_shap.ts';
import { benchBooster, benchRows, FEATURES } from './bridge_models.ts';
import { benchRival } from './bridge_xgboost.ts';
import { median, perRow } from './kernel.ts';

const ROUNDS = 5;
const ROWS = 1000;
/** Rows that a version keeps to explain against. */
const BACKGROUND = 100;

/** Microseconds a row, medians over the rounds; undefined where there is no XGBoost. */
export interface ShapFigures {
  readonly kernel: number;
  readonly plain: number;
  readonly xgboost: number | undefined;
  /** Interventional, of a model as large as a portfolio's (120 trees of depth 4), and its own path-dependent. */
  readonly background: { readonly rows: number; readonly covers: number };
  /** Milliseconds to build the tables. */
  readonly tables: number;
}

export async function benchShap(): Promise<ShapFigures> {
  const booster = benchBooster(100, 6);
  const rows = benchRows(ROWS);
  let explainer = createTreeExplainer(booster, [1]);
  const points = Math.ceil(deepest(booster.trees) / 2);
  const plain = createPlainPasses(buildTable(booster, [1], points));
  const figures = { kernel: [] as number[], plain: [] as number[], tables: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    figures.kernel.push(await perRow(ROWS, overAll(rows, explainer.explain)));
    figures.plain.push(await perRow(ROWS, overAll(rows, plain)));
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
    background: await benchBackground(rows),
  };
}

async function benchBackground(rows: Float32Array): Promise<ShapFigures['background']> {
  const booster = benchBooster(120, 4);
  const background = benchRows(ROWS + BACKGROUND).subarray(ROWS * FEATURES);
  const against = createInterventionalExplainer(booster, [1], background);
  const byCovers = createTreeExplainer(booster, [1]);
  const figures = { rows: [] as number[], covers: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    figures.rows.push(await perRow(ROWS, overAll(rows, against.explain)));
    figures.covers.push(await perRow(ROWS, overAll(rows, byCovers.explain)));
  }
  return { rows: median(figures.rows), covers: median(figures.covers) };
}

function overAll(rows: Float32Array, explain: TreeExplainer['explain']): () => void {
  const contributions = new Float64Array(FEATURES);
  return () => {
    for (let i = 0; i < ROWS; i++) {
      explain(rows.subarray(i * FEATURES, (i + 1) * FEATURES), contributions);
    }
  };
}

export function describeShap({ kernel, plain, xgboost, tables, background }: ShapFigures): string {
  const rival =
    xgboost === undefined
      ? 'no XGBoost to compare with'
      : `${(xgboost / kernel).toFixed(1)}x faster than XGBoost's pred_contribs (${xgboost.toFixed(0)})`;
  return [
    'Exact TreeSHAP, 100 trees of depth 6, 40 features, µs a row on one thread',
    `  ${kernel.toFixed(1)}: ${rival}; plain TypeScript ${plain.toFixed(1)}`,
    `  tables in ${tables.toFixed(1)} ms`,
    `  against ${BACKGROUND} rows, 120 trees of depth 4: ${background.rows.toFixed(0)}, by covers ${background.covers.toFixed(1)}`,
  ].join('\n');
}
