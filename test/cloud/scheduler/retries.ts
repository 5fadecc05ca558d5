/** When a failed attempt is repeated. Source: RetryConfig of the Cloud Scheduler API. */

/** Durations in milliseconds. */
export interface RetryConfig {
  /** 0 means no retry at all. */
  readonly retryCount: number;
  /** From the first attempt on; 0 means that `retryCount` alone decides. */
  readonly maxRetryDuration: number;
  readonly minBackoffDuration: number;
  readonly maxBackoffDuration: number;
  readonly maxDoublings: number;
}

/**
 * How long to wait after a failure: doubled so many times, then growing by as much each time, up to
 * the maximum (10 s, 20 s, 40 s, 80 s, 160 s, 240 s, 300 s, 300 s, … for 10 s, 3 doublings, 300 s).
 *
 * @param retry 0 for the first retry
 */
export function backoff(config: RetryConfig, retry: number): number {
  const { minBackoffDuration, maxBackoffDuration, maxDoublings } = config;
  const doublings = Math.min(retry, maxDoublings);
  const steps = Math.max(retry - maxDoublings, 0) + 1;
  return Math.min(minBackoffDuration * 2 ** doublings * steps, maxBackoffDuration);
}

/**
 * Whether there is to be another retry: "until both limits are reached" where there are two.
 *
 * @param retries how many there have been
 * @param elapsed milliseconds since the first attempt began
 */
export function mayRetry(config: RetryConfig, retries: number, elapsed: number): boolean {
  if (config.retryCount === 0) return false;
  return retries < config.retryCount || elapsed < config.maxRetryDuration;
}
