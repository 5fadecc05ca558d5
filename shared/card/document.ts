/**
 * `card.json`: a version's model card, for who has to answer for it (Mitchell et al. 2019, "Model
 * cards for model reporting"; Regulation (EU) 2024/1689, annex IV). A function of the manifest and of
 * what gates were made of, so that the same version has the same bytes.
 */
import { cardOf } from '../bundle/card.ts';
import type { Manifest, Metrics } from '../bundle/manifest.ts';
import { windowOf } from '../bundle/window.ts';
import type { Interval } from '../statistics/bootstrap.ts';
import type { Findings } from './findings.ts';
import { type Derived, derivedOf } from './lineage.ts';
import { commentsOf } from './meanings.ts';

export const CARD_JSON = 'card.json';
export const CARD_MARKDOWN = 'card.md';

/** What a version says of itself before it is written. */
type Described = Omit<Manifest, 'files'>;

export type Card = ReturnType<typeof describeVersion>;

/** @param findings null for a version of before they were kept */
export function describeVersion(manifest: Described, findings: Findings | null) {
  const { portfolio, training, contract, metrics, parity } = manifest;
  const { data, features: _, metrics: _metrics, gates, limits, ...rest } = cardOf(manifest);
  return {
    format: 1,
    portfolio: portfolio.id,
    ...rest,
    data: {
      ...data,
      applications: { title: contract.title, description: contract.description },
      fitted_until: windowOf(manifest).fittedUntil.toISOString(),
      validation: portfolio.validation,
      query: training.query,
      /** What its rows had to be like, and were. */
      checks: manifest.checks ?? null,
    },
    /** What it was chosen from, over splits by time; null where there was nothing to choose. */
    candidates:
      manifest.candidates?.map(({ name, model_type, members, metrics, chosen, why }) => ({
        name,
        model_type,
        members: members ?? null,
        metrics,
        chosen,
        why,
      })) ?? null,
    features: featuresOf(manifest),
    /** What rules, limits and money read. */
    policy_columns: manifest.policy_columns.features.map((column) => derivedOf(manifest, column)),
    metrics: metricsOf(metrics, findings),
    measured_on: {
      applications: metrics.rows,
      bad: metrics.bad,
      intervals_of: findings?.intervals.rows ?? null,
    },
    calibration_line: findings?.line ?? null,
    expected_to_observed: metrics.bad_rate > 0 ? metrics.mean_pd / metrics.bad_rate : null,
    segments: findings?.segments ?? null,
    fairness: {
      adverse_impact_ratio_at_least: portfolio.gates.adverse_impact_ratio_at_least,
      screens: findings?.screens ?? null,
      protected_attributes: portfolio.protected_attributes,
      proxies: portfolio.proxies,
    },
    beside_champion: findings?.comparison ?? null,
    stability: findings?.shifts ?? null,
    reasons: findings?.coverage ?? null,
    parity,
    model_bytes: findings?.footprint.bytes ?? null,
    gates,
    release: portfolio.release,
    limits,
  };
}

export interface CardFeature extends Derived {
  /** What its author wrote above it in features.sql. */
  readonly meaning: string | null;
  /** The reason that it stands for, in the customer's words. */
  readonly reason: { readonly code: string; readonly text: string } | null;
  /** The one way in which it may move the probability of default. */
  readonly monotone: 'increasing' | 'decreasing' | null;
  /** Mean size of what it adds to the log-odds. */
  readonly attribution: number | null;
}

function featuresOf(manifest: Described): CardFeature[] {
  const { features, sql, reasons, portfolio, baseline } = manifest;
  const names = features.features.map(({ name }) => name);
  const comments = commentsOf(sql.features, names);
  return features.features.map((feature) => {
    const { name } = feature;
    const reason = reasons.reasons.find((one) => one.features.includes(name));
    return {
      ...derivedOf(manifest, feature),
      meaning: comments.get(name) ?? null,
      reason: reason ? { code: reason.code, text: reason.text } : null,
      monotone: portfolio.monotone[name] ?? null,
      attribution: baseline?.attributions.find((one) => one.feature === name)?.mean ?? null,
    };
  });
}

export interface CardMetric {
  readonly metric: string;
  readonly figure: number;
  /** 95% of what it would have been of other applications. */
  readonly interval: Interval | null;
  readonly meaning: string;
}

const metricsOf = (metrics: Metrics, findings: Findings | null): CardMetric[] =>
  Object.entries(MEANINGS).map(([metric, meaning]) => ({
    metric,
    figure: metrics[metric as keyof typeof MEANINGS],
    interval: findings?.intervals.of[metric as keyof typeof MEANINGS] ?? null,
    meaning,
  }));

const MEANINGS = {
  auc: 'Chance that a bad has a higher PD than a good; ties count half.',
  gini: '2 · AUC − 1.',
  ks: 'Largest distance between the shares of bads and of goods at or above a PD.',
  pr_auc: 'Average precision: mean over the bads of the precision at their PD.',
  brier: 'Mean squared distance of PD and outcome.',
  log_loss: 'Mean negative logarithm of the probability given to what happened.',
  mean_pd: 'Mean calibrated probability of default.',
  bad_rate: 'The share that turned bad.',
} as const;
