/** Where a replay's decisions, versions, deployments and policies come from. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { BigQuery, type QueryResultsOptions, type QueryRowsResponse } from '@google-cloud/bigquery';
import * as z from 'zod';
import { type Bundle, BundleError, findBundle, readBundle } from '../../bundle/bundle.ts';
import { AppError } from '../../errors.ts';
import type { Objects } from '../../google/objects.ts';
import { policySchema } from '../../policy/document.ts';
import { findPortfolio } from '../../portfolio/portfolio.ts';
import { deploymentAt } from '../../registry/journal.ts';
import type { DeploymentAt } from '../../replay/arms.ts';
import type { PolicySource } from '../../replay/deciders.ts';
import { VIEWS_DATASET } from '../../warehouse/names.ts';

/** Rows that are in memory at once. */
const PAGE = 2000;

export type Rows = AsyncGenerator<Record<string, unknown>>;

export interface Span {
  readonly portfolio: string;
  readonly since: Date;
  readonly until: Date;
  readonly limit: number;
}

/**
 * Recorded decisions, page by page: there can be more of them than memory.
 * @param sql `sql/replay/recorded.sql`
 */
export async function* decisions(
  bigquery: BigQuery,
  location: string,
  sql: string,
  { portfolio, since, until, limit }: Span,
): Rows {
  const [job] = await bigquery.createQueryJob({
    query: sql,
    location,
    defaultDataset: { projectId: bigquery.projectId, datasetId: VIEWS_DATASET },
    params: {
      portfolio,
      since: BigQuery.timestamp(since),
      until: BigQuery.timestamp(until),
      rows: limit,
    },
  });
  let page: QueryResultsOptions | null = { maxResults: PAGE, autoPaginate: false };
  while (page) {
    const [rows, next]: QueryRowsResponse = await job.getQueryResults(page);
    yield* rows;
    page = next ?? null;
  }
}

/** @throws {BundleError} for a version that there is not, or that is not whole */
export async function openBundle(
  objects: Objects,
  portfolio: string,
  version: string,
): Promise<Bundle> {
  const found = await findBundle(objects, portfolio, version);
  if (!found) throw new BundleError(`There is no version ${version} of ${portfolio}.`);
  return readBundle(objects, portfolio, found.ref);
}

/** Deployments by generation, each read once. */
export function deploymentsOf(objects: Objects, portfolio: string): DeploymentAt {
  const known = new Map<number, ReturnType<DeploymentAt>>();
  return (generation) => {
    const deployment =
      known.get(generation) ??
      deploymentAt(objects, portfolio, generation).catch((error) => {
        // One that cannot be read is none to hold arms against; whatever else is wrong ends the run.
        if (error instanceof AppError && error.code === 'deployment_unusable') return undefined;
        throw error;
      });
    known.set(generation, deployment);
    return deployment;
  };
}

/**
 * A `policy.json`, or the policy of a portfolio's folder with the columns of its `policy.sql`.
 * @throws {Error} naming the file and what is wrong with it
 */
export async function policyOf(path: string): Promise<PolicySource> {
  if (!path.endsWith('.json')) {
    const folder = resolve(path);
    const { policy, policy_columns } = await findPortfolio(dirname(folder), basename(folder));
    return { policy, policy_columns };
  }
  try {
    return { policy: policySchema.parse(JSON.parse(await readFile(path, 'utf8'))) };
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Error(`${path} is no policy: ${detail}`, { cause: error });
  }
}
