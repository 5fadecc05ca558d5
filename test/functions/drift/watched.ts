/** A lender that has been lending for months: two calm ones, and one in which everything is otherwise. */
import { type BundleRef, readBundle } from '../../../shared/bundle/bundle.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createServingModel } from '../../../shared/serving/serving_model.ts';
import { type Lender, seedRows } from '../support/lender.ts';
import { LOANS, withDocument } from '../support/loans.ts';
import { retrained } from '../support/retrained.ts';
import {
  type LoanRecord,
  type LoanRows,
  loanRows,
  mulberry32,
  requestOf,
} from '../support/rows.ts';

import { deploy, storeVersion } from '../support/versions.ts';

const DAY_MS = 86_400_000;

/** The portfolio, with something to watch apart and somebody to protect. */
export const WATCHED = withDocument(LOANS, {
  protected_attributes: ['employer'],
  source: { ...LOANS['portfolio.json'].source, reviews: 'loan_reviews' },
  monitoring: {
    segments: ['purpose', 'is_customer'],
    window_days: 20,
    reference_days: 30,
    cohort_days: 20,
    maturities_days: [5, 30],
    experiment: { effect: 500 },
  },
});

/** A calm month has passed, … */
export const CALM = '2026-07-31T00:00:00.000Z';
/** … and one in which amounts, incomes and risk were others. */
export const ODD = '2026-08-30T00:00:00.000Z';
/** Before any decision was made. */
export const EARLY = '2026-06-21T00:00:00.000Z';

export const CHALLENGER = 'v20260612_000000';
/** Of the people, the challenger's. */
const SHARE = 0.3;

const isOdd = ({ asked_at }: LoanRecord) => asked_at >= '2026-07-31';

/** Training's rows, then sixty days from July on of which the second half is odd. */
function rowsOf(): LoanRows {
  const trained = loanRows(2000, 1);
  const later = loanRows(2600, 2);
  const move = (time: string) => new Date(Date.parse(time) + 91 * DAY_MS).toISOString();
  const applications = later.applications.map((record) => {
    const since = record.employed_since as string | null;
    const moved: LoanRecord = {
      ...record,
      loan_id: `s-${record.loan_id}`,
      asked_at: move(record.asked_at),
      employed_since: since && move(since).slice(0, 10),
    };
    if (!isOdd(moved)) return moved;
    const amount = Math.min(50_000, (moved.amount as number) * 1.6 + 3000);
    const income = Number(record.loan_id.slice(2)) % 3 === 0 ? null : moved.income;
    return { ...moved, amount: Math.round(amount * 100) / 100, income };
  });
  const odd = new Set(applications.filter(isOdd).map(({ loan_id }) => loan_id));
  const random = mulberry32(9);
  const outcomes = later.outcomes.map((record) => {
    const loan_id = `s-${record.loan_id}`;
    const defaulted = odd.has(loan_id) && random() < 0.45 ? 1 : record.defaulted;
    // Known half a day early: at an age of exactly ten days there is nothing to doubt.
    const known_at = new Date(Date.parse(move(record.known_at)) - DAY_MS / 2).toISOString();
    return { ...record, outcome_id: `s-${record.outcome_id}`, loan_id, known_at, defaulted };
  });
  return {
    applications: [...trained.applications, ...applications],
    outcomes: [...trained.outcomes, ...outcomes],
  };
}

/** What is in the lender's warehouse. */
export interface Lent {
  readonly champion: BundleRef;
  readonly challenger: BundleRef;
  readonly rows: LoanRows;
  readonly events: readonly ReturnType<typeof eventOf>[];
  readonly reviews: readonly ReturnType<typeof reviewsOf>[number][];
}

/** Rows, two versions that share the decisions, and every decision since July. */
export async function lendForMonths(lender: Lender): Promise<Lent> {
  const rows = rowsOf();
  await seedRows(lender, rows);
  await retrained(lender);
  const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
  const champion = deployment.champion!;
  const challenger = await storeVersion(lender.objects, lender.portfolio, CHALLENGER);
  await deploy(lender.objects, 'loans', {
    champion,
    challenger: { ...challenger, share: SHARE },
    updated_at: '2026-06-30T00:00:00.000Z',
  });
  const model = await createServingModel(await readBundle(lender.objects, 'loans', champion));
  const asked = rows.applications.filter(({ loan_id }) => loan_id.startsWith('s-'));
  const pds = await model.pds(asked.map(requestOf));
  await model.close();
  const events = asked.map((record, i) => eventOf(record, pds[i]!, champion.version));
  // Delivery is at least once.
  await insert(lender, [...events, ...events.slice(0, 40)]);
  const reviews = events.flatMap(reviewsOf);
  await insert(lender, reviews, lender.bigquery.dataset('flit_loans').table('reviews'));
  return { champion, challenger, rows, events, reviews };
}

/** What a person decided, hours later: on most reviews, and on a few that the service had decided. */
function reviewsOf({ decision_id, decided_at, outcome }: ReturnType<typeof eventOf>, i: number) {
  const every = { review: 1, decline: 4, approve: 40 }[outcome]!;
  if (i % every !== 0 || i % 7 === 0) return [];
  const verdict = (hours: number, approves: boolean) => ({
    review_id: `${decision_id}-${hours}`,
    decision_id,
    outcome: approves ? 'approve' : 'decline',
    reason_code: 'income_verified',
    reviewer: `r-${i % 5}`,
    reviewed_at: new Date(Date.parse(decided_at) + hours * 3_600_000).toISOString(),
    _ingest_run: 'seed',
    _ingested_at: '2026-06-01T00:00:00Z',
  });
  const approves = outcome !== 'approve' && i % 3 !== 0;
  // Some think again: the latest holds.
  return [...(i % 5 === 0 ? [verdict(2, !approves)] : []), verdict(5, approves)];
}

async function insert(
  { bigquery }: Lender,
  rows: readonly object[],
  table = bigquery.dataset('flit').table('decisions'),
): Promise<void> {
  for (let at = 0; at < rows.length; at += 500) await table.insert(rows.slice(at, at + 500));
}

function eventOf(record: LoanRecord, pd: number, champion: string) {
  const bucket = (Number(record.customer_id.slice(2)) * 0.618034) % 1;
  const exposure = record.amount as number;
  const isChallenger = bucket < SHARE;
  const version = isChallenger ? CHALLENGER : champion;
  return {
    decision_id: `d-${record.loan_id}`,
    portfolio: 'loans',
    application_id: record.loan_id,
    entity_id: record.customer_id,
    decided_at: record.asked_at,
    outcome: pd < 0.25 ? 'approve' : pd < 0.45 ? 'review' : 'decline',
    pd,
    arm: isChallenger ? 'challenger' : 'champion',
    arm_reason: 'bucket',
    arm_share: SHARE,
    arm_bucket: bucket,
    model_version: version,
    policy_version: '2026-06-01',
    scores: [{ version, role: isChallenger ? 'challenger' : 'champion', probability: pd, pd }],
    expected_loss: pd * 0.5 * exposure,
    expected_profit: 0.1 * exposure - pd * 0.5 * exposure,
    currency: 'EUR',
    request: '{}',
    publish_time: record.asked_at,
    message_id: record.loan_id,
  };
}
