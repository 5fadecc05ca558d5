import type { DecisionEvent } from '../decision/decide.ts';
import type { CheckedEvent } from './event_check.ts';
import type { LogItem } from './log_events.ts';

export interface Republished {
  /** Events that Pub/Sub has acknowledged. */
  readonly published: number;
  /** Copies of an event that were left out. */
  readonly repeated: number;
  /** Log entries without an event. */
  readonly others: number;
  /** What could not be read or is no event: place and reason, without values. */
  readonly unreadable: readonly string[];
  /** Events that Pub/Sub did not take: place and reason. */
  readonly failed: readonly string[];
}

/** Events that are on their way at the same time. */
const AT_ONCE = 500;

/**
 * Publishes every event of a log once. What can't be published keeps nothing else back; the whole
 * may be repeated, for copies of an event are one in the view of decisions.
 */
export async function republish(
  items: AsyncIterable<LogItem>,
  check: (event: unknown) => CheckedEvent,
  publish: (event: DecisionEvent) => Promise<unknown>,
): Promise<Republished> {
  const seen = new Set<string>();
  const unreadable: string[] = [];
  const failed: string[] = [];
  const counts = { published: 0, repeated: 0, others: 0 };
  let batch: Promise<void>[] = [];
  const send = async (place: string, event: DecisionEvent): Promise<void> => {
    try {
      await publish(event);
      counts.published += 1;
    } catch (error) {
      failed.push(`${place}: ${(error as Error).message}`);
    }
  };
  for await (const item of items) {
    if (item.kind === 'other') counts.others += 1;
    else if (item.kind === 'unreadable') unreadable.push(`${item.place}: ${item.problem}`);
    else {
      const checked = check(item.event);
      const id = checked.ok ? `${checked.event.decision_id} ${checked.event.decided_at}` : '';
      if (!checked.ok) unreadable.push(`${item.place}: ${checked.problems.join('; ')}`);
      else if (seen.has(id)) counts.repeated += 1;
      else {
        seen.add(id);
        batch.push(send(item.place, checked.event));
      }
    }
    if (batch.length < AT_ONCE) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
  return { ...counts, unreadable, failed };
}
