/** What a candidate takes: bytes to load, time to score one application. */
import type { Gate } from '../../../shared/bundle/manifest.ts';
import type { Footprint } from '../../../shared/card/findings.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import type { Scorer } from '../../../shared/scorer/scorer.ts';
import { quantile } from '../../../shared/statistics/bootstrap.ts';
import { atMost } from './verdict.ts';

/** Calls that come first and are not timed. */
const WARM_UP = 20;

/**
 * @param rows row-major, as the model reads them
 * @param clock milliseconds, whenever it began
 * @returns the median time of one row
 */
export async function timeOf(
  scorer: Scorer,
  rows: Float64Array,
  clock: () => number,
): Promise<{ readonly ms: number; readonly timed: number }> {
  const count = rows.length / scorer.width;
  const rowAt = (i: number) => rows.slice(i * scorer.width, (i + 1) * scorer.width);
  for (let i = 0; i < Math.min(WARM_UP, count); i++) await scorer.score(rowAt(i));
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = rowAt(i);
    const began = clock();
    await scorer.score(row);
    times[i] = clock() - began;
  }
  return { ms: quantile(times.sort(), 0.5), timed: count };
}

export function footprintGates(
  { gates }: Pick<PortfolioDocument, 'gates'>,
  { bytes, ms, timed }: Footprint,
): Gate[] {
  return [
    ...(gates.model_bytes_at_most === undefined
      ? []
      : [
          atMost(
            'model_bytes',
            bytes,
            gates.model_bytes_at_most,
            'Every new instance loads the model before it serves.',
          ),
        ]),
    ...(gates.score_ms_at_most === undefined
      ? []
      : [
          atMost(
            'score_ms',
            ms ?? Number.NaN,
            gates.score_ms_at_most,
            'A shopper waits for this; the figure is the median of one application in onnxruntime.',
            { n: timed },
          ),
        ]),
  ];
}
