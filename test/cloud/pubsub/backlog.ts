/** The messages of one subscription on their way from publishing to acknowledgement. */
import type { Clock } from '../clock.ts';
import { Consumers } from './consumers.ts';
import { DeliveryOrder } from './delivery_order.ts';
import { toMs } from './durations.ts';
import type { Consumer, Entry, Lease } from './entry.ts';
import type { BacklogChange, SavedEntry } from './events.ts';
import { type Message, sizeOf } from './message.ts';
import { backoffMs } from './retry.ts';
import { Timeline } from './timeline.ts';
import type { Subscription } from './wire.ts';

/** How much a consumer takes at once, and on which terms. */
export interface TakeOptions {
  readonly messages: number;
  /** Exceeded only by a single message that is larger. */
  readonly bytes: number;
  /** How long until the delivery counts as failed; Infinity where the consumer always tells. */
  readonly leaseMs: number;
  /** At most one outstanding message an ordering key. */
  readonly single?: boolean;
}

/** What a backlog is for, and whom it tells. */
export interface BacklogOptions {
  readonly clock: Clock;
  readonly subscription: Subscription;
  readonly newAckId: () => string;
  /** Told of what happens by itself or by a consumer, after it happened. */
  readonly onChange: (change: BacklogChange) => void;
  /** Forwards a message that used its attempts up; false if it can't: then it is tried again. */
  readonly deadLetter: (message: Message, attempts: number, problem: string | undefined) => boolean;
}

/** Every change is made here, whether a consumer, a timer or an earlier run brings it. */
export class Backlog {
  private readonly options: BacklogOptions;
  private subscription: Subscription;
  /** In the order of publishing. */
  private entries = new Map<string, Entry>();
  private readonly order: DeliveryOrder;
  private readonly leases = new Map<string, Lease>();
  private readonly deadlines: Timeline<Lease>;
  private readonly delays: Timeline<Entry>;
  readonly consumers: Consumers;
  /** Before this time no message can be past its retention. */
  private nothingExpiresBeforeMs = 0;

  constructor(options: BacklogOptions) {
    this.options = options;
    this.subscription = options.subscription;
    this.order = new DeliveryOrder(options.subscription.enableMessageOrdering);
    this.consumers = new Consumers(() => !this.order.isEmpty);
    this.deadlines = new Timeline(options.clock, (leases) => this.onDeadline(leases));
    this.delays = new Timeline(options.clock, (entries) => this.onAvailable(entries));
  }

  // --- Deliveries --------------------------------------------------------------------------------

  /** Delivers to a consumer what may go to it now. */
  take(consumer: Consumer, options: TakeOptions): Lease[] {
    this.dropExpired();
    const now = this.options.clock.now();
    const taken: Entry[] = [];
    let bytes = 0;
    this.order.pick(now, consumer, options.single ?? false, (entry) => {
      const size = sizeOf(entry.message);
      if (taken.length >= options.messages) return false;
      if (taken.length > 0 && bytes + size > options.bytes) return false;
      bytes += size;
      taken.push(entry);
      return true;
    });
    if (taken.length === 0) return [];
    this.options.onChange({ op: 'lease', ids: taken.map((entry) => entry.message.id) });
    return taken.map((entry) => this.lease(entry, consumer, now + options.leaseMs));
  }

  private lease(entry: Entry, consumer: Consumer, deadlineMs: number): Lease {
    const lease: Lease = { ackId: this.options.newAckId(), entry, consumer, deadlineMs };
    entry.state = 'leased';
    entry.lease = lease;
    this.leases.set(lease.ackId, lease);
    if (deadlineMs < Infinity) this.deadlines.add(deadlineMs, lease);
    return lease;
  }

  /** Acknowledges deliveries; answers the ids that stand for none, or for one that is over. */
  acknowledge(ackIds: readonly string[]): string[] {
    const invalid: string[] = [];
    const ids: string[] = [];
    for (const ackId of ackIds) {
      const lease = this.leases.get(ackId);
      if (lease) {
        this.applyAck(lease.entry);
        ids.push(lease.entry.message.id);
      } else invalid.push(ackId);
    }
    if (ids.length > 0) this.options.onChange({ op: 'ack', ids });
    return invalid;
  }

