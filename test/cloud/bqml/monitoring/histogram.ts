/**
 * Histograms of equal width, and what makes two of them comparable: both spread over the edges of
 * either, evenly within a bucket. As TensorFlow Data Validation does it, whose behaviour BigQuery's
 * monitoring functions have (tensorflow_data_validation/anomalies/metrics.cc, AlignHistograms).
 */

export interface Histogram {
  /** Ascending, one more than there are buckets; one alone where all finite values are equal; none without them. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Values that are infinite or no numbers. */
  readonly infinite: number;
  readonly nan: number;
}

/** @param values without NULLs */
export function histogramOf(values: Float64Array, buckets: number): Histogram {
  const finite = values.filter(Number.isFinite);
  const nan = values.filter(Number.isNaN).length;
  const rest = { infinite: values.length - finite.length - nan, nan };
  if (finite.length === 0) return { edges: [], counts: [], ...rest };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  if (low === high) return { edges: [low], counts: [finite.length], ...rest };
  // A range may be wider than the greatest number, and narrower than its buckets.
  const edges = Array.from(
    { length: buckets },
    (_, i) => low * (1 - i / buckets) + high * (i / buckets),
  );
  const counts = new Array<number>(buckets).fill(0);
  const scale = high / 2 - low / 2;
  for (const value of finite) {
    const place = Math.floor(((value / 2 - low / 2) / scale) * buckets);
    counts[Math.min(place, buckets - 1)]!++;
  }
  return { edges: [...edges, high], counts, ...rest };
}

/**
 * The shares of two histograms over the same bins; undefined where one has no values. Points,
 * infinite values and NaN are bins of their own; of the latter two none is like another.
 */
export function alignedShares(a: Histogram, b: Histogram): [number[], number[]] | undefined {
  const edges = [...new Set([...spanOf(a), ...spanOf(b)])].sort((x, y) => x - y);
  const points = [...new Set([...pointOf(a), ...pointOf(b)])];
  const side = (one: Histogram) => [
    ...spread(one, edges),
    ...points.map((point) => (pointOf(one)[0] === point ? one.counts[0]! : 0)),
  ];
  const apart = ({ infinite, nan }: Histogram) => [infinite, nan];
  return shares([...side(a), ...apart(a), 0, 0], [...side(b), 0, 0, ...apart(b)]);
}

const pointOf = ({ edges }: Histogram): readonly number[] => (edges.length === 1 ? edges : []);
const spanOf = ({ edges }: Histogram): readonly number[] => (edges.length > 1 ? edges : []);

/** The counts over finer edges, among which all of the histogram's own are. */
function spread(histogram: Histogram, edges: readonly number[]): number[] {
  const counts = new Array<number>(Math.max(0, edges.length - 1)).fill(0);
  const own = spanOf(histogram);
  let at = edges.indexOf(own[0] ?? Number.NaN);
  for (let bucket = 0; bucket + 1 < own.length; bucket++) {
    const width = own[bucket + 1]! - own[bucket]!;
    for (; edges[at]! < own[bucket + 1]!; at++) {
      counts[at] = (histogram.counts[bucket]! * (edges[at + 1]! - edges[at]!)) / width;
    }
  }
  return counts;
}

function shares(a: readonly number[], b: readonly number[]): [number[], number[]] | undefined {
  const [m, n] = [sum(a), sum(b)];
  if (m === 0 || n === 0) return undefined;
  return [a.map((count) => count / m), b.map((count) => count / n)];
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
