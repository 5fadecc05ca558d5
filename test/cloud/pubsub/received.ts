import type { Lease } from './entry.ts';
import { toWire } from './message.ts';
import type { ReceivedMessage, Subscription } from './wire.ts';

/** What a response may hold at most; the service's limits. */
export const RESPONSE = { messages: 1_000, bytes: 10_000_000 } as const;

/** Attempts are told only where they are limited. */
export const deliveryAttempt = ({ entry }: Lease, { deadLetterPolicy }: Subscription): number =>
  deadLetterPolicy ? entry.failures + 1 : 0;

/** A delivery as pulls and streams send it. */
export const received = (lease: Lease, subscription: Subscription): ReceivedMessage => ({
  ackId: lease.ackId,
  message: toWire(lease.entry.message),
  deliveryAttempt: deliveryAttempt(lease, subscription),
});
