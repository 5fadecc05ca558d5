import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../start/child.ts';

/** A process that is killed without a warning, and started again. */
export interface Perishable<T extends Child> {
  /** The latest; it may be dead. */
  readonly current: T;
  /** How often it was killed. */
  readonly kills: number;
  /** Kills it with SIGKILL. Returns when the next one serves. @param pauseMs in between */
  kill(pauseMs: number): Promise<void>;
}

/** @param start must find again, in a folder or behind an API, what the one before kept */
export async function perishable<T extends Child>(start: () => Promise<T>): Promise<Perishable<T>> {
  let current = await start();
  let kills = 0;
  return {
    get current() {
      return current;
    },
    get kills() {
      return kills;
    },
    async kill(pauseMs) {
      kills += 1;
      await current.kill('SIGKILL');
      await delay(pauseMs);
      current = await start();
    },
  };
}
