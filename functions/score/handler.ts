import { randomUUID } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { COMMON, MODELS, readConfig } from '../../shared/config.ts';
import { type DecisionEvent, decide, decideWithoutModel } from '../../shared/decision/decide.ts';
import { AppError, badRequest, notFound } from '../../shared/errors.ts';
import { RowError } from '../../shared/features/errors.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { type Answer, createHandler, type RouteCall } from '../../shared/http/handler.ts';
import type { Log } from '../../shared/log.ts';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';
import type { Application } from '../../shared/serving/serving_model.ts';
import { createDeployments, type Deployments } from './deployments.ts';
import { createEventRecorder, type RecordDecision } from './events.ts';
import { createFallbacks, type Fallbacks } from './fallbacks.ts';
import type { Serving } from './load.ts';

const UNFIT = 'The application does not fit the contract.';

export interface ScoreParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly fallbacks: Fallbacks;
  readonly record: RecordDecision;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Milliseconds that one attempt to publish, and all of them together, may take. */
const PUBLISH_ATTEMPT_MS = 1000;
const PUBLISH_TOTAL_MS = 2000;
/** Milliseconds that a request waits for models: when there is none in memory, and when there is. */
const LOAD_PATIENCE_MS = { cold: 5000, warm: 1000 };
/** Milliseconds after which a look for models is given up. */
const LOAD_DEADLINE_MS = 15_000;

/** The function as it is deployed. */
export function createScoreHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...MODELS,
    DECISIONS_TOPIC: z.string().min(3),
    /** Portfolios that may be asked, by id, with commas. */
    PORTFOLIOS: z.string().regex(/^[a-z0-9_]+(,[a-z0-9_]+)*$/, 'must be ids with commas'),
    /** Folder of portfolios, for the policy that holds when no model can be asked. */
    SQL_DIRECTORY: z.string().default('sql'),
    DEPLOYMENT_MAX_AGE_SECONDS: z.coerce.number().min(0).max(60).default(5),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bucket = new Storage({ projectId }).bucket(config.MODELS_BUCKET);
  const topic = new PubSub({ projectId }).topic(config.DECISIONS_TOPIC, {
    // A checkout waits for the acknowledgement: gather for no more than a moment.
    batching: { maxMessages: 100, maxMilliseconds: 1 },
    gaxOpts: { timeout: PUBLISH_TOTAL_MS, retry: publishRetry() },
  });
  const parts: ScoreParts = {
    portfolios: new Set(config.PORTFOLIOS.split(',')),
    deployments: createDeployments({
      objects: createObjects(bucket),
      log,
      clock: () => performance.now(),
      maxAgeMs: config.DEPLOYMENT_MAX_AGE_SECONDS * 1000,
      patienceMs: LOAD_PATIENCE_MS,
      deadlineMs: LOAD_DEADLINE_MS,
    }),
    fallbacks: createFallbacks(config.SQL_DIRECTORY),
    record: createEventRecorder(topic),
    now: () => new Date(),
    newId: randomUUID,
  };
  return createHandler(scoreRoutes(parts), { projectId, log });
}

const publishRetry = () => ({
  retryCodes: [4, 8, 10, 13, 14],
  backoffSettings: {
    initialRetryDelayMillis: 50,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 400,
    initialRpcTimeoutMillis: PUBLISH_ATTEMPT_MS,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: PUBLISH_ATTEMPT_MS,
    totalTimeoutMillis: PUBLISH_TOTAL_MS,
  },
});

export function scoreRoutes(parts: ScoreParts) {
  return [
    {
      method: 'POST' as const,
      path: '/v1/{portfolio}/decisions',
      handle: (call: RouteCall) => postDecision(parts, call),
    },
    { method: 'GET' as const, path: '/health', handle: () => ({ body: { status: 'ok' } }) },
    { method: 'GET' as const, path: '/ready', handle: () => readiness(parts) },
  ];
}

async function postDecision(parts: ScoreParts, call: RouteCall): Promise<Answer> {
  const portfolio = call.params.portfolio!;
  if (!parts.portfolios.has(portfolio)) throw notFound(`There is no portfolio "${portfolio}".`);
  const event = await makeDecision(parts, portfolio, call).catch(refuseUnreadable);
  await parts.record(event, call.log);
  return { body: answerOf(event) };
}

async function makeDecision(
  parts: ScoreParts,
  portfolio: string,
  { body, log }: RouteCall,
): Promise<DecisionEvent> {
  const occasion = { decisionId: parts.newId(), at: parts.now(), log };
  const serving = await parts.deployments.current(portfolio);
  let why = obstacleOf(serving);
  if (why === undefined) {
    const champion = serving!.champion!;
    try {
      const application = checked(champion.check, body);
      return await decide(application, { ...serving!, champion }, occasion);
    } catch (error) {
      if (error instanceof AppError || error instanceof RowError) throw error;
      log.critical('the champion failed', { portfolio, version: champion.ref.version }, error);
      why = 'champion failed';
    }
  }
  const fallback = await parts.fallbacks.of(portfolio);
  const application = checked(fallback.check, body);
  log.error('deciding by policy alone', { portfolio, why });
  const generation = serving?.generation ?? null;
  return decideWithoutModel(application, fallback, occasion, { why, generation });
}

/** Why no model may be asked; undefined where one may. */
function obstacleOf(serving: Serving | undefined): string | undefined {
  if (!serving) return 'no deployment';
  if (serving.deployment.kill_switch) return 'kill switch';
  return serving.champion ? undefined : 'no champion';
}

/** Features may be proven for less than the contract allows. */
function refuseUnreadable(error: unknown): never {
  if (!(error instanceof RowError)) throw error;
  throw badRequest(UNFIT, [{ pointer: `/${error.field}`, problem: error.message }]);
}

function checked(check: RecordCheck, body: unknown): Application {
  const result = check(body);
  if (result.ok) return result.value;
  throw badRequest(UNFIT, result.faults);
}

/** The public shape: the event without what is only the lender's to know. */
const answerOf = (event: DecisionEvent) => ({
  decision_id: event.decision_id,
  application_id: event.application_id,
  decided_at: event.decided_at,
  outcome: event.outcome,
  probability_of_default: event.pd,
  reasons: event.reasons,
  model_version: event.model_version,
  policy_version: event.policy_version,
  arm: event.arm,
});

/** Ready when every portfolio's champion is loaded: an instance that is not still decides by policy. */
async function readiness(parts: ScoreParts): Promise<Answer> {
  const states = await Promise.all(
    [...parts.portfolios].map(async (portfolio) => {
      const serving = await parts.deployments.current(portfolio);
      return { portfolio, serving, obstacle: obstacleOf(serving) };
    }),
  );
  const ready = states.every(({ obstacle }) => obstacle === undefined);
  const portfolios = Object.fromEntries(
    states.map(({ portfolio, serving, obstacle }) => [
      portfolio,
      obstacle ?? serving!.champion!.ref.version,
    ]),
  );
  return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not ready', portfolios } };
}
