import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { alertSchema } from '../../shared/alerts/alert.ts';
import { COMMON, readConfig } from '../../shared/config.ts';
import { unavailable } from '../../shared/errors.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { parsePush } from '../../shared/http/push.ts';
import type { Log } from '../../shared/log.ts';
import { type Delivery, deliver } from './deliver.ts';
import { readTargets, wants } from './targets.ts';

/** Milliseconds that a target has: far within the minute that Pub/Sub gives to a push. */
const PATIENCE_MS = 10_000;

/**
 * `POST /`: takes an alert from Pub/Sub to everybody who wants to hear of it. What can't be delivered
 * now is answered 503, and Pub/Sub comes again; whom it was delivered to is not asked again.
 */
export function createNotifyHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    /** Bucket of the notes of what was delivered to whom. */
    ALERTS_BUCKET: z.string().min(3),
    /** Whom alerts are sent to: JSON, from Secret Manager. */
    NOTIFY_TARGETS: z.string().transform(readTargets),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const delivery: Delivery = {
    objects: createObjects(new Storage({ projectId }).bucket(config.ALERTS_BUCKET)),
    fetch,
    now: () => new Date(),
    patienceMs: PATIENCE_MS,
  };

  async function handle({ body, log }: RouteCall) {
    const { json, attempt } = parsePush(body);
    const alert = parseBody(alertSchema, json);
    const { alert_id, portfolio, kind } = alert;
    const targets = config.NOTIFY_TARGETS.filter((target) => wants(target, alert));
    if (targets.length === 0) log.notice('nobody wants to hear of an alert', { alert_id, kind });
    const outcomes = await Promise.all(
      targets.map(async (target) => ({
        target: target.name,
        ...(await deliver(delivery, target, alert)),
      })),
    );
    for (const outcome of outcomes) {
      const fields = { alert_id, portfolio, kind, attempt, ...outcome };
      if (outcome.state === 'delivered') log.info('notified', fields);
      if (outcome.state === 'refused') log.error('a notification was refused', fields);
      if (outcome.state === 'later') log.warning('a notification has to wait', fields);
    }
    const late = outcomes.filter(({ state }) => state === 'later').map(({ target }) => target);
    if (late.length > 0) {
      throw unavailable(`Alert ${alert_id} could not be delivered to ${late.join(', ')}.`);
    }
    return { body: { alert_id, outcomes } };
  }

  return createHandler([{ method: 'POST', path: '/', handle }], { projectId, log });
}
