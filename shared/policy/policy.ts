/** From a probability of default and the columns of `policy.sql` to a verdict, every step on record. */
import type { FeatureProgram } from '../features/program.ts';
import type { Reason } from '../portfolio/documents.ts';
import { createPolicyCell } from './cells.ts';
import {
  type Check,
  type Claim,
  createChecks,
  keepFindings,
  type RuleRecord,
  type Situation,
} from './checks.ts';
import { createColumnAt, type Reading, type Values } from './columns.ts';
import type { PolicyVersion } from './document.ts';
import { compileEconomics, type Expectation } from './economics.ts';

/** What a request can be answered as it is. */
export type Ruling = 'approve' | 'review' | 'decline';

/** What an applicant can be told: in place of a refusal, terms that would be approved. */
export type Outcome = Ruling | 'counter_offer';

/** From mildest to strictest: of several claims the strictest wins. */
const STRICTNESS: Readonly<Record<Ruling, number>> = { approve: 0, review: 1, decline: 2 };

export interface Verdict {
  readonly outcome: Ruling;
  /** Every rule, limit, segment and band with what was found: the audit trail of the verdict. */
  readonly rules: readonly RuleRecord[];
  /** What asks for the outcome: rules and limits in the policy's order, then the probability of default. */
  readonly claims: readonly Claim[];
  readonly expectation: Expectation | undefined;
}

/** One version of a policy, ready to be applied. */
export interface Policy {
  readonly document: PolicyVersion;
  /**
   * Total: whatever the inputs, there is a verdict; what cannot be known is reviewed by a person.
   * @param pd calibrated probability of default; undefined when no model could be asked
   */
  apply(reading: Reading, pd: number | undefined): Verdict;
  /** The outcome of `apply`, for whoever keeps no record of what led to it. */
  outcomeOf(reading: Reading, pd: number | undefined): Ruling;
  /** Equal where every rule, segment and limit says the same. */
  cellOf(reading: Reading): string;
}

/** @param program of `policy.sql` @throws {Error} naming a column that the program lacks */
export function compilePolicy(document: PolicyVersion, program: FeatureProgram): Policy {
  const columnAt = createColumnAt(program);
  const expect = compileEconomics(document.economics, columnAt);
  const checks = createChecks(document, columnAt);
  const cell = createPolicyCell(document, columnAt);
  const situationOf = (values: Values, given: number | undefined): Situation => {
    const pd = given !== undefined && given >= 0 && given <= 1 ? given : undefined;
    return { values, pd, expectation: expect(values, pd) };
  };
  return {
    document,
    cellOf: ({ values }) => cell(values),
    apply: ({ values }, pd) => verdictOf(checks, situationOf(values, pd)),
    outcomeOf: ({ values }, pd) => outcomeOf(checks, situationOf(values, pd)),
  };
}

function verdictOf(checks: readonly Check[], situation: Situation): Verdict {
  const rules: RuleRecord[] = [];
  const claims: Claim[] = [];
  const findings = keepFindings(rules, claims);
  for (const check of checks) check(situation, findings);
  let outcome: Ruling = 'approve';
  for (const claim of claims) outcome = stricter(outcome, claim.outcome);
  return {
    outcome,
    rules,
    claims: claims.filter((claim) => claim.outcome === outcome),
    expectation: situation.expectation,
  };
}

const nothing = (): void => {};

function outcomeOf(checks: readonly Check[], situation: Situation): Ruling {
  let outcome: Ruling = 'approve';
  const claim = (made: Claim): void => {
    outcome = stricter(outcome, made.outcome);
  };
  const findings = { record: nothing, measured: nothing, claim };
  for (const check of checks) check(situation, findings);
  return outcome;
}

const stricter = (a: Ruling, b: Ruling): Ruling => (STRICTNESS[a] >= STRICTNESS[b] ? a : b);

/** What claims say by themselves, each reason once: rules and limits first, then what could not be read. */
export function claimedReasons(claims: readonly Claim[]): Reason[] {
  const reasons = new Map<string, Reason>();
  for (const { reason } of claims) if (reason) reasons.set(reason.code, reason);
  return [...reasons.values()];
}
