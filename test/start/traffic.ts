/** Checkouts on their way to the decision service, and what it answers. */
import { fetchRecords, type Source } from '../../functions/ingest/source.ts';
import { createCheck } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { answerOf, unreachable } from './call.ts';

export interface Decided {
  readonly request: Record<string, unknown>;
  readonly answer: {
    readonly decision_id: string;
    readonly decided_at: string;
    readonly application_id: string;
    readonly outcome: string;
    readonly probability_of_default: number | null;
    readonly reasons: readonly { readonly code: string; readonly text: string }[];
    readonly counter_offer: {
      readonly terms: readonly { readonly field: string; readonly offered: number }[];
    } | null;
  };
  readonly milliseconds: number;
}

export interface Traffic {
  readonly decisions: readonly Decided[];
  /** Wall-clock seconds for all of them. */
  readonly seconds: number;
}

/**
 * The applications that a stream sends on some days, as a checkout would ask: without the lender's
 * own fields, and without those that break the contract, which ingestion puts into quarantine.
 */
export async function requestsOf(
  portfolio: Portfolio,
  source: Source,
  range: { readonly start: string; readonly end: string },
  most: number,
): Promise<Record<string, unknown>[]> {
  const asked = Object.entries(portfolio.application.properties)
    .filter(([, field]) => !field.readOnly)
    .map(([name]) => name);
  const check = createCheck(portfolio.application, 'checkout');
  const requests: Record<string, unknown>[] = [];
  for await (const records of fetchRecords(source, portfolio.source.applications, range)) {
    for (const record of records as Record<string, unknown>[]) {
      const request = Object.fromEntries(
        asked.filter((name) => name in record).map((name) => [name, record[name]]),
      );
      if (check(request).ok) requests.push(request);
    }
    if (requests.length >= most) break;
  }
  return requests.slice(0, most);
}

/** Sends requests, `concurrency` at a time, each as soon as an earlier one is answered. */
export async function send(
  url: string,
  requests: readonly Record<string, unknown>[],
  concurrency: number,
  progress: (done: number) => void,
): Promise<Traffic> {
  const decisions: Decided[] = [];
  const queue = requests.values();
  const start = performance.now();
  const worker = async () => {
    for (const request of queue) {
      decisions.push(await decide(url, request));
      if (decisions.length % 250 === 0) progress(decisions.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { decisions, seconds: (performance.now() - start) / 1000 };
}

async function decide(url: string, request: Record<string, unknown>): Promise<Decided> {
  const start = performance.now();
  const { status, content } = await post(url, request);
  const answer = answerOf<Decided['answer']>(url, status, content);
  return { request, answer, milliseconds: performance.now() - start };
}

async function post(url: string, body: object): Promise<{ status: number; content: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, content: await response.text() };
  } catch (error) {
    throw unreachable(url, error);
  }
}

/**
 * The version that decides, as the service says itself.
 * @throws {Error} for a service that would decide by its policy alone
 */
export async function servedVersion(serviceUrl: string, portfolio: string): Promise<string> {
  const response = await fetch(`${serviceUrl}/ready`);
  const { portfolios } = (await response.json()) as { portfolios: Record<string, string> };
  const state = portfolios[portfolio] ?? 'not served';
  if (!response.ok) throw new Error(`${portfolio}: ${state}, so the service has no model to ask.`);
  return state;
}

/** Tells case management of decisions; people decide on some of them later. */
export async function tellCases(source: Source, decisions: readonly Decided[]): Promise<void> {
  const url = new URL('cases', source.url.endsWith('/') ? source.url : `${source.url}/`).href;
  for (let from = 0; from < decisions.length; from += CASES_AT_ONCE) {
    const cases = decisions
      .slice(from, from + CASES_AT_ONCE)
      .map(({ answer: { decision_id, outcome, decided_at, probability_of_default } }) => ({
        decision_id,
        outcome,
        decided_at,
        probability_of_default,
      }));
    const { status, content } = await post(url, cases);
    answerOf(url, status, content);
  }
}

const CASES_AT_ONCE = 1000;

/** The value below which a share of the numbers lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
