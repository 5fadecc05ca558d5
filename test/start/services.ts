/** The processes of a start: the local cloud, the world, and the functions under functions-framework. */
import { type Child, startChild } from './child.ts';
import { type LogEntry, parseLogLine } from './log_line.ts';
import { freePort } from './ports.ts';
import { RESOURCES } from './provision.ts';

export const PROJECT = 'flit-local';

const LAUNCHER = 'node_modules/@google-cloud/functions-framework/build/src/main.js';
const BUILT_LAUNCHER = 'node_modules/.bin/functions-framework';

export interface LocalCloud extends Child {
  /** Variables that point the official clients at it. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * @param directory where it keeps its state; in memory without one
 * @param more ports of REST and of Pub/Sub, any free ones unless said; the cores that one statement may
 *   take; options of Node
 */
export async function startCloudProcess(
  directory?: string,
  more: {
    readonly rest?: number;
    readonly pubsub?: number;
    readonly threads?: number;
    readonly nodeOptions?: readonly string[];
  } = {},
): Promise<LocalCloud> {
  const environment: Record<string, string> = {};
  const child = await startChild({
    name: 'the local Google Cloud',
    command: process.execPath,
    args: [
      ...(more.nodeOptions ?? []),
      'test/cloud/main.ts',
      '--project',
      PROJECT,
      ...(directory === undefined ? [] : ['--directory', directory]),
      ...(more.rest === undefined ? [] : ['--port', String(more.rest)]),
      ...(more.pubsub === undefined ? [] : ['--pubsub-port', String(more.pubsub)]),
      ...(more.threads === undefined ? [] : ['--threads', String(more.threads)]),
    ],
    environment: process.env,
    onLine(line) {
      const variable = /^export (\w+)=(.*)$/.exec(line);
      if (variable) environment[variable[1]!] = variable[2]!;
    },
    ready: (line) => line.startsWith('# ready'),
  });
  return { ...child, environment };
}

export interface FunctionProcess extends Child {
  readonly url: string;
}

export interface FunctionOptions {
  readonly port?: number;
  readonly onLog?: (entry: LogEntry) => void;
  /** Where it is, unless in functions/. */
  readonly source?: string;
  /** A folder as `npm run build` leaves it, installed: started with its own launcher, in it. */
  readonly built?: string;
  /** The one processor core that it may use. */
  readonly core?: number;
}

/** One function, as Google Cloud would run it: functions-framework, its environment, nothing else. */
export async function startFunction(
  name: string,
  environment: Readonly<Record<string, string>>,
  options: FunctionOptions,
): Promise<FunctionProcess> {
  const { built } = options;
  const port = await freePort(options.port);
  const child = await startChild({
    name: `the function ${name}`,
    ...(built === undefined ? {} : { directory: built }),
    ...pinned(options.core, [
      // The launcher says itself how Node is to run it.
      ...(built === undefined ? [process.execPath, LAUNCHER] : [BUILT_LAUNCHER]),
      `--source=${built === undefined ? (options.source ?? `functions/${name}/index.ts`) : '.'}`,
      `--target=${name}`,
      `--port=${port}`,
    ]),
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...cloudRunEnvironment(name),
      ...environment,
    },
    onLine(line) {
      const entry = parseLogLine(line);
      if (entry) options.onLog?.(entry);
    },
    // In production the framework serves without a word.
    ready: { port },
  });
  return { ...child, url: `http://127.0.0.1:${port}` };
}

/** What Cloud Run says to a service: Google's clients look no further for where they are. */
export const cloudRunEnvironment = (service: string) => ({ K_SERVICE: service });

/** A command and its arguments, on one core if asked. */
const pinned = (core: number | undefined, all: readonly string[]) => {
  const [command, ...args] = core === undefined ? all : ['taskset', '-c', String(core), ...all];
  return { command: command!, args };
};

/** What Terraform gives each function by environment. */
export const functionEnvironment = (
  cloud: LocalCloud,
  portfolio: string,
  source: { readonly url: string; readonly parameters: object },
) => {
  const common = { ...cloud.environment, GOOGLE_CLOUD_PROJECT: PROJECT, NODE_ENV: 'production' };
  const warehouse = { BIGQUERY_LOCATION: RESOURCES.location };
  const models = { MODELS_BUCKET: RESOURCES.modelsBucket };
  const batch = {
    ...common,
    ...warehouse,
    ...models,
    BATCH_BUCKET: RESOURCES.batchBucket,
  };
  return {
    ingest: {
      ...common,
      ...warehouse,
      ALERTS_BUCKET: RESOURCES.alertsBucket,
      ALERTS_TOPIC: RESOURCES.alertsTopic,
      LANDING_BUCKET: RESOURCES.landingBucket,
      SOURCE_URL: source.url,
      SOURCE_PARAMETERS: JSON.stringify(source.parameters),
      TIMEOUT_SECONDS: '1800',
    },
    'batch-plan': {
      ...batch,
      ALERTS_BUCKET: RESOURCES.alertsBucket,
      ALERTS_TOPIC: RESOURCES.alertsTopic,
      BATCH_ATTEMPTS: '10',
      BATCH_TOPIC: RESOURCES.batchTopic,
    },
    'batch-score': batch,
    retrain: {
      ...common,
      ...warehouse,
      ...models,
      BUNDLE_RETENTION_DAYS: '2557',
      TIMEOUT_SECONDS: '1800',
    },
    drift: {
      ...common,
      ...warehouse,
      ...models,
      ALERTS_BUCKET: RESOURCES.alertsBucket,
      ALERTS_TOPIC: RESOURCES.alertsTopic,
      SCHEDULER_URL: `http://${cloud.environment.CLOUD_SCHEDULER_EMULATOR_HOST}`,
      SCHEDULER_LOCATION: RESOURCES.schedulerLocation,
    },
    notify: { ...common, ALERTS_BUCKET: RESOURCES.alertsBucket, NOTIFY_TARGETS: '[]' },
    score: {
      ...common,
      ...models,
      DECISIONS_BUCKET: RESOURCES.decisionsBucket,
      DECISIONS_TOPIC: RESOURCES.decisionsTopic,
      PORTFOLIOS: portfolio,
    },
  };
};
