/** The lender's rules of the day: a few knock-outs that read nothing but the request. */
import type { AccountSummary } from './account.ts';
import type { Customer } from './customer.ts';
import type { Purchase } from './purchase.ts';

/** @param riskScore the partner's score, 0–1 */
export function isDeclined(
  customer: Customer,
  purchase: Purchase,
  account: AccountSummary,
  riskScore: number,
): boolean {
  const exposure = (account.outstanding + 0.75 * purchase.cents) / 100;
  const newcomer = account.daysSinceLastCheckout === null;
  return (
    riskScore >= 0.8 ||
    exposure > customer.creditLimit ||
    account.openPlans >= 7 ||
    account.missed > 4 ||
    (account.missed > 0 && (account.daysSinceLastLate ?? 0) < 14) ||
    (newcomer && customer.verification === 'unverified' && purchase.cents > 250_00)
  );
}
