/** Breaches and a portfolio for tests of alerts. */
import type { Addressee } from '../../../shared/alerts/alert.ts';
import type { Breach } from '../../../shared/alerts/breach.ts';

export const LENDER: Addressee = { id: 'loans', owner: 'Loans risk' };

/** Midnight of the n-th day. */
export const day = (n: number): Date => new Date(Date.UTC(2026, 5, 1 + n));

/** A drifted feature, unless said otherwise. */
export const breach = (changes: Partial<Breach> = {}): Breach => ({
  portfolio: 'loans',
  kind: 'drift',
  subject: 'amount',
  severity: 'warning',
  figure: 0.18,
  limit: 0.1,
  n: 2000,
  text: 'amount has moved: PSI 0.18 on 2,000 applications.',
  at: day(0),
  ...changes,
});
