import type { DecisionEvent } from '../../shared/decision/decide.ts';
import { messageOf } from '../../shared/decision/message.ts';
import type { Publish } from '../../shared/google/topic.ts';
import type { Log } from '../../shared/log.ts';

/** Makes a decision durable before it is answered. */
export type RecordDecision = (event: DecisionEvent, log: Log) => Promise<void>;

/**
 * Publishes events and waits for the acknowledgement. When Pub/Sub does not take one, the whole
 * event goes to the structured log, from where it can be put back: it is never only in memory.
 */
export function createEventRecorder(publish: Publish): RecordDecision {
  return async (event, log) => {
    try {
      await publish(messageOf(event));
    } catch (error) {
      log.critical(
        'the decision event could not be published; it is kept here',
        { decision_event: event },
        error,
      );
    }
  };
}
