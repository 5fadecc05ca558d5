/** Makes on the local cloud, through its APIs, what Terraform makes on Google Cloud. */
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub, type Schema } from '@google-cloud/pubsub';
import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import { Storage } from '@google-cloud/storage';
import { tableSchema } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import {
  COMMON_DATASET,
  datasetOf,
  VIEWS_DATASET,
  viewsDatasetOf,
} from '../../shared/warehouse/names.ts';
import {
  columnsOf,
  commonViews,
  decisionSchema,
  portfolioViews,
  routines,
  tableLayouts,
} from './sql_objects.ts';

/** Names of what the functions are given by environment. */
export const RESOURCES = {
  modelsBucket: 'flit-models',
  landingBucket: 'flit-landing',
  decisionsBucket: 'flit-decisions',
  alertsBucket: 'flit-alerts',
  batchBucket: 'flit-batches',
  decisionsTopic: 'decisions',
  alertsTopic: 'alerts',
  alertsSubscription: 'alerts-to-notify',
  batchTopic: 'batch-shards',
  batchSubscription: 'batch-shards-to-worker',
  location: 'US',
  schedulerLocation: 'us-central1',
} as const;

export const BUCKETS = [
  RESOURCES.modelsBucket,
  RESOURCES.landingBucket,
  RESOURCES.decisionsBucket,
  RESOURCES.alertsBucket,
  RESOURCES.batchBucket,
];

export async function provision(projectId: string, portfolio: Portfolio): Promise<void> {
  const bigquery = new BigQuery({ projectId });
  const storage = new Storage({ projectId });
  const pubsub = new PubSub({ projectId });
  await createWarehouse(bigquery, portfolio);
  for (const name of BUCKETS) {
    const [exists] = await storage.bucket(name).exists();
    if (exists) continue;
    await storage.createBucket(name, {
      location: RESOURCES.location,
      versioning: { enabled: true },
      // Versions and the journal stay; Cloud Storage lets a bucket do so from its making on only.
      enableObjectRetention: name === RESOURCES.modelsBucket,
    });
  }
  await createMessaging(pubsub, projectId);
  await pubsub.close();
}

async function createWarehouse(bigquery: BigQuery, portfolio: Portfolio): Promise<void> {
  const { id } = portfolio;
  const datasets = [datasetOf(id), COMMON_DATASET, VIEWS_DATASET, viewsDatasetOf(id)];
  for (const name of datasets) await createDataset(bigquery, name);
  for (const table of [...(await rawTables(portfolio)), ...(await sharedTables(id))]) {
    await createTable(bigquery, table);
  }
  await createViews(bigquery, portfolio);
}

interface Table {
  readonly dataset: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string }[];
  readonly partitionBy: string;
  readonly clustering: readonly string[];
}

async function rawTables(portfolio: Portfolio): Promise<Table[]> {
  const lineage = await columnsOf('ingest_columns');
  const { keys, outcome_keys, application, outcome } = portfolio;
  const dataset = datasetOf(portfolio.id);
  return [
    {
      dataset,
      name: 'applications',
      columns: [...tableSchema(application), ...lineage],
      partitionBy: keys.time,
      clustering: [keys.entity],
    },
    {
      dataset,
      name: 'outcomes',
      columns: [...tableSchema(outcome), ...lineage],
      partitionBy: outcome_keys.time,
      clustering: [outcome_keys.outcome],
    },
  ];
}

/** Those of sql/tables/tables.json. */
async function sharedTables(portfolio: string): Promise<Table[]> {
  const layouts = Object.entries(await tableLayouts());
  return Promise.all(
    layouts.map(async ([name, layout]) => ({
      dataset: layout.dataset === 'common' ? COMMON_DATASET : datasetOf(portfolio),
      name,
      columns: await columnsOf(name),
      partitionBy: layout.partition_by,
      clustering: layout.clustering,
    })),
  );
}

async function createTable(bigquery: BigQuery, table: Table): Promise<void> {
  const created = bigquery.dataset(table.dataset).table(table.name);
  const [exists] = await created.exists();
  if (exists) return;
  await created.create({
    schema: { fields: [...table.columns] },
    timePartitioning: { type: 'DAY', field: table.partitionBy },
    requirePartitionFilter: true,
    clustering: { fields: [...table.clustering] },
  });
}

/** Functions first, for views call them. A view that is there is brought up to its file. */
async function createViews(bigquery: BigQuery, portfolio: Portfolio): Promise<void> {
  const { projectId } = bigquery;
  for (const { sql } of await routines(projectId)) await bigquery.query(sql);
  const views = [
    ...(await commonViews(projectId)),
    ...(await portfolioViews(projectId, portfolio)),
  ];
  for (const { dataset, name, description, sql } of views) {
    const view = bigquery.dataset(dataset).table(name);
    const resource = { description, view: { query: sql, useLegacySql: false } };
    const [exists] = await view.exists();
    if (exists) await view.setMetadata(resource);
    else await view.create(resource);
  }
}

