/** Time as the local services see it: the machine's, or a test's that moves only when told to. */

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Runs the work once, when `ms` have passed. Answers how to call it off; harmless afterwards. */
  after(ms: number, work: () => void): () => void;
}

/** What setTimeout takes at most (about 24.8 days); it fires at once for more. */
const LONGEST = 2 ** 31 - 1;

/** The machine's clock. Its timers don't keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, work) {
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      const step = Math.min(Math.max(left, 0), LONGEST);
      timer = setTimeout(() => (left > step ? arm(left - step) : work()), step);
      timer.unref();
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** A clock that stands still until it is advanced, and then runs timers in the order of their times. */
export class ManualClock implements Clock {
  private readonly timers = new Set<Timer>();
  private time: number;

  constructor(start: number | string) {
    this.time = new Date(start).getTime();
  }

  now(): number {
    return this.time;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.time + Math.max(ms, 0), work };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /**
   * Moves on, running each timer that falls due at its own time, also those set on the way. After
   * each one, work that waits for no input or output (promises already resolved) gets its turn.
   */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (let next = this.nextBy(end); next; next = this.nextBy(end)) {
      this.timers.delete(next);
      this.time = next.at;
      next.work();
      await settled();
    }
    this.time = end;
  }

  /** Advances to a date. */
  advanceTo(date: number | string): Promise<void> {
    return this.advance(new Date(date).getTime() - this.time);
  }

  /** The earliest timer up to a time; among equals, the one set first. */
  private nextBy(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
