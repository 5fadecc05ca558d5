/** Makes on the local cloud, through its APIs, what Terraform makes on Google Cloud. */
import { readFile } from 'node:fs/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import { Storage } from '@google-cloud/storage';
import { tableSchema } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { COMMON_DATASET, datasetOf } from '../../shared/warehouse/names.ts';

/** Names of what the functions are given by environment. */
export const RESOURCES = {
  modelsBucket: 'flit-models',
  landingBucket: 'flit-landing',
  decisionsBucket: 'flit-decisions',
  decisionsTopic: 'decisions',
  location: 'US',
  schedulerLocation: 'us-central1',
} as const;

export const BUCKETS = [RESOURCES.modelsBucket, RESOURCES.landingBucket, RESOURCES.decisionsBucket];

type Schema = readonly object[];

const schemaFile = async (name: string): Promise<Schema> =>
  JSON.parse(await readFile(`sql/tables/${name}.json`, 'utf8'));

export async function provision(projectId: string, portfolio: Portfolio): Promise<void> {
  const bigquery = new BigQuery({ projectId });
  const storage = new Storage({ projectId });
  const pubsub = new PubSub({ projectId });
  await createWarehouse(bigquery, portfolio);
  for (const name of BUCKETS) {
    const [exists] = await storage.bucket(name).exists();
    if (!exists) await storage.createBucket(name, { location: RESOURCES.location });
  }
  await createMessaging(pubsub, projectId);
  await pubsub.close();
}

async function createWarehouse(bigquery: BigQuery, portfolio: Portfolio): Promise<void> {
  const lineage = await schemaFile('ingest_columns');
  const raw = (contract: Portfolio['application']) => [...tableSchema(contract), ...lineage];
  const own = datasetOf(portfolio.id);
  await createDataset(bigquery, own);
  await createDataset(bigquery, COMMON_DATASET);
  const { keys, outcome_keys } = portfolio;
  const tables = [
    {
      dataset: own,
      name: 'applications',
      schema: raw(portfolio.application),
      by: keys.time,
      key: keys.entity,
    },
    {
      dataset: own,
      name: 'outcomes',
      schema: raw(portfolio.outcome),
      by: outcome_keys.time,
      key: outcome_keys.outcome,
    },
    {
      dataset: own,
      name: 'quarantine',
      schema: await schemaFile('quarantine'),
      by: '_ingested_at',
      key: 'stream',
    },
    {
      dataset: COMMON_DATASET,
      name: 'decisions',
      schema: await schemaFile('decisions'),
      by: 'decided_at',
      key: 'portfolio',
    },
  ];
  for (const { dataset, name, schema, by, key } of tables) {
    const table = bigquery.dataset(dataset).table(name);
    const [exists] = await table.exists();
    if (exists) continue;
    await table.create({
      schema: { fields: [...schema] as { name: string }[] },
      timePartitioning: { type: 'DAY', field: by },
      clustering: { fields: [key] },
    });
  }
}

async function createDataset(bigquery: BigQuery, name: string): Promise<void> {
  const dataset = bigquery.dataset(name);
  const [exists] = await dataset.exists();
  if (!exists) await dataset.create({ location: RESOURCES.location });
}

async function createMessaging(pubsub: PubSub, projectId: string): Promise<void> {
  const topic = pubsub.topic(RESOURCES.decisionsTopic);
  const [exists] = await topic.exists();
  if (exists) return;
  await topic.create();
  await topic.createSubscription('decisions-to-bigquery', {
    bigqueryConfig: {
      table: `${projectId}.${COMMON_DATASET}.decisions`,
      useTableSchema: true,
      writeMetadata: true,
      dropUnknownFields: true,
    },
  });
}

/** The schedule by which the functions run from here on. */
export async function schedule(
  client: CloudSchedulerClient,
  projectId: string,
  portfolio: string,
  urls: { readonly ingest: string; readonly retrain: string },
): Promise<void> {
  const parent = client.locationPath(projectId, RESOURCES.schedulerLocation);
  const body = Buffer.from(JSON.stringify({ portfolio })).toString('base64');
  const jobs = [
    { id: `ingest-${portfolio}`, uri: urls.ingest, schedule: '15 1 * * *', deadline: 1800 },
    { id: `retrain-${portfolio}`, uri: urls.retrain, schedule: '30 2 * * 1', deadline: 1800 },
  ];
  for (const { id, uri, schedule, deadline } of jobs) {
    const name = client.jobPath(projectId, RESOURCES.schedulerLocation, id);
    await deleteIfThere(client, name);
    await client.createJob({
      parent,
      job: {
        name,
        schedule,
        timeZone: 'Etc/UTC',
        attemptDeadline: { seconds: deadline },
        retryConfig: { retryCount: 3 },
        httpTarget: {
          uri,
          httpMethod: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          oidcToken: { serviceAccountEmail: `scheduler@${projectId}.iam.gserviceaccount.com` },
        },
      },
    });
  }
}

async function deleteIfThere(client: CloudSchedulerClient, name: string): Promise<void> {
  try {
    await client.deleteJob({ name });
  } catch (error) {
    const NOT_FOUND = 5;
    if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
  }
}
