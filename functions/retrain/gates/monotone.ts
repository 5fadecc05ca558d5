import { type InputEncoding, widthOf } from '../../../shared/bridge/encoding.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import type { Gate } from '../../../shared/bundle/manifest.ts';
import type { Reversal } from '../../../shared/card/findings.ts';
import { reversalOf } from '../../../shared/explain/monotone.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { atMost } from './verdict.ts';

/**
 * Measured on rows that the model was trained on.
 * @param rows row-major, as the model reads them
 */
export function reversalsOf(
  { monotone }: Pick<PortfolioDocument, 'monotone'>,
  inputs: readonly InputEncoding[],
  model: Uint8Array,
  rows: Float64Array,
): Reversal[] {
  const graph = readScoringGraph(model);
  return Object.entries(monotone).map(([feature, direction]) => ({
    feature,
    share: reversalOf(graph, rows, columnOf(inputs, feature), direction),
  }));
}

/** Where a feature's numbers begin in a row. */
export function columnOf(inputs: readonly InputEncoding[], feature: string): number {
  let at = 0;
  for (const input of inputs) {
    if (input.name === feature) return at;
    at += widthOf(input);
  }
  throw new Error(`The model does not read ${feature}.`);
}

export const monotoneGates = (
  { gates }: Pick<PortfolioDocument, 'gates'>,
  reversals: readonly Reversal[],
): Gate[] =>
  reversals.map(({ feature, share }) =>
    atMost(
      `monotone_${feature}`,
      share ?? Number.NaN,
      gates.monotone_reversal_at_most,
      'Nobody may be worse off for what must only ever help; the figure is the share of all movement that goes the wrong way.',
    ),
  );