async function createDataset(bigquery: BigQuery, name: string): Promise<void> {
  const dataset = bigquery.dataset(name);
  const [exists] = await dataset.exists();
  if (!exists) await dataset.create({ location: RESOURCES.location });
}

async function createMessaging(pubsub: PubSub, projectId: string): Promise<void> {
  await createDecisions(pubsub, projectId);
  await pubsub.topic(RESOURCES.alertsTopic).get({ autoCreate: true });
  await pubsub.topic(RESOURCES.batchTopic).get({ autoCreate: true });
}

async function createDecisions(pubsub: PubSub, projectId: string): Promise<void> {
  const topic = pubsub.topic(RESOURCES.decisionsTopic);
  const [exists] = await topic.exists();
  if (exists) return;
  const schema = await decisionsSchema(pubsub);
  const schemaSettings = { schema: await schema.getName(), encoding: 'JSON' } as const;
  await pubsub.createTopic({ name: topic.name, schemaSettings });
  await topic.createSubscription('decisions-to-bigquery', {
    bigqueryConfig: {
      table: `${projectId}.${COMMON_DATASET}.decisions`,
      useTableSchema: true,
      writeMetadata: true,
      dropUnknownFields: true,
    },
  });
}

/** Pushes alerts to a function. */
export const pushAlerts = (projectId: string, url: string): Promise<void> =>
  push(projectId, url, {
    topic: RESOURCES.alertsTopic,
    subscription: RESOURCES.alertsSubscription,
    account: 'push-notify',
    ackDeadlineSeconds: 60,
  });

/** Pushes shards of batches to a worker. */
export const pushShards = (projectId: string, url: string): Promise<void> =>
  push(projectId, url, {
    topic: RESOURCES.batchTopic,
    subscription: RESOURCES.batchSubscription,
    account: 'push-batch-score',
    ackDeadlineSeconds: 600,
  });

interface Push {
  readonly topic: string;
  readonly subscription: string;
  readonly account: string;
  readonly ackDeadlineSeconds: number;
}

/** As an account that the function lets in; what it can't take ends in the dead letters. */
async function push(projectId: string, url: string, to: Push): Promise<void> {
  const pubsub = new PubSub({ projectId });
  const [letters] = await pubsub.topic(`${to.subscription}-dead-letter`).get({ autoCreate: true });
  await letters.subscription(letters.name.split('/').at(-1)!).get({ autoCreate: true });
  const subscription = pubsub.topic(to.topic).subscription(to.subscription);
  const [exists] = await subscription.exists();
  if (exists) await subscription.delete();
  await subscription.create({
    ackDeadlineSeconds: to.ackDeadlineSeconds,
    pushConfig: {
      pushEndpoint: url,
      oidcToken: {
        serviceAccountEmail: `${to.account}@${projectId}.iam.gserviceaccount.com`,
        audience: url,
      },
    },
    deadLetterPolicy: { deadLetterTopic: letters.name, maxDeliveryAttempts: 10 },
    retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 600 } },
  });
  await pubsub.close();
}

/** There already where a run stopped before it had made the topic. */
async function decisionsSchema(pubsub: PubSub): Promise<Schema> {
  const id = RESOURCES.decisionsTopic;
  try {
    return await pubsub.createSchema(id, 'AVRO', await decisionSchema());
  } catch (error) {
    const ALREADY_EXISTS = 6;
    if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
    return pubsub.schema(id);
  }
}

/**
 * The schedule by which functions run from here on.
 * @param asOf what they are told to take for now, where that is not when they are called
 */
export async function schedule(
  client: CloudSchedulerClient,
  projectId: string,
  portfolio: string,
  urls: { readonly ingest?: string; readonly drift?: string; readonly retrain: string },
  asOf?: string,
): Promise<void> {
  const parent = client.locationPath(projectId, RESOURCES.schedulerLocation);
  const body = Buffer.from(JSON.stringify({ portfolio, as_of: asOf })).toString('base64');
  const jobs = [
    { name: 'ingest', uri: urls.ingest, schedule: '15 1 * * *' },
    { name: 'retrain', uri: urls.retrain, schedule: '30 2 * * 1' },
    { name: 'resume', uri: new URL('/resume', urls.retrain).href, schedule: '*/30 * * * *' },
    { name: 'drift', uri: urls.drift, schedule: '30 5 * * *' },
  ];
  for (const { name: kind, uri, schedule } of jobs) {
    if (uri === undefined || (kind === 'resume' && asOf !== undefined)) continue;
    const id = `${kind}-${portfolio}`;
    const name = client.jobPath(projectId, RESOURCES.schedulerLocation, id);
    await deleteIfThere(client, name);
    await client.createJob({
      parent,
      job: {
        name,
        schedule,
        timeZone: 'Etc/UTC',
        attemptDeadline: { seconds: 1800 },
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
