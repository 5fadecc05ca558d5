import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for work, but not for ever.
 * @throws {Error} when the work is not done in time; it may go on, and nobody looks at its end
 */
export async function limited<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const timer = new AbortController();
  const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`No answer within ${limitMs} ms.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
