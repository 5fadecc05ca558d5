/**
 * Counter-offers: the same application for less, where that would be approved. A smaller amount, a
 * shorter plan; never more than was asked.
 */
import type { FeatureProgram } from '../features/program.ts';
import { type Contract, scaleOf } from '../portfolio/contract.ts';
import { createColumnAt, type Reading } from './columns.ts';
import type { CounterOffers, Scale, TermChange } from './document.ts';
import { scalesOf } from './faults.ts';
import type { Policy, Verdict } from './policy.ts';

type Request = Readonly<Record<string, unknown>>;

/** A field of the application, as asked and as offered. */
export interface Term {
  readonly field: string;
  readonly asked: number;
  readonly offered: number;
}

/** An application with smaller terms. */
export interface Candidate {
  /** As it would be asked: with what others derive from the terms, too. */
  readonly request: Request;
  readonly terms: readonly Term[];
  /** How many of the policy's changes it makes. */
  readonly changes: number;
}

/** A candidate as the model and the policy see it. */
export interface Judged extends Candidate {
  readonly reading: Reading;
  readonly pd: number;
}

export interface Offer {
  readonly candidate: Judged;
  readonly verdict: Verdict;
}

/** Engines may differ by this much: what is offered must be approved by either. */
const SLACK = 1e-6;

/**
 * Whether smaller terms could help: not where what could not be read, or a rule that looks at no
 * term, asks for the outcome.
 * @param columns the program of `policy.sql`
 */
export function isCurable(
  { claims }: Verdict,
  { changes }: CounterOffers,
  columns: FeatureProgram,
): boolean {
  const fields = new Set(
    changes.flatMap((change) => [change.field, ...scalesOf(change).map(({ field }) => field)]),
  );
  return claims.every(({ kind, by }) => {
    if (kind === 'error') return false;
    if (kind !== 'rule') return true;
    const { reads } = columns.features.find(({ name }) => name === by)!;
    return reads.some((field) => fields.has(field));
  });
}

/**
 * Every combination of the policy's changes, those of the first change together; without the request
 * itself, and without values that the contract does not allow.
 */
export function candidatesOf(
  request: Request,
  { changes }: CounterOffers,
  contract: Contract,
): Candidate[] {
  const combined = changes.reduce<Candidate[]>(
    (candidates, change) => {
      const choices = choicesOf(request, change).filter(({ fields }) =>
        isAllowed(fields, contract),
      );
      return candidates.flatMap((candidate) => [
        candidate,
        ...choices.map((choice) => withChoice(candidate, choice)),
      ]);
    },
    [{ request, terms: [], changes: 0 }],
  );
  return combined.filter((candidate) => candidate.changes > 0);
}

/** One change made: the fields that then differ, and which of them are terms of the offer. */
interface Choice {
  readonly fields: Readonly<Record<string, number>>;
  readonly terms: readonly Term[];
}

const withChoice = (candidate: Candidate, { fields, terms }: Choice): Candidate => ({
  request: { ...candidate.request, ...fields },
  terms: [...candidate.terms, ...terms],
  changes: candidate.changes + 1,
});

/** What a change can make of the application. */
function choicesOf(request: Request, change: TermChange): Choice[] {
  const { field } = change;
  const asked = request[field];
  if (typeof asked !== 'number') return [];
  const offers = 'values' in change ? change.values : sharesOf(asked, change);
  return [...new Set(offers)]
    .filter((offered) => offered < asked)
    .map((offered) => {
      const scaled = scalesOf(change).flatMap((scale) =>
        scaledField(request, scale, offered / asked),
      );
      const all = [{ term: { field, asked, offered }, derived: false }, ...scaled];
      return {
        fields: Object.fromEntries(all.map(({ term }) => [term.field, term.offered])),
        terms: all.filter(({ derived }) => !derived).map(({ term }) => term),
      };
    });
}

/** Only numbers change, of a request that the contract allowed: their bounds are all there is to check. */
const isAllowed = (fields: Choice['fields'], { properties }: Contract): boolean =>
  Object.entries(fields).every(([field, value]) => {
    const scale = scaleOf(properties[field]!);
    if (scale?.kind !== 'number' || value < scale.minimum || value > scale.maximum) return false;
    return !scale.integer || Number.isInteger(value);
  });

const sharesOf = (asked: number, change: Extract<TermChange, { shares: number[] }>): number[] =>
  change.shares
    .map((share) => roundedDown(asked * share, change.multiple_of))
    .filter((offered) => offered >= change.at_least);

function scaledField(request: Request, scale: Scale, share: number) {
  const { field } = scale;
  const asked = request[field];
  // What is not there, or nothing, does not shrink.
  if (typeof asked !== 'number' || asked === 0) return [];
  if ('derived' in scale) {
    return [{ term: { field, asked, offered: asked * share }, derived: true }];
  }
  const offered = roundedDown(asked * share, scale.multiple_of);
  return [{ term: { field, asked, offered }, derived: false }];
}

/** Dividing by an integer rounds once: 0.07 and not 7 × 0.01. The tolerance is for 0.57 × 100. */
function roundedDown(value: number, step: number): number {
  const parts = step < 1 ? Math.round(1 / step) : undefined;
  const multiples = Math.floor((parts ? value * parts : value / step) + 1e-9);
  return parts ? multiples / parts : multiples * step;
}

/**
 * The best of the candidates that the same policy approves, by what it prefers; of equals the one
 * with fewer changes, then the earlier. Undefined where it approves none.
 * @param columns the program of `policy.sql`
 */
export function bestOffer(
  candidates: readonly Judged[],
  policy: Policy,
  { prefer, amount }: CounterOffers,
  columns: FeatureProgram,
): Offer | undefined {
  const at = createColumnAt(columns)(amount);
  const sizeOf = ({ reading }: Judged): number => reading.values[at]!;
  const bySize = prefer === 'largest_amount';
  const worthOf = ({ candidate, verdict }: Offer): number =>
    bySize ? sizeOf(candidate) : verdict.expectation!.expected_profit;
  let best: Offer | undefined;
  for (const candidate of candidates) {
    // Whether it is approved is no matter then, and most of the work.
    if (bySize && best && sizeOf(candidate) < sizeOf(best.candidate)) continue;
    const offer = approved(candidate, policy);
    if (!offer) continue;
    const better = best ? worthOf(offer) - worthOf(best) : 1;
    if (better > 0 || (better === 0 && candidate.changes < best!.candidate.changes)) best = offer;
  }
  return best;
}

function approved(candidate: Judged, policy: Policy): Offer | undefined {
  const { reading, pd } = candidate;
  if (policy.outcomeOf(reading, Math.min(pd + SLACK, 1)) !== 'approve') return undefined;
  const verdict = policy.apply(reading, pd);
  const isSafe = verdict.outcome === 'approve' && verdict.expectation !== undefined;
  return isSafe ? { candidate, verdict } : undefined;
}
