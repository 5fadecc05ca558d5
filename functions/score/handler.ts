import { randomUUID } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { COMMON, MODELS, readConfig } from '../../shared/config.ts';
import { createCrc32c } from '../../shared/google/crc32c.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { createPublisher } from '../../shared/google/topic.ts';
import { beforeEnd } from '../../shared/http/ending.ts';
import { createHandler, type Handler } from '../../shared/http/handler.ts';
import { createKeptDecisions } from '../../shared/idempotency/kept_decisions.ts';
import type { Log } from '../../shared/log.ts';
import { telemetryOf } from '../../shared/telemetry/settings.ts';
import { createDeployments } from './deployments.ts';
import { createEventRecorder } from './events.ts';
import { createFallbacks } from './fallbacks.ts';
import { createKeyedDecisions } from './keyed.ts';
import { type ScoreParts, scoreRoutes } from './routes.ts';

/** Milliseconds that one attempt to publish, and all of them together, may take: a checkout waits. */
const PUBLISH_TIMES = { attemptMs: 1000, totalMs: 2000 };
/** Milliseconds that a request waits for models: when there is none in memory, and when there is. */
const LOAD_PATIENCE_MS = { cold: 5000, warm: 1000 };
/** Milliseconds that Cloud Storage has to keep or find a keyed decision. */
const KEEP_DEADLINE_MS = 2000;
/** Milliseconds after which a look for models is given up. */
const LOAD_DEADLINE_MS = 15_000;
/** Milliseconds after an instance's first score when onnxruntime is started: its answer has left. */
const ONNXRUNTIME_DELAY_MS = 250;

export interface ScoreFunction {
  readonly handler: Handler;
  /** Loads what serves, and connects, before anybody asks. Never rejects. */
  warmUp(): Promise<void>;
}

export const createScoreHandler = (environment: NodeJS.ProcessEnv, log: Log): Handler =>
  createScore(environment, log).handler;

/** The function as it is deployed. */
export function createScore(environment: NodeJS.ProcessEnv, log: Log): ScoreFunction {
  const config = readConfig(environment, {
    ...COMMON,
    ...MODELS,
    /** Bucket of the decisions that were asked for with an Idempotency-Key. */
    DECISIONS_BUCKET: z.string().min(3),
    DECISIONS_TOPIC: z.string().min(3),
    /** Portfolios that may be asked, by id, with commas. */
    PORTFOLIOS: z.string().regex(/^[a-z0-9_]+(,[a-z0-9_]+)*$/, 'must be ids with commas'),
    /** Folder of portfolios, for the policy that holds when no model can be asked. */
    SQL_DIRECTORY: z.string().default('sql'),
    DEPLOYMENT_MAX_AGE_SECONDS: z.coerce.number().min(0).max(60).default(5),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const storage = new Storage({ projectId, crc32cGenerator: createCrc32c });
  const publisher = createPublisher(projectId, config.DECISIONS_TOPIC, PUBLISH_TIMES);
  const record = createEventRecorder(publisher.publish);
  const parts: ScoreParts = {
    portfolios: new Set(config.PORTFOLIOS.split(',')),
    deployments: createDeployments({
      objects: createObjects(storage.bucket(config.MODELS_BUCKET)),
      log,
      clock: () => performance.now(),
      maxAgeMs: config.DEPLOYMENT_MAX_AGE_SECONDS * 1000,
      patienceMs: LOAD_PATIENCE_MS,
      deadlineMs: LOAD_DEADLINE_MS,
      later: (work) => setTimeout(work, ONNXRUNTIME_DELAY_MS).unref(),
    }),
    fallbacks: createFallbacks(config.SQL_DIRECTORY),
    record,
    keyed: createKeyedDecisions(
      createKeptDecisions(createObjects(storage.bucket(config.DECISIONS_BUCKET)), KEEP_DEADLINE_MS),
      record,
    ),
    now: () => new Date(),
    newId: randomUUID,
  };
  const telemetry = telemetryOf(environment, 'flit-score', log);
  if (telemetry) beforeEnd(() => telemetry.exporter.flush());
  return {
    handler: createHandler(scoreRoutes(parts), { projectId, log, tracer: telemetry?.tracer }),
    async warmUp() {
      const connected = publisher.connect();
      // One after another: whoever asks meanwhile for a later one has it looked for at once.
      for (const portfolio of parts.portfolios) await parts.deployments.current(portfolio);
      await connected;
    },
  };
}
