/** What a policy says of one application, and how that is put on record. */
import type { Log } from '../log.ts';
import type { Reader, Reading } from '../policy/columns.ts';
import type { Ruling, Verdict } from '../policy/policy.ts';
import type { PolicyInForce } from '../policy/versions.ts';
import type { Application } from '../serving/serving_model.ts';
import type { FoundOffer } from './counter_offer.ts';

/** Terms that would be approved, and what is expected of them. */
export interface CounterOfferRecord {
  readonly terms: readonly {
    readonly field: string;
    readonly asked: number;
    readonly offered: number;
  }[];
  /** What the request as it was asked would have been answered. */
  readonly instead_of: Ruling;
  readonly pd: number;
  readonly expected_loss: number;
  readonly expected_profit: number;
  /** Among how many candidates it was found. */
  readonly tried: number;
}

/** What the policy reads; that it could not be read is the lender's fault, and logged. */
export function readingOf(
  policy: PolicyInForce,
  read: Reader,
  application: Application,
  log: Log,
): Reading {
  const reading = read(application);
  if (reading.fault !== undefined) {
    const { version } = policy.document;
    log.error('the policy cannot be read; a person looks', { version }, reading.fault);
  }
  return reading;
}

/** The policy that ruled, and everything that it found. */
export const describe = ({ document, sha256 }: PolicyInForce, { rules, expectation }: Verdict) => ({
  policy_version: document.version,
  policy_sha256: sha256,
  rules,
  expected_loss: expectation?.expected_loss ?? null,
  expected_profit: expectation?.expected_profit ?? null,
  currency: expectation?.currency ?? null,
});

export function offerRecord(instead_of: Ruling, offer: FoundOffer): CounterOfferRecord {
  const { candidate, verdict, tried } = offer;
  const { expected_loss, expected_profit } = verdict.expectation!;
  return {
    terms: candidate.terms,
    instead_of,
    pd: candidate.pd,
    expected_loss,
    expected_profit,
    tried,
  };
}
