import type { Tree } from '../../../../../shared/bridge/booster.ts';

export interface Tolerance {
  /** Of covers and leaf values, relative from 1 on and absolute below. 0: to the last bit. */
  readonly values: number;
  /** Of gains, likewise; they are small differences of large numbers. */
  readonly gains: number;
}

/**
 * Where two trees differ, walked from the root: shape, split features, thresholds and missing
 * directions must be equal, statistics within the tolerance. Node numbers do not matter.
 */
export function differences(ours: Tree, theirs: Tree, { values, gains }: Tolerance): string[] {
  const found: string[] = [];
  const note = (path: string, what: string, a: unknown, b: unknown) =>
    found.push(`${path || 'root'}: ${what} ${a}, XGBoost's ${b}`);
  const close = (a: number, b: number, tolerance: number) =>
    Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), 1);
  const visit = (a: number, b: number, path: string) => {
    if (!close(ours.cover[a]!, theirs.cover[b]!, values)) {
      note(path, 'cover', ours.cover[a], theirs.cover[b]);
    }
    if (ours.left[a]! < 0 || theirs.left[b]! < 0) {
      if (ours.left[a]! >= 0 || theirs.left[b]! >= 0) {
        note(path, 'leaf', ours.left[a]! < 0, theirs.left[b]! < 0);
      } else if (!close(ours.value[a]!, theirs.value[b]!, values)) {
        note(path, 'value', ours.value[a], theirs.value[b]);
      }
      return;
    }
    for (const part of ['feature', 'threshold', 'defaultLeft'] as const) {
      if (ours[part][a] !== theirs[part][b]) note(path, part, ours[part][a], theirs[part][b]);
    }
    if (!close(ours.gain[a]!, theirs.gain[b]!, gains))
      note(path, 'gain', ours.gain[a], theirs.gain[b]);
    visit(ours.left[a]!, theirs.left[b]!, `${path}L`);
    visit(ours.right[a]!, theirs.right[b]!, `${path}R`);
  };
  visit(0, 0, '');
  return found;
}
