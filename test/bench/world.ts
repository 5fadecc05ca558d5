/** How long a year of 1.9 million checkouts takes, through the stream server. */
import { startWorld } from '../world/server.ts';

export interface WorldFigures {
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

export async function benchWorld(): Promise<WorldFigures> {
  const world = await startWorld();
  const start = performance.now();
  const response = await fetch(`${world.url}/stream/bnpl`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      start_date: '2025-09-01',
      end_date: '2026-08-31',
      base_daily_volume: 5000,
      seed: 7,
    }),
  });
  let bytes = 0;
  let tail = Buffer.alloc(0);
  for await (const chunk of response.body!) {
    bytes += chunk.length;
    tail = Buffer.concat([tail, chunk]).subarray(-100);
  }
  const seconds = (performance.now() - start) / 1000;
  await world.stop();
  const records = Number(/"records":(\d+)/.exec(tail.toString())?.[1]);
  return { records, bytes, seconds, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

export const describeWorld = ({ records, bytes, seconds, peakBytes }: WorldFigures): string =>
  [
    'A year of checkouts, simulated and streamed over HTTP, one run',
    `  ${records.toLocaleString('en')} records, ${(bytes / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s: ` +
      `${Math.round(records / seconds).toLocaleString('en')} a second, ${(peakBytes / 2 ** 20).toFixed(0)} MiB at most`,
  ].join('\n');
