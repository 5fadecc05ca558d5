/** What the rows of a training must be like: figures, held against the limits of portfolio.json. */
import type { RowCheck } from '../../shared/bundle/manifest.ts';
import { AppError } from '../../shared/errors.ts';

// A figure that is not a number fails: what cannot be shown has not been passed.

export const atMost = (
  check: string,
  subject: string | null,
  figure: number,
  limit: number,
): RowCheck => ({ check, subject, figure: shown(figure), limit, passed: figure <= limit });

export const atLeast = (
  check: string,
  subject: string | null,
  figure: number,
  limit: number,
): RowCheck => ({ check, subject, figure: shown(figure), limit, passed: figure >= limit });

/** Six digits: sums of many have more that depend on their order. */
const shown = (figure: number): number | null =>
  Number.isFinite(figure) ? Number(figure.toPrecision(6)) : null;

/** Refuses rows that fail a check. @param what is the matter, in words */
export const demandAll =
  (what: string) =>
  (checks: readonly RowCheck[]): void => {
    const failed = checks.filter(({ passed }) => !passed);
    if (failed.length === 0) return;
    const told = failed.map(
      ({ check, subject, figure, limit }) =>
        `${check}${subject === null ? '' : ` of ${subject}`} is ${figure}, the limit is ${limit}`,
    );
    throw new AppError('checks_failed', 422, `${what}: ${told.join('; ')}.`);
  };
