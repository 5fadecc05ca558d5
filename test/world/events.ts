/** Server-sent events (WHATWG HTML, section 9.2) at the pace of the client. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Pace } from './source.ts';

/** Waits so many milliseconds, less when the signal is aborted (it then rejects). */
export type Pause = (ms: number, signal: AbortSignal) => Promise<unknown>;

/** Characters that are gathered before they are written. */
const CHUNK = 65_536;

/**
 * Sends records as one `data:` event each, then `event: end` with their number. A client that saw
 * no `end` has no whole stream; where the source failed, `event: error` says why, and the connection
 * breaks, so that nobody takes it for an end. Stops, and lets the source clean up, when the client
 * goes away.
 */
export async function sendEvents(
  response: ServerResponse,
  batches: Iterable<readonly object[]> | AsyncIterable<readonly object[]>,
  pace: Pace,
  pause: Pause,
): Promise<void> {
  if (response.destroyed) return;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  try {
    const records = await sendRecords(response, batches, pace, pause, gone.signal);
    response.end(`event: end\ndata: ${JSON.stringify({ records })}\n\n`);
  } catch (error) {
    if (gone.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    response.write(`event: error\ndata: ${JSON.stringify({ message })}\n\n`, () =>
      response.destroy(),
    );
  }
}

async function sendRecords(
  response: ServerResponse,
  batches: Iterable<readonly object[]> | AsyncIterable<readonly object[]>,
  { rate_per_second: rate, max_records: most = Number.POSITIVE_INFINITY }: Pace,
  pause: Pause,
  gone: AbortSignal,
): Promise<number> {
  let sent = 0;
  for await (const batch of batches) {
    let text = '';
    for (const record of batch) {
      if (sent === most) break;
      if (rate !== undefined && sent > 0) await pause(1000 / rate, gone);
      text += `data: ${JSON.stringify(record)}\n\n`;
      sent += 1;
      if (text.length < CHUNK && rate === undefined) continue;
      await write(response, text, gone);
      text = '';
    }
    await write(response, text, gone);
    if (sent === most) break;
    // A source may compute for long without waiting for anything: others want a turn.
    await setImmediate(undefined, { signal: gone });
  }
  return sent;
}

async function write(response: ServerResponse, text: string, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  if (text !== '' && !response.write(text)) await once(response, 'drain', { signal: gone });
}
