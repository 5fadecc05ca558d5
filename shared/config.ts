import * as z from 'zod';

/** The environment is not fit to run in; every fault is named. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings from environment variables, all at once.
 *
 * @param shape variable name → schema of its text; use `z.coerce` for numbers and `.default()`
 * @throws {ConfigError} listing every variable that is missing or wrong
 */
export function readConfig<Shape extends z.ZodRawShape>(
  environment: Environment,
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  // An empty variable is one that somebody meant to leave out.
  const given = Object.fromEntries(Object.entries(environment).filter(([, text]) => text !== ''));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return given[name] === undefined ? `${name} is not set` : `${name}: ${message}`;
  });
  throw new ConfigError(`The environment is incomplete: ${faults.join('; ')}.`);
}

/** Settings that every function has. */
export const COMMON = {
  GOOGLE_CLOUD_PROJECT: z.string().regex(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, 'is no project id'),
} as const;

/** Settings of functions that work in the warehouse. */
export const WAREHOUSE = {
  /** Where the datasets are, e.g. `EU` or `europe-west1`; jobs run there. */
  BIGQUERY_LOCATION: z.string().default('US'),
  /** Folder with the SQL of all portfolios. */
  SQL_DIRECTORY: z.string().default('sql'),
} as const;

export const MODELS = {
  /** Bucket of bundles and deployments. */
  MODELS_BUCKET: z.string().min(3),
} as const;

/** Settings of whoever plans or works on batches. */
export const BATCHES = {
  /** Bucket of plans, extracts and scores. */
  BATCH_BUCKET: z.string().min(3),
} as const;

/** Settings of whoever asks for shards to be scored. */
export const SHARDS = {
  /** Topic with a message a shard. */
  BATCH_TOPIC: z.string().min(3),
} as const;

/** Settings of whoever writes versions or events of the journal. */
export const RETENTION = {
  /** For how long they can't be deleted; 0 where the bucket retains no objects. */
  BUNDLE_RETENTION_DAYS: z.coerce.number().int().min(0).max(36_500).default(2557),
} as const;

/** Settings of whoever raises alerts. */
export const ALERTS = {
  /** Bucket of what was last said of every breach. */
  ALERTS_BUCKET: z.string().min(3),
  /** Pub/Sub topic that alerts are published to. */
  ALERTS_TOPIC: z.string().min(3),
} as const;
