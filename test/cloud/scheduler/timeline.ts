import type { Clock } from '../clock.ts';
import { nextRun } from './cron.ts';
import { CODE } from './delivery.ts';
import type { Job, Status } from './job.ts';
import { backoff, mayRetry } from './retries.ts';
import { type Specification, zoneOf } from './specification.ts';

/** What changes of a job as it runs. */
export type Progress = Partial<Pick<Job, 'scheduleTime' | 'lastAttemptTime' | 'status'>>;

/** A job, its clock, and how it is attempted. */
export interface TimelineOptions {
  readonly specification: Specification;
  readonly clock: Clock;
  /** One attempt for the time it was scheduled; never rejects. */
  readonly attempt: (time: number, signal: AbortSignal) => Promise<Status>;
  readonly report: (progress: Progress) => void;
}

/**
 * Runs one job by its schedule, one execution at a time: the next one waits until the last has
 * ended, with its retries. Of several that were missed meanwhile one is made up for.
 */
export class Timeline {
  private readonly options: TimelineOptions;
  private readonly ended = new AbortController();
  private cancelTimer = () => {};
  private stopped = false;

  constructor(options: TimelineOptions) {
    this.options = options;
  }

  /** Begins with the next time after now; what lies before is not made up for. */
  start(): void {
    this.waitFor(this.next(this.options.clock.now()));
  }

  /** No attempt begins any more. One under way goes on, unless it is to be broken off. */
  stop({ breakOff }: { breakOff: boolean }): void {
    this.cancelTimer();
    this.stopped = true;
    if (breakOff) this.ended.abort();
  }

  /** An attempt outside of the schedule, also beside one under way. */
  async runNow(): Promise<void> {
    const { clock } = this.options;
    await this.tryOnce(clock.now());
  }

  private waitFor(time: number | undefined): void {
    if (time === undefined) return;
    const { clock, report } = this.options;
    report({ scheduleTime: time });
    this.cancelTimer = clock.after(time - clock.now(), () => void this.execute(time));
  }

  private async execute(
    time: number,
    retries = 0,
    first = this.options.clock.now(),
  ): Promise<void> {
    const { clock, specification, report } = this.options;
    const status = await this.tryOnce(time);
    if (this.stopped) return;
    const now = clock.now();
    const next = this.next(Math.max(time, first));
    const wait = backoff(specification.retryConfig, retries);
    const again =
      status.code !== CODE.ok && mayRetry(specification.retryConfig, retries, now - first);
    if (again && (next === undefined || now + wait < next)) {
      report({ scheduleTime: now + wait });
      this.cancelTimer = clock.after(wait, () => void this.execute(time, retries + 1, first));
    } else {
      this.waitFor(next);
    }
  }

  private async tryOnce(time: number): Promise<Status> {
    const { clock, specification, attempt, report } = this.options;
    report({ lastAttemptTime: clock.now() });
    const overdue = new AbortController();
    const cancel = clock.after(specification.attemptDeadline, () => overdue.abort());
    const signal = AbortSignal.any([overdue.signal, this.ended.signal]);
    const answer = await attempt(time, signal);
    cancel();
    const seconds = specification.attemptDeadline / 1000;
    const late = { code: CODE.deadlineExceeded, message: `No answer within ${seconds} s.` };
    const status = overdue.signal.aborted ? late : answer;
    if (!this.ended.signal.aborted) report({ status });
    return status;
  }

  private next(after: number): number | undefined {
    const { schedule } = this.options.specification;
    return nextRun(schedule, zoneOf(this.options.specification), after);
  }
}
