/** Seeded records of the portfolio `loans`: what the business would send. */
import { seededRandom } from '../../../shared/statistics/random.ts';

export interface LoanRecord extends Record<string, unknown> {
  readonly loan_id: string;
  readonly customer_id: string;
  readonly asked_at: string;
}

export interface OutcomeRecord extends Record<string, unknown> {
  readonly outcome_id: string;
  readonly loan_id: string;
  readonly known_at: string;
  readonly defaulted: number;
}

export interface LoanRows {
  readonly applications: readonly LoanRecord[];
  readonly outcomes: readonly OutcomeRecord[];
}

/** First day of the records; they spread evenly over sixty days from here. */
export const FIRST_DAY = '2026-04-01';
/** A time at which the label of every record is known. */
export const AS_OF = '2026-06-11T00:00:00Z';

const DAY_MS = 86_400_000;
const SPAN_DAYS = 60;
const PURPOSES = ['car', 'home', 'debt', 'other'] as const;
const EMPLOYERS = ['mill', 'mine', 'school', 'shop', null] as const;

/** The same records for the same numbers: one in twenty refused, about a third of the rest bad. */
export function loanRows(count = 2000, seed = 1): LoanRows {
  const random = seededRandom(seed);
  const applications: LoanRecord[] = [];
  const outcomes: OutcomeRecord[] = [];
  for (let i = 0; i < count; i++) {
    const loan = loanOf(i, count, random);
    applications.push(loan.record);
    if (loan.record.status === 'refused') continue;
    outcomes.push({
      outcome_id: `o-${i}`,
      loan_id: loan.record.loan_id,
      known_at: new Date(loan.time + 10 * DAY_MS).toISOString(),
      defaulted: random() < loan.risk ? 1 : 0,
    });
  }
  return { applications, outcomes };
}

function loanOf(i: number, count: number, random: () => number) {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const time =
    Date.parse(`${FIRST_DAY}T00:00:00Z`) +
    Math.floor((i * SPAN_DAYS * DAY_MS) / count / 1000) * 1000;
  const amount = Math.round((200 + random() ** 2 * 49_000) * 100) / 100;
  const income = random() < 0.1 ? null : Math.round(10_000 + random() * 90_000);
  const purpose = pick(PURPOSES);
  const isCustomer = random() < 0.5;
  const employer = pick(EMPLOYERS);
  const odds =
    -2.2 +
    (2 * amount) / (income ?? 40_000) +
    (purpose === 'debt' ? 1 : 0) -
    (isCustomer ? 0.8 : 0) +
    (employer === 'mine' ? 1.5 : employer === null ? 0.8 : 0);
  const record: LoanRecord = {
    loan_id: `l-${i}`,
    customer_id: `c-${i % 700}`,
    asked_at: new Date(time).toISOString(),
    amount,
    term_months: 6 + Math.floor(random() * 55),
    income,
    purpose,
    is_customer: isCustomer,
    employed_since:
      employer === null
        ? null
        : new Date(time - random() * 4000 * DAY_MS).toISOString().slice(0, 10),
    employer,
    ...(random() < 0.3 ? {} : { dependants: Math.floor(random() * 4) }),
    status: random() < 0.05 ? 'refused' : 'granted',
  };
  return { record, time, risk: 1 / (1 + Math.exp(-odds)) };
}

/** An application as a checkout sends it: without the lender's own field. */
export function requestOf(record: LoanRecord): Record<string, unknown> {
  const { status: _, ...request } = record;
  return request;
}

export { seededRandom as mulberry32 };
