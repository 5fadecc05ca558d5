/** Which applications a version knows: back from the youngest whose label was known, as it was planned. */
import type { Manifest } from './manifest.ts';

const DAY_MS = 86_400_000;

export interface Window {
  /** Applications from here, inclusive, … */
  readonly from: Date;
  /** … to here, exclusive, were fitted on, in calibration too; … */
  readonly fittedUntil: Date;
  /** … and to here, exclusive, tested on. The same where folds take the place of a test in time. */
  readonly until: Date;
}

export function windowOf({
  portfolio,
  training,
}: Pick<Manifest, 'portfolio' | 'training'>): Window {
  const { validation, label, training_window_days } = portfolio;
  const until = Date.parse(training.as_of) - label.matures_after_days * DAY_MS;
  const testDays = validation.kind === 'out_of_time' ? validation.test_days : 0;
  return {
    from: new Date(until - training_window_days * DAY_MS),
    fittedUntil: new Date(until - testDays * DAY_MS),
    until: new Date(until),
  };
}
