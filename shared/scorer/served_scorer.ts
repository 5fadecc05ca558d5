import { marginsOnly } from '../bridge/onnx/margins.ts';
import { readScoringGraph } from '../bridge/onnx/read.ts';
import { createScoresOf, logOddsOf } from './from_margins.ts';
import { createOnnxScorer } from './onnx_scorer.ts';
import type { RowsScorer } from './row_scorer.ts';
import { openSession } from './session.ts';

/** More in a run save nothing more, and the first of them would wait for the last. */
const MOST = 64;

/**
 * The scorer of single decisions, on onnxruntime: a row has the same bits in any company, so that
 * its decision can be made again. Of trees onnxruntime gives the sums alone, which it takes row by
 * row; any other graph runs whole, with one row at a time.
 * @param graph of these bytes, where they have been read already
 */
export async function createServedScorer(
  model: Uint8Array,
  graph = readScoringGraph(model),
): Promise<RowsScorer> {
  const { input, signs, calibration, booster } = graph;
  const margins = signs && calibration && marginsOnly(model, booster);
  if (!margins) {
    return { ...(await createOnnxScorer(model, input)), most: 1 };
  }
  const session = await openSession(margins, input);
  const scoresOf = createScoresOf(calibration);
  return {
    width: input.width,
    most: MOST,
    async score(rows) {
      const results = await session.run(rows);
      const sums = results.margins!.data as Float32Array;
      const logOdds = new Float64Array(sums.length / signs.length);
      logOddsOf(signs, sums, logOdds);
      return scoresOf(logOdds);
    },
    close: session.close,
  };
}