  /** Gives a delivery so long from now. False if it is over, or never was. */
  extend(ackId: string, ms: number): boolean {
    const lease = this.leases.get(ackId);
    if (!lease) return false;
    lease.deadlineMs = this.options.clock.now() + ms;
    this.deadlines.add(lease.deadlineMs, lease);
    return true;
  }

  /** The delivery failed: the message is tried again after its backoff, or dead-lettered. */
  nack(ackId: string, problem?: string): boolean {
    const lease = this.leases.get(ackId);
    if (lease) this.fail(lease.entry, problem);
    return lease !== undefined;
  }

  /** Takes a delivery back as if it had not been: the message never had its chance. */
  release(ackId: string): void {
    const entry = this.leases.get(ackId)?.entry;
    if (!entry) return;
    this.requeue(entry, 0);
    this.options.onChange({ op: 'release', id: entry.message.id });
  }

  private fail(entry: Entry, problem: string | undefined): void {
    const { id } = entry.message;
    const failures = entry.failures + 1;
    const { deadLetterPolicy } = this.subscription;
    const exhausted = deadLetterPolicy && failures >= deadLetterPolicy.maxDeliveryAttempts;
    if (exhausted && this.options.deadLetter(entry.message, failures, problem)) {
      this.applyDrop(entry);
      this.options.onChange({ op: 'drop', ids: [id] });
      return;
    }
    const untilMs = this.options.clock.now() + backoffMs(this.subscription, failures);
    this.applyFail(entry, untilMs);
    this.options.onChange({ op: 'fail', id, untilMs });
  }

  private onDeadline(leases: readonly Lease[]): void {
    const now = this.options.clock.now();
    for (const lease of leases) {
      const overdue = lease.entry.lease === lease && lease.deadlineMs <= now;
      if (overdue) this.fail(lease.entry, undefined);
    }
  }

  private onAvailable(entries: readonly Entry[]): void {
    const now = this.options.clock.now();
    for (const entry of entries) {
      if (entry.state === 'waiting' && entry.availableAtMs <= now) this.order.enqueue(entry);
    }
    this.consumers.wake();
  }

  private dropExpired(): void {
    const now = this.options.clock.now();
    if (now < this.nothingExpiresBeforeMs) return;
    const retentionMs = toMs(this.subscription.messageRetentionDuration);
    this.nothingExpiresBeforeMs = now + retentionMs;
    const expired: Entry[] = [];
    for (const entry of this.entries.values()) {
      const expiresAtMs = entry.message.publishedAtMs + retentionMs;
      if (expiresAtMs > now) {
        this.nothingExpiresBeforeMs = expiresAtMs;
        break;
      }
      expired.push(entry);
    }
    for (const entry of expired) this.applyDrop(entry);
    const ids = expired.map((entry) => entry.message.id);
    if (ids.length > 0) this.options.onChange({ op: 'drop', ids });
  }

  // --- State -------------------------------------------------------------------------------------

  add(messages: readonly Message[]): void {
    for (const message of messages) this.order.add(this.insert(message));
    this.consumers.wake();
  }

  /** Follows an update of the subscription. */
  configure(subscription: Subscription): void {
    this.subscription = subscription;
    this.nothingExpiresBeforeMs = 0;
    if (subscription.retainAckedMessages) return;
    for (const [id, entry] of this.entries) if (entry.state === 'acked') this.entries.delete(id);
  }

  /** Repeats a change of an earlier run. */
  replay(change: BacklogChange): void {
    for (const id of 'ids' in change ? change.ids : [change.id]) {
      const entry = this.entries.get(id);
      if (!entry) continue;
      if (change.op === 'lease') this.applyLease(entry);
      else if (change.op === 'ack') this.applyAck(entry);
      else if (change.op === 'drop') this.applyDrop(entry);
      else if (change.op === 'release') this.requeue(entry, 0);
      else this.applyFail(entry, change.untilMs);
    }
  }

  /** After a restart: whoever had messages has lost them, as if their deadlines had passed. */
  recover(): void {
    for (const entry of [...this.entries.values()]) {
      if (entry.state === 'leased') this.fail(entry, undefined);
    }
  }

