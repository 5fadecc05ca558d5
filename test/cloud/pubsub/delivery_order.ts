import type { Consumer, Entry } from './entry.ts';
import { Fifo } from './fifo.ts';
import { Lane } from './lane.ts';

/** In which order the messages of a subscription go out: by key in lanes, the rest from a queue. */
export class DeliveryOrder {
  private readonly ordered: boolean;
  /** In passing also holds some that are no longer ready. */
  private readonly queue = new Fifo<Entry>();
  private readonly lanes = new Map<string, Lane>();
  private queueFirst = false;

  constructor(ordered: boolean) {
    this.ordered = ordered;
  }

  get isEmpty(): boolean {
    return this.queue.isEmpty && this.lanes.size === 0;
  }

  /** Places a message that is new here. */
  add(entry: Entry): void {
    const { orderingKey } = entry.message;
    if (!this.ordered || orderingKey === '') {
      this.enqueue(entry);
      return;
    }
    const lane = this.lanes.get(orderingKey) ?? new Lane();
    this.lanes.set(orderingKey, lane);
    entry.lane = lane;
    lane.push(entry);
  }

  /**
   * Shows the consumer what may go to it now, one by one, and counts it as delivered, until `accept`
   * says no. `single`: at most one outstanding message a key.
   */
  pick(
    nowMs: number,
    consumer: Consumer,
    single: boolean,
    accept: (entry: Entry) => boolean,
  ): void {
    const sources = [
      () => this.pickByKey(nowMs, consumer, single, accept),
      () => this.pickFromQueue(accept),
    ];
    this.queueFirst = !this.queueFirst;
    if (this.queueFirst) sources.reverse();
    for (const source of sources) if (!source()) return;
  }

  private pickByKey(
    nowMs: number,
    consumer: Consumer,
    single: boolean,
    accept: (entry: Entry) => boolean,
  ): boolean {
    for (const [key, lane] of this.lanes) {
      const next = () => lane.next(nowMs, consumer, single);
      for (let entry = next(); entry; entry = next()) {
        if (!accept(entry)) {
          // The other keys come first next time.
          this.lanes.delete(key);
          this.lanes.set(key, lane);
          return false;
        }
        lane.deliver(consumer);
      }
    }
    return true;
  }

  private pickFromQueue(accept: (entry: Entry) => boolean): boolean {
    for (let entry = this.queue.peek(); entry; entry = this.queue.peek()) {
      if (entry.state === 'ready' && !accept(entry)) return false;
      entry.queued = false;
      this.queue.shift();
    }
    return true;
  }

  /** Counts a message as delivered that was picked in an earlier run. */
  deliver(entry: Entry): void {
    entry.lane?.deliver(undefined);
  }

  /** Answers the messages that are finished now: this one, or it waits for earlier ones of its key. */
  acknowledge(entry: Entry): Entry[] {
    const { lane } = entry;
    if (!lane) return [entry];
    const finished = lane.acknowledge(entry);
    this.leave(lane, finished);
    return finished;
  }

  /** Takes a message out; answers others that are finished for want of it. */
  remove(entry: Entry): Entry[] {
    const { lane } = entry;
    if (!lane) return [];
    const finished = lane.remove(entry);
    this.leave(lane, [entry, ...finished]);
    return finished;
  }

  /** Puts a delivered message back; answers those of its key that go back with it. */
  putBack(entry: Entry, untilMs: number, nowMs: number): Entry[] {
    if (entry.lane) {
      entry.state = 'ready';
      return entry.lane.rewind(entry, untilMs);
    }
    if (untilMs > nowMs) entry.state = 'waiting';
    else this.enqueue(entry);
    return [];
  }

  /** Into the queue, at its end. */
  enqueue(entry: Entry): void {
    entry.state = 'ready';
    if (entry.queued) return;
    entry.queued = true;
    this.queue.push(entry);
  }

  clear(): void {
    this.queue.clear();
    this.lanes.clear();
  }

  private leave(lane: Lane, entries: readonly Entry[]): void {
    for (const entry of entries) {
      entry.lane = undefined;
      if (lane.isEmpty) this.lanes.delete(entry.message.orderingKey);
    }
  }
}
