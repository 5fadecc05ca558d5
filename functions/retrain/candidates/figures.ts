/** How well calibrated probabilities of default separate, how true they are, and what they earn. */
import { calibrator } from '../../../shared/bridge/calibration.ts';
import type { SplitFigures } from '../../../shared/bundle/candidates.ts';
import { AppError } from '../../../shared/errors.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { orderOf, rankingOf } from '../../../shared/statistics/ranking.ts';
import { calibrate } from '../calibrate.ts';

/** What a candidate says of an application that it did not see, and what became of it. */
export interface Prediction {
  readonly application_id: string;
  readonly bad: boolean;
  readonly probability: number;
}

/** What a model of one split says: in the order of application_id, which all models share. */
export interface SplitPredictions {
  readonly calibration: readonly Prediction[];
  readonly measured: readonly Prediction[];
}

/** What an application brings, or loses, if the policy approves it at a probability of default; else 0. */
export type Profit = (applicationId: string, pd: number, bad: boolean) => number;

/** Calibrates on some rows and measures on others. @throws {AppError} 422 where a side has one outcome only */
export function measureSplit(
  kind: PortfolioDocument['calibration'],
  { calibration, measured }: SplitPredictions,
  profit: Profit | undefined,
): SplitFigures {
  for (const rows of [calibration, measured]) refuseOneSided(rows);
  const points = calibration.map(({ probability, bad }) => ({
    margin: marginOf(probability),
    applications: 1,
    bad: Number(bad),
  }));
  const pdAt = calibrator(calibrate(kind, points));
  const rows = measured.map((row) => ({ ...row, pd: pdAt(marginOf(row.probability)) }));
  const mean = (figure: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + figure(row), 0) / rows.length;
  return {
    rows: rows.length,
    bad: rows.filter(({ bad }) => bad).length,
    auc: rankingOf(
      orderOf(rows.map(({ pd }) => pd)),
      rows.map(({ bad }) => Number(bad)),
    ).auc,
    log_loss: mean(({ pd, bad }) => -Math.log(clamped(bad ? pd : 1 - pd))),
    brier: mean(({ pd, bad }) => (pd - Number(bad)) ** 2),
    mean_pd: mean(({ pd }) => pd),
    bad_rate: mean(({ bad }) => Number(bad)),
    profit: profit ? mean(({ application_id, pd, bad }) => profit(application_id, pd, bad)) : null,
  };
}

const clamped = (p: number): number => Math.min(Math.max(p, 1e-9), 1 - 1e-9);

/** Log-odds of a probability, of either end within a billionth. */
export const marginOf = (probability: number): number => {
  const p = clamped(probability);
  return Math.log(p / (1 - p));
};

function refuseOneSided(rows: readonly Prediction[]): void {
  const bads = rows.filter(({ bad }) => bad).length;
  if (bads > 0 && bads < rows.length) return;
  throw new AppError(
    'too_few_labels',
    422,
    `Of ${rows.length} applications that candidates are compared on ${bads} are bad: ask for fewer splits in model.json, or ingest more days.`,
  );
}