  /**
   * Marks what was published before the time as acknowledged, and the rest as not; `retained` are
   * the topic's messages that this subscription may want. What was out is taken back.
   */
  seek(timeMs: number, retained: readonly Message[]): void {
    for (const message of retained) {
      if (message.publishedAtMs >= timeMs && !this.entries.has(message.id)) this.insert(message);
    }
    const inOrder = [...this.entries.values()].sort(byMessageId);
    this.entries = new Map(inOrder.map((entry) => [entry.message.id, entry]));
    this.order.clear();
    for (const entry of inOrder) {
      this.endLease(entry);
      if (isAcknowledged(entry)) entry.failures = 0;
      Object.assign(entry, { state: 'ready', availableAtMs: 0, lane: undefined, queued: false });
      if (entry.message.publishedAtMs < timeMs) this.finish(entry);
      else this.order.add(entry);
    }
    this.nothingExpiresBeforeMs = 0;
    this.consumers.wake();
  }

  /** What `restore` needs to make the same backlog. */
  save(): SavedEntry[] {
    const now = this.options.clock.now();
    return Array.from(this.entries.values(), ({ message, state, failures, availableAtMs }) => ({
      id: message.id,
      state,
      ...(failures === 0 ? {} : { failures }),
      ...(availableAtMs <= now ? {} : { untilMs: availableAtMs }),
    }));
  }

  restore(saved: readonly SavedEntry[], messageOf: (id: string) => Message): void {
    for (const { id, state, failures = 0, untilMs = 0 } of saved) {
      const entry = this.insert(messageOf(id));
      entry.failures = failures;
      if (state !== 'acked') this.order.add(entry);
      if (state === 'leased' || state === 'held') this.order.deliver(entry);
      entry.state = state;
      if (untilMs > 0) this.requeue(entry, untilMs);
    }
  }

  messages(): Message[] {
    return Array.from(this.entries.values(), (entry) => entry.message);
  }

  /** Forgets everything, timers included. */
  clear(): void {
    for (const entry of this.entries.values()) this.endLease(entry);
    this.entries.clear();
    this.order.clear();
    this.deadlines.clear();
    this.delays.clear();
  }

  private insert(message: Message): Entry {
    const entry: Entry = {
      message,
      state: 'ready',
      failures: 0,
      availableAtMs: 0,
      lane: undefined,
      queued: false,
      lease: undefined,
    };
    this.entries.set(message.id, entry);
    return entry;
  }

  private applyLease(entry: Entry): void {
    this.order.deliver(entry);
    entry.state = 'leased';
  }

  private applyAck(entry: Entry): void {
    this.endLease(entry);
    for (const done of this.order.acknowledge(entry)) this.finish(done);
    // The next of its key may go out now.
    this.consumers.wake();
  }

  private applyDrop(entry: Entry): void {
    this.endLease(entry);
    for (const done of this.order.remove(entry)) this.finish(done);
    entry.state = 'acked';
    this.entries.delete(entry.message.id);
    this.consumers.wake();
  }

  private applyFail(entry: Entry, untilMs: number): void {
    entry.failures++;
    this.requeue(entry, untilMs);
  }

  private requeue(entry: Entry, untilMs: number): void {
    const now = this.options.clock.now();
    this.endLease(entry);
    for (const follower of this.order.putBack(entry, untilMs, now)) {
      this.endLease(follower);
      follower.state = 'ready';
    }
    if (untilMs > now) this.delay(entry, untilMs);
    this.consumers.wake();
  }

  private delay(entry: Entry, untilMs: number): void {
    entry.availableAtMs = untilMs;
    this.delays.add(untilMs, entry);
  }

  private finish(entry: Entry): void {
    entry.state = 'acked';
    if (!this.subscription.retainAckedMessages) this.entries.delete(entry.message.id);
  }

  private endLease(entry: Entry): void {
    const { lease } = entry;
    if (!lease) return;
    entry.lease = undefined;
    this.leases.delete(lease.ackId);
    lease.consumer.ended?.(lease);
  }
}

const isAcknowledged = ({ state }: Entry): boolean => state === 'acked' || state === 'held';

const byMessageId = (a: Entry, b: Entry): number => Number(a.message.id) - Number(b.message.id);
