/** The forms that a verdict has. */
import type { Gate } from '../../../shared/bundle/manifest.ts';

/** What there is to a figure beside itself. */
export interface Evidence {
  readonly interval?: readonly [low: number, high: number] | null;
  readonly n?: number;
  readonly p_value?: number;
}

// A figure that is not a number fails its gate: what cannot be shown has not been passed.

export const atLeast = (
  gate: string,
  figure: number,
  limit: number,
  why: string,
  evidence: Evidence = {},
): Gate => judged(gate, figure, limit, figure >= limit, why, evidence);

export const atMost = (
  gate: string,
  figure: number,
  limit: number,
  why: string,
  evidence: Evidence = {},
): Gate => judged(gate, figure, limit, figure <= limit, why, evidence);

/** Where the data cannot tell, whatever the figure: no pass, and no fault of the candidate either. */
export const notMeasurable = (
  gate: string,
  figure: number | null,
  limit: number,
  why: string,
  evidence: Evidence = {},
): Gate => ({
  gate,
  figure: figure === null ? null : shown(figure),
  limit,
  passed: false,
  verdict: 'not_measurable',
  why,
  ...present(evidence),
});

function judged(
  gate: string,
  figure: number,
  limit: number,
  passed: boolean,
  why: string,
  evidence: Evidence,
): Gate {
  const verdict = passed ? 'passed' : 'failed';
  return { gate, figure: shown(figure), limit, passed, verdict, why, ...present(evidence) };
}

const shown = (figure: number): number | null => (Number.isFinite(figure) ? figure : null);

const present = ({ interval, n, p_value }: Evidence): Partial<Gate> => ({
  ...(interval && { interval: [interval[0], interval[1]] }),
  ...(n !== undefined && { n }),
  ...(p_value !== undefined && Number.isFinite(p_value) && { p_value }),
});
