import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Clock } from '../clock.ts';
import { SECOND_MS } from './durations.ts';
import type { Consumer, Lease } from './entry.ts';
import { RESPONSE, received } from './received.ts';
import type { SubscriptionState } from './registry.ts';
import { invalidArgument } from './status.ts';
import type { ReceivedMessage } from './wire.ts';

const LONGEST_WAIT_MS = 60 * SECOND_MS;

/** google.pubsub.v1.PullRequest, the subscription apart. */
export interface PullRequest {
  readonly maxMessages: number;
  readonly returnImmediately: boolean;
}

/** Answers what there is, or waits for it: with nothing shortly before the client gives up. */
export function pull(
  state: SubscriptionState,
  { maxMessages, returnImmediately }: PullRequest,
  call: ServerUnaryCall<unknown, unknown>,
  clock: Clock,
): Promise<{ receivedMessages: ReceivedMessage[] }> {
  if (maxMessages <= 0) {
    throw invalidArgument(
      'You have passed an invalid argument to the service (argument=max_messages).',
    );
  }
  const { subscription, backlog } = state;
  return new Promise((resolve, reject) => {
    let leave = () => {};
    let calledOff = () => {};
    const answer = (leases: readonly Lease[]) => {
      leave();
      calledOff();
      resolve({ receivedMessages: leases.map((lease) => received(lease, subscription)) });
    };
    const consumer: Consumer = {
      offer() {
        const leases = backlog.take(consumer, {
          messages: Math.min(maxMessages, RESPONSE.messages),
          bytes: RESPONSE.bytes,
          leaseMs: subscription.ackDeadlineSeconds * SECOND_MS,
        });
        if (leases.length > 0 || returnImmediately) answer(leases);
        return leases.length;
      },
      closed(reason) {
        calledOff();
        reject(reason);
      },
    };
    if (consumer.offer() > 0 || returnImmediately) return;
    leave = backlog.consumers.attach(consumer);
    calledOff = clock.after(waitMs(call), () => answer([]));
    // Nobody hears the answer, but the messages must not go to it.
    call.once('cancelled', () => answer([]));
  });
}

/** A second less than the client waits, so that it gets an empty answer and not an error. */
function waitMs(call: ServerUnaryCall<unknown, unknown>): number {
  const deadline = Number(call.getDeadline());
  const left = deadline - Date.now() - SECOND_MS;
  return Math.max(0, Math.min(left, LONGEST_WAIT_MS));
}
