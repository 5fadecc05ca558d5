import { randomUUID } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { COMMON, MODELS, readConfig } from '../../shared/config.ts';
import {
  type Candidates,
  type DecisionEvent,
  decide,
  decideWithoutModel,
} from '../../shared/decision/decide.ts';
import { badRequest, notFound } from '../../shared/errors.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { type Answer, createHandler, type RouteCall } from '../../shared/http/handler.ts';
import type { Log } from '../../shared/log.ts';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';
import type { Application } from '../../shared/serving/serving_model.ts';
import { createDeployments, type Deployments } from './deployments.ts';
import { createEventRecorder, type RecordDecision } from './events.ts';
import { createFallbacks, type Fallbacks } from './fallbacks.ts';

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
    { method: 'GET' as const, path: '/healthz', handle: () => ({ body: { status: 'ok' } }) },
    { method: 'GET' as const, path: '/readyz', handle: () => readiness(parts) },
  ];
}

async function postDecision(parts: ScoreParts, call: RouteCall): Promise<Answer> {
  const portfolio = call.params.portfolio!;
  if (!parts.portfolios.has(portfolio)) throw notFound(`There is no portfolio "${portfolio}".`);
  const event = await makeDecision(parts, portfolio, call);
  await parts.record(event, call.log);
  return { body: answerOf(event) };
}

async function makeDecision(
  parts: ScoreParts,
  portfolio: string,
  { body, log }: RouteCall,
): Promise<DecisionEvent> {
  const occasion = { decisionId: parts.newId(), at: parts.now() };
  const serving = await parts.deployments.current(portfolio);
  const obstacle = obstacleOf(serving);
  if (obstacle === undefined) {
    const champion = serving!.champion!;
    const application = checked(champion.check, body);
    return decide(application, { ...serving!, champion }, occasion);
  }
  const fallback = await parts.fallbacks.of(portfolio);
  const application = checked(fallback.check, body);
  log.error('deciding by policy alone', { portfolio, why: obstacle });
  return decideWithoutModel(application, fallback, occasion, obstacle);
}

/** Why no model may be asked; undefined where one may. */
function obstacleOf(serving: Candidates | undefined): string | undefined {
  if (!serving) return 'no deployment';
  if (serving.deployment.kill_switch) return 'kill switch';
  return serving.champion ? undefined : 'no champion';
}

function checked(check: RecordCheck, body: unknown): Application {
  const result = check(body);
  if (result.ok) return result.value;
  throw badRequest('The application does not fit the contract.', result.faults);
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
  const portfolios = Object.fromEntries(
    await Promise.all(
      [...parts.portfolios].map(async (portfolio) => {
        const serving = await parts.deployments.current(portfolio);
        return [portfolio, obstacleOf(serving) ?? serving!.champion!.manifest.version] as const;
      }),
    ),
  );
  const ready = Object.values(portfolios).every((state) => state.startsWith('v'));
  return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not ready', portfolios } };
}
