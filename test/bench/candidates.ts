/**
 * What tuning is worth: kinds of model on the same rows of both portfolios, trained and tuned on the older
 * ones, calibrated on later ones, measured on the youngest, which nothing saw before. `cards` has no time;
 * there accounts are parted by a hash.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { blendSplits, weigh } from '../../functions/retrain/candidates/blend.ts';
import {
  measureSplit,
  type Prediction,
  type SplitPredictions,
} from '../../functions/retrain/candidates/figures.ts';
import { optionsText } from '../../functions/retrain/train.ts';
import type { SplitFigures } from '../../shared/bundle/candidates.ts';
import type { SearchSpace } from '../../shared/portfolio/model_document.ts';
import { loadPortfolio, type Portfolio } from '../../shared/portfolio/portfolio.ts';
import type { Recipe } from '../../shared/portfolio/recipe.ts';
import { bootstrap, type Interval } from '../../shared/statistics/bootstrap.ts';
import { orderOf, rankingOf } from '../../shared/statistics/ranking.ts';
import { datasetOf } from '../../shared/warehouse/names.ts';
import { startCloud } from '../cloud/cloud.ts';
import { CONTENTS } from '../start/directory.ts';
import { npmStart } from '../start/npm_start.ts';
import { PROJECT } from '../start/services.ts';

/** A real file that need not be there. */
const CARDS = '../shared/data/taiwan_credit_card.csv';
const UNTIL = '2026-08-30';
const TRIALS = 16;
/** Checkouts of an average day of the simulated portfolio. */
const VOLUME = 1000;

interface Contestant extends Recipe {
  readonly name: string;
  readonly spaces?: Readonly<Record<string, SearchSpace>>;
}

const LOGISTIC = 'logistic regression';

const contestants = ({ model }: Portfolio): Contestant[] => [
  { name: LOGISTIC, model_type: 'LOGISTIC_REG', options: {} },
  { name: 'random forest', model_type: 'RANDOM_FOREST_CLASSIFIER', options: {} },
  {
    name: 'boosted trees, BigQuery ML’s defaults',
    model_type: 'BOOSTED_TREE_CLASSIFIER',
    options: {},
  },
  { name: 'boosted trees, model.json', model_type: model.model_type, options: model.options },
  {
    name: `boosted trees, tuned in ${TRIALS} trials`,
    model_type: 'BOOSTED_TREE_CLASSIFIER',
    options: { MAX_ITERATIONS: 120, EARLY_STOP: false, NUM_TRIALS: TRIALS, MAX_PARALLEL_TRIALS: 2 },
    spaces: {
      LEARN_RATE: { range: [0.02, 0.2] },
      MAX_TREE_DEPTH: { range: [2, 6] },
      MIN_TREE_CHILD_WEIGHT: { range: [1, 100] },
      L2_REG: { range: [0.5, 50] },
      SUBSAMPLE: { range: [0.5, 1] },
      COLSAMPLE_BYTREE: { range: [0.3, 1] },
    },
  },
];

export interface Measured {
  readonly name: string;
  readonly figures: SplitFigures;
  readonly options: string;
  /** How much higher the AUC of the last contestant is, on the same rows. */
  readonly behind: Interval | null;
}

export interface CandidateFigures {
  readonly portfolio: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly measured: readonly Measured[];
}

/** @returns a portfolio each; `cards` is left out where its file is absent */
export async function benchCandidates(): Promise<CandidateFigures[]> {
  const figures = [await benchPortfolio('bnpl', ['--volume', String(VOLUME)])];
  if (existsSync(CARDS)) {
    figures.push(await benchPortfolio('cards', ['--portfolio', 'cards', '--data', CARDS]));
  }
  return figures;
}

