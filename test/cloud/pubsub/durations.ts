/** google.protobuf.Duration and Timestamp against milliseconds. */
import { checkBounds } from './status.ts';

/** google.protobuf.Duration; or a Timestamp, and then since 1970-01-01 UTC. */
export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** Also for a Timestamp: seconds and nanoseconds since 1970. */
export const toMs = (duration: Duration): number =>
  duration.seconds * 1_000 + duration.nanos / 1_000_000;

/** Also for a Timestamp. */
export function fromMs(ms: number): Duration {
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: Math.round((ms - seconds * 1_000) * 1_000_000) };
}

/** As the service's messages write it: `9m59s`, `744h`, `0.5s`. */
export function showDuration(ms: number): string {
  if (ms < 0) return `-${showDuration(-ms)}`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / MINUTE_MS);
  const seconds = (ms % MINUTE_MS) / 1_000;
  const text = `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}`;
  return text || '0s';
}

/** Message retention of topics and subscriptions: ten minutes to 31 days. @throws {PubSubError} */
export const checkRetention = (retention: Duration): void =>
  checkBounds(
    'message retention duration',
    toMs(retention),
    [10 * MINUTE_MS, 31 * DAY_MS],
    showDuration,
  );
