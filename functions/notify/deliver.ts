/** One alert on its way to one target. */
import type { Alert } from '../../shared/alerts/alert.ts';
import { AppError } from '../../shared/errors.ts';
import type { Objects } from '../../shared/google/objects.ts';
import { postOf } from './messages.ts';
import type { Target } from './targets.ts';

/** What became of it: `later` is worth another try, `refused` is not. */
export type Outcome =
  | { readonly state: 'delivered' | 'before' }
  | { readonly state: 'refused' | 'later'; readonly why: string };

export interface Delivery {
  /** Bucket of the notes of what was delivered. */
  readonly objects: Objects;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  /** Milliseconds that a target has to answer. */
  readonly patienceMs: number;
}

/** Statuses below 500 that say "not now": RFC 9110 §15.5.9, RFC 8470, RFC 6585. */
const NOT_NOW = new Set([408, 425, 429]);

const noteName = (alert: Alert, target: Target): string =>
  `notified/${alert.alert_id}/${target.name}.json`;

/**
 * Sends an alert unless it was sent before. What was delivered is noted afterwards: after a crash in
 * between it is sent again, with the same `Idempotency-Key`.
 */
export async function deliver(delivery: Delivery, target: Target, alert: Alert): Promise<Outcome> {
  const { objects, now } = delivery;
  const note = noteName(alert, target);
  if ((await objects.generation(note)) !== undefined) return { state: 'before' };
  const outcome = await send(delivery, target, alert);
  if (outcome.state === 'delivered') {
    const bytes = Buffer.from(`${JSON.stringify({ delivered_at: now().toISOString() })}\n`);
    try {
      await objects.write(note, bytes, 'application/json', 0);
    } catch (error) {
      // A delivery at the same time has noted it.
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    }
  }
  return outcome;
}

/** Follows no redirects: where alerts go is configured, and nobody else says it. */
async function send(
  { fetch, now, patienceMs }: Delivery,
  target: Target,
  alert: Alert,
): Promise<Outcome> {
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      ...postOf(target, alert, now()),
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    });
    await response.body?.cancel();
    const { status } = response;
    if (response.ok) return { state: 'delivered' };
    const worthATry = status >= 500 || NOT_NOW.has(status);
    return { state: worthATry ? 'later' : 'refused', why: `it answered ${status}` };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: unknown } };
    const why = name === 'TimeoutError' ? `no answer in ${patienceMs} ms` : 'it cannot be reached';
    return { state: 'later', why: cause?.code === undefined ? why : `${why}: ${cause.code}` };
  }
}
