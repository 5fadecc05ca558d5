/** The decision service in this process, without a cloud: its bucket is memory, its events a list. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeployments } from '../../../functions/score/deployments.ts';
import { createFallbacks } from '../../../functions/score/fallbacks.ts';
import { createKeyedDecisions } from '../../../functions/score/keyed.ts';
import { type ScoreParts, scoreRoutes } from '../../../functions/score/routes.ts';
import type { DecisionEvent } from '../../../shared/decision/decide.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { createHandler } from '../../../shared/http/handler.ts';
import { createKeptDecisions } from '../../../shared/idempotency/kept_decisions.ts';
import { findPortfolio, type Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { writeSql } from './lender.ts';
import { LOANS, type PortfolioFiles } from './loans.ts';
import { type KeptLog, keepLog } from './log.ts';
import { memoryObjects } from './memory_objects.ts';
import { type Reply, serveFunction } from './serve.ts';

export interface Service {
  readonly url: string;
  readonly portfolio: Portfolio;
  readonly sqlDirectory: string;
  /** The bucket of models. */
  readonly objects: Objects;
  /** What was recorded. */
  readonly events: DecisionEvent[];
  readonly log: KeptLog;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  stop(): Promise<void>;
}

/** What every decision of such a service has for its time. */
export const NOW = '2026-06-12T00:00:00.000Z';

/** One with nothing deployed; it looks for a deployment at every request. */
export async function startService(files: PortfolioFiles = LOANS): Promise<Service> {
  const sqlDirectory = await mkdtemp(join(tmpdir(), 'flit-sql-'));
  await writeSql(sqlDirectory, files);
  const portfolio = await findPortfolio(sqlDirectory, files['portfolio.json'].id);
  const objects = memoryObjects();
  const log = keepLog();
  const events: DecisionEvent[] = [];
  const record: ScoreParts['record'] = async (event) => {
    events.push(event);
  };
  const parts: ScoreParts = {
    portfolios: new Set([portfolio.id]),
    deployments: createDeployments({
      objects,
      log,
      clock: () => performance.now(),
      maxAgeMs: 0,
      patienceMs: { cold: 5000, warm: 1000 },
      deadlineMs: 15_000,
    }),
    fallbacks: createFallbacks(sqlDirectory),
    record,
    keyed: createKeyedDecisions(createKeptDecisions(memoryObjects(), 2000), record),
    now: () => new Date(NOW),
    newId: () => `decision-${events.length + 1}`,
  };
  const { url, stop } = await serveFunction(
    createHandler(scoreRoutes(parts), { projectId: 'p', log }),
  );
  return {
    url,
    portfolio,
    sqlDirectory,
    objects,
    events,
    log,
    async get(path, headers = {}) {
      const response = await fetch(url + path, { headers });
      const text = await response.text();
      const body = text === '' ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, body };
    },
    async stop() {
      await stop();
      await rm(sqlDirectory, { recursive: true });
    },
  };
}
