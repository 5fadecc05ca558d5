import type { Clock } from '../clock.ts';

/** A rest after failures: twice as long each time, until a success. */
export class Pause {
  private readonly clock: Clock;
  private readonly limits: { readonly minMs: number; readonly maxMs: number };
  private readonly onOver: () => void;
  private lastMs = 0;
  /**
   * Ended by the timer, not by comparing times: the machine's timers may fire a moment early, and
   * nothing would come back to look again.
   */
  private resting = false;

  constructor(
    clock: Clock,
    limits: { readonly minMs: number; readonly maxMs: number },
    onOver: () => void,
  ) {
    this.clock = clock;
    this.limits = limits;
    this.onOver = onOver;
  }

  get active(): boolean {
    return this.resting;
  }

  /** Failures during a rest are what led to it: they don't lengthen it. */
  begin(): void {
    if (this.resting) return;
    const { minMs, maxMs } = this.limits;
    this.lastMs = Math.min(Math.max(this.lastMs * 2, minMs), maxMs);
    this.resting = true;
    this.clock.after(this.lastMs, () => {
      this.resting = false;
      this.onOver();
    });
  }

  /** After a success the next rest is the shortest again. */
  reset(): void {
    this.lastMs = 0;
  }
}
