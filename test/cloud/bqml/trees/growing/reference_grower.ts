/** Growing a tree by trying everything, slowly: what the growers are held to in tests. */

export interface Candidate {
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
}

export interface ReferenceOptions {
  readonly maxDepth: number;
  readonly minChildWeight: number;
  readonly l1: number;
  readonly l2: number;
}

export type ReferenceNode =
  | { readonly rows: readonly number[]; readonly weight: number }
  | (Candidate & {
      readonly gain: number;
      readonly left: ReferenceNode;
      readonly right: ReferenceNode;
    });

export interface ReferenceData {
  readonly columns: readonly Float32Array[];
  /** Gradient and hessian a row: dyadic, so that sums are exact in any order. */
  readonly pairs: readonly (readonly [gradient: number, hessian: number])[];
  /** What to try in a node, in this order; of equal gains the first counts. */
  readonly candidates: (rows: readonly number[]) => readonly Candidate[];
}

const LEAST_GAIN = Math.fround(1e-6);

export function referenceTree(
  data: ReferenceData,
  options: ReferenceOptions,
  rows: readonly number[] = [...data.pairs.keys()],
  depth = 0,
): ReferenceNode {
  const { minChildWeight } = options;
  const sums = (of: readonly number[]) =>
    [0, 1].map((i) => of.reduce((sum, row) => sum + data.pairs[row]![i]!, 0)) as [number, number];
  const [gradient, hessian] = sums(rows);
  const kept = Math.max(Math.abs(gradient) - options.l1, 0) * Math.sign(gradient);
  const light = hessian < minChildWeight || hessian <= 0;
  const weight = light ? 0 : Math.fround(-kept / (hessian + options.l2));
  let best: { candidate: Candidate; gain: number; parts: [number[], number[]] } | undefined;
  for (const candidate of depth < options.maxDepth ? data.candidates(rows) : []) {
    const parts = part(data.columns[candidate.feature]!, candidate, rows);
    const [left, right] = parts.map(sums) as [[number, number], [number, number]];
    if (left[1] < minChildWeight || right[1] < minChildWeight) continue;
    const children = Math.fround(gainOf(...left, options) + gainOf(...right, options));
    const gain = Math.fround(children - gainOf(gradient, hessian, options));
    if (gain > (best?.gain ?? LEAST_GAIN) && gain < Infinity) best = { candidate, gain, parts };
  }
  if (best === undefined) return { rows, weight };
  const [left, right] = best.parts.map((of) => referenceTree(data, options, of, depth + 1));
  return { ...best.candidate, gain: best.gain, left: left!, right: right! };
}

function part(
  column: Float32Array,
  { threshold, missingLeft }: Candidate,
  rows: readonly number[],
): [number[], number[]] {
  const goesLeft = (row: number) =>
    Number.isNaN(column[row]!) ? missingLeft : column[row]! < threshold;
  return [rows.filter(goesLeft), rows.filter((row) => !goesLeft(row))];
}

function gainOf(gradient: number, hessian: number, { l1, l2 }: ReferenceOptions): number {
  if (hessian <= 0) return 0;
  const kept = Math.max(Math.abs(gradient) - l1, 0);
  return Math.fround(Math.fround(kept * kept) / Math.fround(hessian + l2));
}
