/** One look at a portfolio: what is found, kept, and told. */

import { missedJobs, readTraces } from '../../shared/alerts/jobs.ts';
import type { AlertParts } from '../../shared/alerts/raise.ts';
import { raise } from '../../shared/alerts/raise.ts';
import { breachesOf } from '../../shared/monitoring/breaches.ts';
import {
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  type Judged,
  judgeFindings,
  type Verdict,
} from '../../shared/monitoring/finding.ts';
import {
  type Retraining,
  type RetrainingParts,
  startRetraining,
} from '../../shared/retraining/retraining.ts';
import { watchAttributions } from './attributions.ts';
import type { Context } from './context.ts';
import { watchExperiment } from './experiment.ts';
import { watchFairness } from './fairness.ts';
import { watchFeatures } from './features.ts';
import { keepFindings } from './keep.ts';
import { watchKpis } from './kpis.ts';
import { watchOverrides } from './overrides.ts';
import { watchPerformance } from './performance.ts';
import { watchScores } from './scores.ts';

/** What a run answers and logs. */
export interface RunSummary {
  readonly run: string;
  readonly portfolio: string;
  readonly as_of: string;
  readonly model_version: string | null;
  /** Figures by kind and verdict; `reported` are those that nothing is asked of. */
  readonly findings: Readonly<Record<FindingKind, Readonly<Record<Verdict | 'reported', number>>>>;
  readonly failed: readonly { readonly subject: string; readonly metric: string }[];
  /** How many alerts were told: of what failed, what is news. */
  readonly alerts: number;
  /** Whether the portfolio's policy had a retraining started. */
  readonly retraining: Retraining;
}

/**
 * Every statement is a job with a name of the run, and what was found replaces what was there of the
 * same moment: a run that is repeated ends with the same rows and raises nothing twice.
 */
export async function run(
  context: Context,
  alertParts: AlertParts,
  retrainings: RetrainingParts,
): Promise<RunSummary> {
  const { plan, portfolio, log, champion } = context;
  log.info('watching', { run: plan.runId, ...plan.window });
  const findings = judgeFindings(
    [
      ...withoutBaseline(context),
      ...(await watchFeatures(context)),
      ...(await watchScores(context)),
      ...(await watchAttributions(context)),
      ...(await watchPerformance(context)),
      ...(await watchFairness(context)),
      ...(await watchKpis(context)),
      ...(await watchOverrides(context)),
      ...(await watchExperiment(context)),
    ],
    portfolio.monitoring.false_alarms_at_most,
  );
  await keepFindings(context, findings);
  const traces = await readTraces(context, portfolio.id, plan.asOf, plan.job('traces'));
  const breaches = [
    ...breachesOf(portfolio.id, plan.asOf, findings),
    ...missedJobs(portfolio, traces, plan.asOf),
  ];
  const kinds = [...FINDING_KINDS, 'job'] as const;
  const alerts = await raise(alertParts, breaches, { kinds, at: plan.asOf });
  const retraining = await startRetraining(retrainings, breaches, plan.asOf);
  const summary = {
    run: plan.runId,
    portfolio: portfolio.id,
    as_of: plan.asOf.toISOString(),
    model_version: champion?.ref.version ?? null,
    findings: countFindings(findings),
    failed: findings
      .filter(({ verdict }) => verdict === 'failed')
      .map(({ kind, subject, metric, segment }) => ({ kind, subject, metric, segment })),
    alerts: alerts.length,
    retraining,
  };
  log.notice('watched', { ...summary });
  return summary;
}

/** Drift that can't be measured is told as such: no version serves, or one of before there were baselines. */
function withoutBaseline({ champion, plan }: Context): Finding[] {
  if (champion?.manifest.baseline) return [];
  const why = champion
    ? `${champion.ref.version} was made before versions had a baseline: retrain.`
    : 'No version serves.';
  const subject = 'baseline';
  return [{ kind: 'drift', subject, metric: 'psi', figure: null, n: 0, ...plan.window, why }];
}

function countFindings(findings: readonly Judged[]): RunSummary['findings'] {
  const counts = FINDING_KINDS.map((kind) => {
    const own = findings.filter((finding) => finding.kind === kind);
    const countOf = (verdict: Verdict | null) =>
      own.filter((finding) => finding.verdict === verdict).length;
    return [
      kind,
      {
        passed: countOf('passed'),
        failed: countOf('failed'),
        not_measurable: countOf('not_measurable'),
        reported: countOf(null),
      },
    ];
  });
  return Object.fromEntries(counts);
}
