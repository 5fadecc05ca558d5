/** Batches of a lender in a test: planned and scored by the functions themselves, over the wire. */
import { PubSub } from '@google-cloud/pubsub';
import { createBatchPlanHandler } from '../../../functions/batch-plan/handler.ts';
import { createBatchScoreHandler } from '../../../functions/batch-score/handler.ts';
import { batchObjects, type Plan, readPlan } from '../../../shared/batch/plan.ts';
import { createObjects } from '../../../shared/google/objects.ts';
import { RESOURCES } from '../../start/provision.ts';
import { type Lender, query } from './lender.ts';
import { type KeptLog, keepLog } from './log.ts';
import { post, type Reply, type Served, serveFunction } from './serve.ts';

export interface BatchFunctions {
  readonly log: KeptLog;
  readonly worker: Served;
  /** @param request beside the portfolio */
  plan(request: object, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Has the clock look at runs that have not ended. */
  watch(at: Date): Promise<Reply>;
  /** Delivers a shard's message as Pub/Sub pushes it. */
  deliver(message: object, attempt?: number): Promise<number>;
  stop(): Promise<void>;
}

export async function startBatchFunctions(lender: Lender): Promise<BatchFunctions> {
  const log = keepLog();
  const planner = await serveFunction(createBatchPlanHandler(lender.environment, log));
  const worker = await serveFunction(createBatchScoreHandler(lender.environment, log));
  return {
    log,
    worker,
    plan: (request, headers) =>
      post(planner.url, { portfolio: lender.portfolio.id, ...request }, headers),
    watch: (at) =>
      post(
        `${planner.url}/watch`,
        { portfolio: lender.portfolio.id },
        { 'x-cloudscheduler-scheduletime': at.toISOString() },
      ),
    async deliver(message, attempt = 1) {
      const response = await fetch(worker.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(pushOf(message, attempt)),
      });
      await response.arrayBuffer();
      return response.status;
    },
    async stop() {
      await planner.stop();
      await worker.stop();
    },
  };
}

const pushOf = (message: object, attempt: number) => ({
  message: {
    data: Buffer.from(JSON.stringify(message)).toString('base64'),
    messageId: '1',
    publishTime: '2026-11-21T00:00:00Z',
  },
  subscription: 'projects/flit-test/subscriptions/batch-shards-to-worker',
  deliveryAttempt: attempt,
});

/** The objects of batches. */
export const batchesOf = ({ storage }: Lender) =>
  createObjects(storage.bucket(RESOURCES.batchBucket));

export const planOf = (lender: Lender, run: string): Promise<Plan> =>
  readPlan(batchesOf(lender), lender.portfolio.id, run);

export const messagesOf = (plan: Plan) =>
  plan.shards.map(({ shard }) => ({ portfolio: plan.portfolio, run_id: plan.run_id, shard }));

export const namesOf = (plan: Plan) => batchObjects(plan.portfolio, plan.run_id);

/** The rows of a run, by application. */
export const scoresOf = (lender: Lender, run: string): Promise<Record<string, unknown>[]> =>
  query(
    lender,
    `SELECT * FROM batch_scores
     WHERE planned_at >= '2000-01-01' AND run_id = '${run}'
     ORDER BY application_id`,
  );

/** The topic of what nobody could score. */
export const DEAD_LETTERS = `${RESOURCES.batchSubscription}-dead-letter`;

/** Pub/Sub pushes the topic of shards to a worker, with short pauses between attempts. */
export async function subscribe({ projectId }: Lender, url: string): Promise<void> {
  const pubsub = new PubSub({ projectId });
  const [letters] = await pubsub.createTopic(DEAD_LETTERS);
  await letters.createSubscription(DEAD_LETTERS);
  await pubsub.topic(RESOURCES.batchTopic).createSubscription(RESOURCES.batchSubscription, {
    pushEndpoint: url,
    ackDeadlineSeconds: 10,
    deadLetterPolicy: { deadLetterTopic: letters.name, maxDeliveryAttempts: 5 },
    retryPolicy: { minimumBackoff: { nanos: 50e6 }, maximumBackoff: { nanos: 100e6 } },
  });
  await pubsub.close();
}
