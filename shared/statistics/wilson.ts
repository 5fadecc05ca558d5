import { normalQuantile } from './distributions.ts';

/**
 * Wilson's interval of a share (1927): of all shares that a two-sided score test does not reject.
 * @param of above 0
 */
export function wilson(count: number, of: number, confidence = 0.95): [low: number, high: number] {
  const z2 = normalQuantile((1 + confidence) / 2) ** 2;
  const share = count / of;
  const centre = share + z2 / (2 * of);
  const width = Math.sqrt((z2 * (share * (1 - share) + z2 / (4 * of))) / of);
  return [(centre - width) / (1 + z2 / of), (centre + width) / (1 + z2 / of)];
}
