/** What acknowledging and changing deadlines have in common, in one request or on a stream. */
import { status } from '@grpc/grpc-js';
import type { Backlog } from './backlog.ts';
import { SECOND_MS } from './durations.ts';
import { invalidArgument, PubSubError } from './status.ts';

const MAX_DEADLINE_SECONDS = 600;

/** @throws {PubSubError} INVALID_ARGUMENT unless 0 … 600. */
export function checkDeadline(seconds: number): void {
  if (seconds >= 0 && seconds <= MAX_DEADLINE_SECONDS) return;
  throw invalidArgument(
    `Invalid ack deadline given (ack_deadline=${seconds}). The ack deadline must be between 0 and ${MAX_DEADLINE_SECONDS} seconds.`,
  );
}

/** Zero seconds refuse the message. Answers the ids that stand for no delivery, or one that is over. */
export function modifyDeadlines(
  backlog: Backlog,
  ackIds: readonly string[],
  secondsOf: (index: number) => number,
): string[] {
  return ackIds.filter((ackId, index) => {
    const seconds = secondsOf(index);
    return seconds === 0 ? !backlog.nack(ackId) : !backlog.extend(ackId, seconds * SECOND_MS);
  });
}

/**
 * What a subscription with exactly-once delivery answers for such ids. The others of the request are
 * done: https://cloud.google.com/pubsub/docs/exactly-once-delivery. @throws {PubSubError}
 */
export function refuseInvalid(ackIds: readonly string[]): void {
  if (ackIds.length === 0) return;
  throw new PubSubError(
    status.INVALID_ARGUMENT,
    'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.',
    {
      reason: 'EXACTLY_ONCE_ACKID_FAILURE',
      domain: 'pubsub.googleapis.com',
      metadata: Object.fromEntries(ackIds.map((id) => [id, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
    },
  );
}
