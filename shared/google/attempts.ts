/** Asks again where another attempt may succeed. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface AttemptTimes {
  /** Milliseconds that one attempt, and all of them together, may take. */
  readonly attemptMs: number;
  readonly totalMs: number;
}

export interface AttemptOptions extends AttemptTimes {
  /** Whether what went wrong may go well the next time. */
  readonly mayPass: (error: unknown) => boolean;
  /** Milliseconds since 1970; `Date.now` unless said. */
  readonly now?: () => number;
  /** `timers/promises` unless said. */
  readonly wait?: (ms: number) => Promise<unknown>;
  /** From 0 to 1; `Math.random` unless said. */
  readonly random?: () => number;
}

/** Milliseconds before the second attempt and, doubled each time, before any later one at most. */
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 400;

/**
 * The first success of several attempts. Between them it waits for a random part of a time that
 * doubles, so that many callers do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, full jitter).
 *
 * @param attempt told when it must have ended, in milliseconds since 1970
 * @throws {unknown} what the last attempt did, when there is no time for another one, or it cannot pass
 */
export async function attempted<T>(
  attempt: (deadline: number) => Promise<T>,
  options: AttemptOptions,
): Promise<T> {
  const {
    attemptMs,
    totalMs,
    mayPass,
    now = Date.now,
    wait = sleep,
    random = Math.random,
  } = options;
  const end = now() + totalMs;
  for (let longest = FIRST_DELAY_MS; ; longest = Math.min(longest * 2, LONGEST_DELAY_MS)) {
    try {
      return await attempt(Math.min(now() + attemptMs, end));
    } catch (error) {
      const delay = random() * longest;
      if (!mayPass(error) || now() + delay >= end) throw error;
      await wait(delay);
    }
  }
}
