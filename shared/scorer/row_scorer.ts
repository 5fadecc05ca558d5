/** Single rows, those of one turn of the event loop in one run: a run costs more than its rows. */
import type { Scorer, Scores } from './scorer.ts';

/** Scores several rows in one run. */
export interface RowsScorer extends Scorer {
  /** Rows of one run. */
  readonly most: number;
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Run {
  readonly rows: Float64Array[];
  readonly scores: Promise<Scores>;
}

/**
 * A scorer of one row a call. A row joins the run that has not begun yet; where that fails, so do
 * all of its rows, and each has its stand-in.
 * @param scorer taken over: closed when the last run is done
 * @param begins when a run takes no more rows
 */
export function createRowScorer(
  { width, most, score, close }: RowsScorer,
  begins: () => Promise<void> = endOfTurn,
): Scorer {
  const running = new Set<Promise<Scores>>();
  /** Takes rows still. */
  let waiting: Run | undefined;
  let closed = false;
  const start = (): Run => {
    const rows: Float64Array[] = [];
    const scores = begins().then(() => {
      if (waiting?.rows === rows) waiting = undefined;
      return score(joined(rows, width));
    });
    running.add(scores);
    const end = () => running.delete(scores);
    void scores.then(end, end);
    return { rows, scores };
  };
  return {
    width,
    async score(row) {
      if (closed) throw new Error('The scorer is closed.');
      if (row.length !== width)
        throw new RangeError(`A row has ${row.length} of ${width} numbers.`);
      waiting ??= start();
      const { rows, scores } = waiting;
      const at = rows.push(row) - 1;
      if (rows.length === most) waiting = undefined;
      const { probability, pd } = await scores;
      return { probability: probability.subarray(at, at + 1), pd: pd.subarray(at, at + 1) };
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
      await close();
    },
  };
}

function joined(rows: readonly Float64Array[], width: number): Float64Array {
  if (rows.length === 1) return rows[0]!;
  const all = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    all.set(row, i * width);
  });
  return all;
}