/** A start leaves the snapshot that its version was made of; the contestants are trained on that. */
async function benchPortfolio(id: string, args: readonly string[]): Promise<CandidateFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-candidates-'));
  try {
    const start = npmStart([
      ...args,
      ...['--once', '--until', UNTIL, '--checkouts', '1', '--directory', directory],
    ]);
    const code = await start.ended();
    if (code !== 0) throw new Error(`npm start ended with ${code}: ${start.errors()}`);
    const cloud = await startCloud({
      projectId: PROJECT,
      directory: join(directory, CONTENTS.cloud),
    });
    Object.assign(process.env, cloud.env);
    try {
      return await compete(await loadPortfolio('sql', id));
    } finally {
      await cloud.stop();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function compete(portfolio: Portfolio): Promise<CandidateFigures> {
  const bigquery = new BigQuery({ projectId: PROJECT });
  const defaultDataset = { projectId: PROJECT, datasetId: datasetOf(portfolio.id) };
  const ask = async (query: string): Promise<Record<string, unknown>[]> =>
    (await bigquery.query({ query, defaultDataset }))[0];
  const [tables] = await bigquery.dataset(defaultDataset.datasetId).getTables();
  const snapshot = tables.map((table) => table.id!).find((name) => name.startsWith('snapshot_'))!;
  const role =
    portfolio.validation.kind === 'folds'
      ? "CASE MOD(fold, 5) WHEN 4 THEN 'TEST' WHEN 3 THEN 'CALIBRATION' ELSE 'TRAIN' END"
      : 'role';
  await ask(`CREATE TABLE bench AS SELECT * EXCEPT (role, fold), ${role} AS role FROM ${snapshot}`);
  const counts = await ask('SELECT role, COUNT(*) AS n FROM bench GROUP BY role ORDER BY role');
  const entries: Entry[] = [];
  for (const contestant of contestants(portfolio)) {
    const { said, options } = await enter(ask, contestant);
    const figures = measureSplit(portfolio.calibration, said, undefined);
    entries.push({ name: contestant.name, options, figures, said });
  }
  entries.splice(-1, 0, blendOf(portfolio, entries));
  const leads = leadsOf(entries.map(({ said }) => said.measured));
  return {
    portfolio: portfolio.id,
    rows: Object.fromEntries(counts.map(({ role, n }) => [String(role), Number(n)])),
    measured: entries.map(({ name, options, figures }, i) => ({
      name,
      options,
      figures,
      behind: leads[i] ?? null,
    })),
  };
}

interface Entry {
  readonly name: string;
  readonly options: string;
  readonly figures: SplitFigures;
  readonly said: SplitPredictions;
}

/** All kinds of trees as one forest, weighed by the calibration rows as a retraining weighs a blend. */
function blendOf({ calibration: kind }: Portfolio, entries: readonly Entry[]): Entry {
  const trees = entries.filter(({ name }) => name !== LOGISTIC);
  const [said] = blendSplits(
    'fitted',
    trees.map((entry) => [entry.said]),
  );
  const weights = weigh(
    'fitted',
    trees.map((entry) => entry.said.calibration),
  );
  return {
    name: 'blend of all trees',
    options: trees.map(({ name }, i) => `${weights[i]} ${name}`).join('; '),
    figures: measureSplit(kind, said!, undefined),
    said: said!,
  };
}

type Ask = (query: string) => Promise<Record<string, unknown>[]>;

/** Trains a contestant; trials are compared on the calibration rows. */
async function enter(ask: Ask, contestant: Contestant) {
  const { spaces } = contestant;
  const own = { DATA_SPLIT_METHOD: 'CUSTOM', DATA_SPLIT_COL: 'part' };
  const part = spaces ? "IF(role = 'TRAIN', 'TRAIN', 'EVAL')" : "role = 'CALIBRATION'";
  await ask(
    `CREATE OR REPLACE MODEL contestant OPTIONS (${optionsText(contestant, own, spaces)}) AS
     SELECT * EXCEPT (application_id, applied_at, role), ${part} AS part
     FROM bench WHERE role != 'TEST'`,
  );
  const found = spaces
    ? await ask(
        'SELECT TO_JSON_STRING(hyperparameters) AS found FROM ML.TRIAL_INFO(MODEL contestant) WHERE is_optimal',
      )
    : [];
  const rows = await ask(
    `SELECT application_id, defaulted, role,
       (SELECT prob FROM UNNEST(predicted_defaulted_probs) WHERE label = 1) AS probability
     FROM ML.PREDICT(MODEL contestant, (SELECT * FROM bench WHERE role != 'TRAIN'))
     ORDER BY application_id`,
  );
  const of = (wanted: string): Prediction[] =>
    rows
      .filter(({ role }) => role === wanted)
      .map(({ application_id, defaulted, probability }) => ({
        application_id: String(application_id),
        bad: defaulted === 1,
        probability: Number(probability),
      }));
  return {
    said: { measured: of('TEST'), calibration: of('CALIBRATION') },
    options: String(found[0]?.found ?? ''),
  };
}

/** By contestant, how much higher the last one's AUC is: 95% intervals of 300 draws of the same rows. */
function leadsOf(tests: readonly (readonly Prediction[])[]): (Interval | null)[] {
  const last = tests.at(-1)!;
  const bad = last.map((row) => Number(row.bad));
  const orders = tests.map((rows) => orderOf(rows.map(({ probability }) => probability)));
  const leads = bootstrap(
    last.length,
    (counts) => {
      const aucs = orders.map((order) => rankingOf(order, bad, counts).auc);
      return Object.fromEntries(aucs.map((auc, i) => [String(i), aucs.at(-1)! - auc]));
    },
    { replicates: 300 },
  );
  return tests.map((_, i) => leads[String(i)] ?? null);
}

export const describeCandidates = (all: readonly CandidateFigures[]): string =>
  all
    .map(({ portfolio, rows, measured }) => {
      const head = `${portfolio}: ${rows.TRAIN} rows to train on, ${rows.CALIBRATION} to calibrate, ${rows.TEST} to test`;
      const lines = measured.map(({ name, figures, behind, options }) => {
        const { auc, log_loss, brier, mean_pd, bad_rate } = figures;
        const lead =
          behind && behind[1] !== behind[0]
            ? `, tuned is ahead by ${behind.map((x) => x.toFixed(4)).join(' to ')}`
            : '';
        return (
          `  ${name.padEnd(40)} AUC ${auc.toFixed(4)}  log loss ${log_loss.toFixed(4)}  Brier ${brier.toFixed(4)}` +
          `  mean PD ${(mean_pd / bad_rate).toFixed(3)} of the bad rate${lead}${options && `\n    ${options}`}`
        );
      });
      return [head, ...lines].join('\n');
    })
    .join('\n\n');
