/**
 * The messages of one ordering key in one subscription, in their order.
 *
 * Rules (https://cloud.google.com/pubsub/docs/ordering): a message goes out only behind all earlier
 * ones of its key; while some are outstanding, more go only to the same subscriber; and when one is
 * delivered again, so are all that follow it, even those already acknowledged.
 */
import type { Entry } from './entry.ts';

/** One ordering key in one subscription. */
export class Lane {
  /** From the first that is not acknowledged together with all before it. */
  private readonly entries: Entry[] = [];
  /** How many of them, from the front, are out or were acknowledged ahead of an earlier one. */
  private delivered = 0;
  /** Who has them. */
  private holder: unknown;
  /** The backoff of the message at the front. */
  private blockedUntilMs = 0;

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  push(entry: Entry): void {
    this.entries.push(entry);
  }

  /** The message that may go to this subscriber now; `single` allows one outstanding at most. */
  next(nowMs: number, holder: unknown, single: boolean): Entry | undefined {
    if (this.blockedUntilMs > nowMs) return undefined;
    if (this.delivered > 0 && (single || holder !== this.holder)) return undefined;
    return this.entries[this.delivered];
  }

  /** Marks the message at the front of those waiting as delivered. */
  deliver(holder: unknown): void {
    this.delivered++;
    this.holder = holder;
  }

  /** Acknowledges one; answers those now finished: it and its followers, if none before it is open. */
  acknowledge(entry: Entry): Entry[] {
    entry.state = 'held';
    return this.finish();
  }

  /** Takes one out of the order: dead-lettered, expired or sought past. Answers what it held back. */
  remove(entry: Entry): Entry[] {
    const at = this.entries.indexOf(entry);
    if (at < 0) return [];
    this.entries.splice(at, 1);
    if (at < this.delivered) this.delivered--;
    return this.finish();
  }

  /** Puts one and all its followers back; answers the followers that had been delivered. */
  rewind(entry: Entry, untilMs: number): Entry[] {
    const at = this.entries.indexOf(entry);
    const followers = this.entries.slice(at + 1, this.delivered);
    this.delivered = Math.min(this.delivered, at);
    this.blockedUntilMs = Math.max(this.blockedUntilMs, untilMs);
    return followers;
  }

  private finish(): Entry[] {
    let count = 0;
    while (count < this.delivered && this.entries[count]!.state === 'held') count++;
    this.delivered -= count;
    return this.entries.splice(0, count);
  }
}
