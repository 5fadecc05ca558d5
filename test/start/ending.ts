/** How a start ends other than by itself: it is asked to, or a process of it is lost. */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildError, losses } from './child.ts';

/** Somebody asked for the end: a signal, or a reader of the output that went away. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  /** @param signal what ended it; the exit code is 128 and its number, as shells have it */
  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE') {
    super(`Interrupted by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

export interface Endings {
  /** The work's result. @throws what ends the run before the work does */
  before<T>(work: Promise<T>): Promise<T>;
  /** Returns when somebody asks for the end. @throws {ChildError} for a process that is lost before */
  asked(): Promise<void>;
}

/** A lost process and the work that it breaks are heard of one after the other, in either order. */
const GRACE_MS = 500;

const soon = <T>(event: Promise<T>): Promise<T | undefined> =>
  Promise.race([event, sleep(GRACE_MS, undefined)]);

/** Listens from here on, until the process's end: a second Ctrl-C does not cut the stopping short. */
export function watchEndings(): Endings {
  const interrupted = new Promise<Interrupted>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(new Interrupted(signal)));
    }
    process.stdout.on('error', () => resolve(new Interrupted('SIGPIPE')));
  });
  const lost = new Promise<ChildError>((resolve) => losses.once('loss', resolve));
  const ended = Promise.race([interrupted, lost]);
  return {
    async before(work) {
      const settled = settle(work);
      const first = await Promise.race([settled, ended]);
      if ('value' in first) return first.value;
      if (first instanceof Interrupted) throw first;
      const [outcome, reason] = await Promise.all([soon(settled), soon(ended)]);
      if (reason instanceof Interrupted) throw reason;
      const failure = outcome && 'error' in outcome ? (outcome.error as Error) : undefined;
      if (!failure || !reason) throw failure ?? reason;
      throw new Error(`${failure.message}\n${reason.message}`, { cause: failure });
    },
    async asked() {
      const reason = await ended;
      if (!(reason instanceof Interrupted)) throw reason;
    },
  };
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

const settle = <T>(work: Promise<T>): Promise<Outcome<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
