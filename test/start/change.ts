/**
 * A week in which the business changes, and what comes of it: the watch notices, people are told, a
 * retraining is started through Cloud Scheduler, and its candidate's gates decide.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import type { RunSummary as Watched } from '../../functions/drift/run.ts';
import type { Source } from '../../functions/ingest/source.ts';
import { versionOf } from '../../functions/retrain/plan.ts';
import { callFunction } from './call.ts';
import { daysBefore } from './days.ts';
import { isGrave, type LogEntry, logText } from './log_line.ts';
import type { StartOptions } from './options.ts';
import { printIngested } from './print.ts';
import {
  type Breached,
  type GateRow,
  printAlerts,
  printCandidate,
  printReviewed,
  printWatched,
  type Reviewed,
} from './print_change.ts';
import { pushAlerts } from './provision.ts';
import { type AlertReceiver, startReceiver } from './receiver.ts';
import type { Report } from './report.ts';
import { type functionEnvironment, PROJECT, startFunction } from './services.ts';
import { handToScheduler, ingestDays, withFunction } from './stages.ts';

type Environment = ReturnType<typeof functionEnvironment>;

/** Days that it takes until somebody looks. */
const DAYS = 7;

/** What changes from a day on: orders double, and applicants are weaker (test/world/README.md). */
const changeFrom = (day: string) => [
  { from: day, kind: 'covariate_shift', field: 'amount', size: 1 },
  { from: day, kind: 'covariate_shift', size: 0.5 },
];

/** The source as it is from a day on. */
export function changedSource(source: Source, from: string): Source {
  return { ...source, parameters: { ...source.parameters, shocks: changeFrom(from) } };
}

/** @param environment of the functions, whose source is the changed one */
export async function showChange(
  options: StartOptions,
  report: Report,
  environment: Environment,
): Promise<void> {
  const { portfolio, until } = options;
  const end = daysBefore(until, -DAYS);
  const days = { start: until, end: daysBefore(end, 1), due: `${end}T00:00:00Z` };
  report.line(`From ${until} on orders are twice as large and applicants weaker. A week later:\n`);
  const ingested = await report.step('Ingest: the records of the week', (progress) =>
    ingestDays(environment.ingest, portfolio, days, progress),
  );
  printIngested(report, ingested);
  const receiver = await startReceiver();
  try {
    await answerChange({ portfolio, asOf: days.due, report, environment, receiver });
  } finally {
    receiver.stop();
  }
}

interface Change {
  readonly portfolio: string;
  readonly asOf: string;
  readonly report: Report;
  readonly environment: Environment;
  readonly receiver: AlertReceiver;
}

/** Notices, tells, and has a candidate made. */
async function answerChange(change: Change): Promise<void> {
  const { portfolio, asOf, report, environment, receiver } = change;
  const targets = { ...environment.notify, NOTIFY_TARGETS: JSON.stringify([receiver.target]) };
  const notify = await startFunction('notify', targets, {});
  await pushAlerts(PROJECT, notify.url);
  let complaint: LogEntry | undefined;
  const hear = (entry: LogEntry) => {
    if (isGrave(entry)) complaint = entry;
  };
  await withFunction('retrain', environment.retrain, hear, async ({ url }) => {
    await handToScheduler(PROJECT, portfolio, { retrain: url }, asOf);
    const watched = await report.step('Drift: what has changed, and is it chance?', () =>
      withFunction(
        'drift',
        environment.drift,
        () => {},
        (drift) => callFunction<Watched>(drift.url, { portfolio, as_of: asOf }),
      ),
    );
    printWatched(report, watched);
    printReviewed(report, await reviewedBy(portfolio));
    await showAlerts(change, watched.alerts);
    if (watched.retraining.state === 'not asked for') {
      report.line('  No breach was grave enough to retrain for.\n');
      return;
    }
    await showCandidate(change, () => complaint);
  });
  await notify.stop();
}

const rowsOf = async <T>(query: string, params: object): Promise<T[]> => {
  const [rows] = await new BigQuery({ projectId: PROJECT }).query({ query, params });
  return rows as T[];
};

const reviewedBy = (portfolio: string) =>
  rowsOf<Reviewed>(
    `SELECT decided_outcome, reviewed_outcome, COUNT(*) AS verdicts
     FROM flit_views_${portfolio}.overrides
     GROUP BY decided_outcome, reviewed_outcome
     ORDER BY decided_outcome, reviewed_outcome`,
    {},
  );

/** @param told alerts that were news; a start that goes on where another ended has none */
async function showAlerts(
  { portfolio, asOf, report, receiver }: Change,
  told: number,
): Promise<void> {
  const alerts = await report.step(
    'Alerts: a row, a line of the log, a signed webhook',
    async () => {
      while (receiver.ids.size < told && receiver.refused() === 0) await sleep(50);
      return rowsOf<Breached>(
        `SELECT worst_severity, kind, subject, segment, last_text FROM flit_views.alerts
       WHERE portfolio = @portfolio AND over_at IS NULL AND last_told_at = TIMESTAMP(@asOf)
       ORDER BY worst_severity, segment IS NOT NULL, kind, ABS(figure / limit_value) DESC`,
        { portfolio, asOf },
      );
    },
  );
  if (receiver.refused() > 0) throw new Error('A webhook came without a good signature.');
  printAlerts(report, alerts, receiver.ids.size);
}

/** How long the warehouse is asked for what a candidate's gates said. */
const ASK_EVERY_MS = 500;

async function showCandidate(
  { portfolio, asOf, report }: Change,
  complaint: () => LogEntry | undefined,
): Promise<void> {
  const version = versionOf(new Date(asOf));
  const gates = await report.step('Retrain, by Cloud Scheduler, as the policy asks', async () => {
    for (;;) {
      const rows = await rowsOf<GateRow>(
        `SELECT gate, figure, gate_limit, passed, verdict, waits FROM flit_views.gates
         WHERE portfolio = @portfolio AND version = @version
         ORDER BY passed, gate`,
        { portfolio, version },
      );
      if (rows.length > 0) return rows;
      const said = complaint();
      if (said) throw new Error(logText(said));
      await sleep(ASK_EVERY_MS);
    }
  });
  const [promotion] = await rowsOf(
    `SELECT version FROM flit_views.registry_history
     WHERE portfolio = @portfolio AND version = @version AND kind = 'promoted'`,
    { portfolio, version },
  );
  printCandidate(report, version, gates, promotion !== undefined);
}
