import { fromMs, toMs } from './durations.ts';
import type { RetryPolicy, Subscription } from './wire.ts';

/** What an export does of its own accord: a row that does not fit will hardly fit at once. */
const EXPORT_RETRY: RetryPolicy = {
  minimumBackoff: fromMs(10_000),
  maximumBackoff: fromMs(600_000),
};

/**
 * How long a message waits after its nth failed delivery: minimum × 2ⁿ⁻¹, at most the maximum. The
 * service adds jitter; here the times are exact. Without a policy it may go out again at once.
 */
export function backoffMs(
  { retryPolicy, bigqueryConfig }: Pick<Subscription, 'retryPolicy' | 'bigqueryConfig'>,
  failures: number,
): number {
  const policy = retryPolicy ?? (bigqueryConfig ? EXPORT_RETRY : null);
  if (!policy) return 0;
  const minimum = toMs(policy.minimumBackoff);
  return Math.min(minimum * 2 ** Math.max(failures - 1, 0), toMs(policy.maximumBackoff));
}
