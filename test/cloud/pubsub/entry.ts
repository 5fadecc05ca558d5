import type { Lane } from './lane.ts';
import type { Message } from './message.ts';

/** A message in one subscription. */
export interface Entry {
  readonly message: Message;
  /**
   * ready: may be delivered, once its turn in its lane comes · waiting: backing off until
   * `availableAtMs` · leased: delivered, neither acknowledged nor failed · held: acknowledged before
   * an earlier message of its key · acked: acknowledged and retained, for seeking back.
   */
  state: 'ready' | 'waiting' | 'leased' | 'held' | 'acked';
  /** Negative acknowledgements and deadlines missed. */
  failures: number;
  availableAtMs: number;
  /** Only in a subscription with message ordering, for a message with a key. */
  lane: Lane | undefined;
  /** Stands in the queue; one that is no longer ready is passed over there. */
  queued: boolean;
  lease: Lease | undefined;
}

/** One delivery of a message, as long as it is neither acknowledged, failed nor overdue. */
export interface Lease {
  readonly ackId: string;
  readonly entry: Entry;
  readonly consumer: Consumer;
  /** Infinity where the consumer always tells how it went: push and export. */
  deadlineMs: number;
}

/** Who takes messages from a backlog: a pull, a stream, a push endpoint, an export. */
export interface Consumer {
  /** Takes what it has room for now; answers how many messages. Called again when there are more. */
  offer(): number;
  /** A delivery that it took is over, by whoever's doing. */
  ended?(lease: Lease): void;
  /** The subscription was deleted, detached or turned into another kind; nothing more comes. */
  closed(reason: Error): void;
}
