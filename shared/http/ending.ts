/** How an instance ends: Cloud Run sends SIGTERM, and ten seconds later SIGKILL. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, ServerResponse } from 'node:http';

/** Node publishes each request here before its server's listeners get it. */
const STARTS = 'http.server.request.start';
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const PATIENCE_MS = 9000;
const LOOK_EVERY_MS = 20;

const works: (() => Promise<void>)[] = [];

/** Has something done after the last answer, before the process ends; it may take what time is left. */
export const beforeEnd = (work: () => Promise<void>): void => {
  works.push(work);
};

/**
 * Lets requests under way be answered, and with that what they publish or write be done, before the
 * process ends on a signal. functions-framework would end it at once and tell the latest caller 500
 * (https://github.com/GoogleCloudPlatform/functions-framework-nodejs/blob/main/src/invoker.ts).
 * Call once, before the framework serves.
 */
export function endAfterAnswers(): void {
  const others = new Set(SIGNALS.flatMap((signal) => process.listeners(signal)));
  // Before the first request there is nothing to wait for, and the framework may not listen yet.
  for (const signal of SIGNALS) process.once(signal, () => process.exit(0));
  // The framework has set its own listeners when the first request comes: they and those above go.
  const takeOver = (message: unknown) => {
    unsubscribe(STARTS, takeOver);
    const { server } = message as { readonly server: Server };
    for (const signal of SIGNALS) {
      for (const listener of process.listeners(signal)) {
        if (!others.has(listener)) process.removeListener(signal, listener);
      }
      process.once(signal, () => end(server));
    }
  };
  subscribe(STARTS, takeOver);
}

function end(server: Server): void {
  server.close(async () => {
    await Promise.allSettled(works.map((work) => work()));
    process.exit(0);
  });
  // A caller that keeps its connection is told to open another one, elsewhere.
  subscribe(STARTS, (message) => {
    const { response } = message as { readonly response: ServerResponse };
    response.setHeader('connection', 'close');
  });
  setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS);
  setTimeout(() => process.exit(1), PATIENCE_MS);
}
