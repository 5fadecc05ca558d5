/** The single steps of a policy: each records what it found, and may claim an adverse outcome. */
import type { Reason } from '../portfolio/documents.ts';
import { type ColumnAt, compileWhen, firstRow, type Holds, type Values } from './columns.ts';
import type { PolicyVersion, When } from './document.ts';
import type { Expectation } from './economics.ts';

/** What was found of one rule, limit, segment or band. Wire names. */
export interface RuleRecord {
  /** Its name; of a band, `<cut-off>.review` or `<cut-off>.decline`. */
  readonly rule: string;
  readonly kind: 'rule' | 'limit' | 'segment' | 'band' | 'profit';
  readonly state: 'hit' | 'not_hit' | 'error';
  readonly hit: boolean;
  /** What was compared, where it is a number that is known. */
  readonly figure: number | null;
  /** With what; null where nothing could be chosen. */
  readonly threshold: number | null;
}

/** Something that asks for an adverse outcome. */
export interface Claim {
  readonly outcome: 'review' | 'decline';
  /** The rule, limit or band that asks; of several errors, each. */
  readonly by: string;
  readonly kind: RuleRecord['kind'] | 'error';
  /** Undefined for a band: the features that count most against the applicant are its reasons. */
  readonly reason: Reason | undefined;
}

export interface Situation {
  readonly values: Values;
  /** Undefined where it is not known. */
  readonly pd: number | undefined;
  readonly expectation: Expectation | undefined;
}

/** Is told what the checks find: whoever keeps no record pays for none. */
export interface Findings {
  record(record: RuleRecord): void;
  /** As a record that is made where it is kept. @param figure NaN where it is not known */
  measured(
    rule: string,
    kind: RuleRecord['kind'],
    state: RuleRecord['state'],
    figure: number,
    threshold: number | undefined,
  ): void;
  claim(claim: Claim): void;
}

export type Check = (situation: Situation, findings: Findings) => void;

/** In the order of their claims: rules and limits, the floor on profit, the bands; segments claim nothing. */
export const createChecks = (policy: PolicyVersion, columnAt: ColumnAt): Check[] => [
  ...ruleChecks(policy, columnAt),
  ...limitChecks(policy, columnAt),
  ...profitCheck(policy),
  bandCheck(policy, columnAt),
  ...segmentChecks(policy, columnAt),
];

function ruleChecks({ rules, fallback_reason }: PolicyVersion, columnAt: ColumnAt): Check[] {
  return Object.entries(rules).map(([rule, { outcome, reason }]): Check => {
    const at = columnAt(rule);
    const claim: Claim = { outcome, by: rule, kind: 'rule', reason };
    const unread = unreadable(rule, fallback_reason);
    const [hit, notHit, error] = records(rule, 'rule');
    return ({ values }, found) => {
      const value = values[at]!;
      if (Number.isNaN(value)) {
        found.record(error);
        found.claim(unread);
      } else if (value === 1) {
        found.record(hit);
        found.claim(claim);
      } else found.record(notHit);
    };
  });
}

function segmentChecks(policy: PolicyVersion, columnAt: ColumnAt): Check[] {
  return segmentsOf(policy).map((segment): Check => {
    const at = columnAt(segment);
    const [hit, notHit, error] = records(segment, 'segment');
    // An error shows in whatever the segment decides.
    return ({ values }, found) => {
      const value = values[at]!;
      found.record(Number.isNaN(value) ? error : value === 1 ? hit : notHit);
    };
  });
}

/** A rule's three records, made once. */
const records = (rule: string, kind: RuleRecord['kind']) =>
  (['hit', 'not_hit', 'error'] as const).map(
    (state): RuleRecord => ({
      rule,
      kind,
      state,
      hit: state === 'hit',
      figure: null,
      threshold: null,
    }),
  ) as [RuleRecord, RuleRecord, RuleRecord];

/** The segments that a policy looks at, each once. */
export const segmentsOf = ({ cut_offs, limits }: PolicyVersion): string[] => [
  ...new Set(
    [...cut_offs, ...Object.values(limits).flatMap(({ at_most }) => at_most)].flatMap(
      ({ when }: { when?: When | undefined }) => when?.segments ?? [],
    ),
  ),
];

function limitChecks({ limits, fallback_reason }: PolicyVersion, columnAt: ColumnAt): Check[] {
  return Object.entries(limits).map(([name, { outcome, figure, at_most, reason }]): Check => {
    const at = columnAt(figure);
    const rows = at_most.map(({ when, pd_at_least, limit }) => ({
      holds: withPd(compileWhen(when, columnAt), pd_at_least),
      limit,
    }));
    const claim: Claim = { outcome, by: name, kind: 'limit', reason };
    const unread = unreadable(name, fallback_reason);
    return ({ values, pd }, found) => {
      const threshold = firstRow(rows, values, pd)?.limit;
      const state = compared(values[at]!, threshold, (value, most) => value > most);
      found.measured(name, 'limit', state, values[at]!, threshold);
      if (state === 'hit') found.claim(claim);
      if (state === 'error') found.claim(unread);
    };
  });
}

/** A condition on the probability of default beside others. */
function withPd(condition: Holds, least: number | undefined): Holds {
  if (least === undefined) return condition;
  return (values, pd) => {
    const holds = condition(values, pd);
    if (holds === false || (pd !== undefined && pd < least)) return false;
    return pd === undefined ? undefined : holds;
  };
}

function profitCheck({ profit_floor: floor, fallback_reason }: PolicyVersion): Check[] {
  if (!floor) return [];
  const name = 'expected_profit';
  const claim: Claim = { outcome: floor.outcome, by: name, kind: 'profit', reason: floor.reason };
  const unread = unreadable(name, fallback_reason);
  return [
    ({ expectation }, found) => {
      const profit = expectation?.expected_profit ?? Number.NaN;
      const state = compared(profit, floor.at_least, (value, least) => value < least);
      found.measured(name, 'profit', state, profit, floor.at_least);
      if (state === 'hit') found.claim(claim);
      if (state === 'error') found.claim(unread);
    },
  ];
}

/** The bands of the first cut-off that applies. */
function bandCheck({ cut_offs, fallback_reason }: PolicyVersion, columnAt: ColumnAt): Check {
  const rows = cut_offs.map(({ name, when, review_from, decline_from }) => ({
    holds: compileWhen(when, columnAt),
    bands: [
      { claim: bandClaim('review', name), from: review_from, below: decline_from },
      { claim: bandClaim('decline', name), from: decline_from, below: Number.POSITIVE_INFINITY },
    ],
  }));
  const unread = unreadable('cut_offs', fallback_reason);
  return ({ values, pd }, found) => {
    const row = firstRow(rows, values, pd);
    if (!row || pd === undefined) {
      found.measured('cut_offs', 'band', 'error', pd ?? Number.NaN, undefined);
      found.claim(unread);
      return;
    }
    for (const { claim, from, below } of row.bands) {
      const hit = pd >= from && pd < below;
      found.measured(claim.by, 'band', hit ? 'hit' : 'not_hit', pd, from);
      if (hit) found.claim(claim);
    }
  };
}

const bandClaim = (outcome: Claim['outcome'], cutOff: string): Claim => ({
  outcome,
  by: `${cutOff}.${outcome}`,
  kind: 'band',
  reason: undefined,
});

/** What cannot be known is for a person to look at. */
const unreadable = (by: string, reason: Reason): Claim => ({
  outcome: 'review',
  by,
  kind: 'error',
  reason,
});

function compared(
  value: number,
  threshold: number | undefined,
  isHit: (value: number, threshold: number) => boolean,
): RuleRecord['state'] {
  if (!Number.isFinite(value) || threshold === undefined) return 'error';
  return isHit(value, threshold) ? 'hit' : 'not_hit';
}

/** Keeps all of it, in its order. */
export function keepFindings(records: RuleRecord[], claims: Claim[]): Findings {
  return {
    record: (record) => records.push(record),
    measured(rule, kind, state, figure, threshold) {
      records.push({
        rule,
        kind,
        state,
        hit: state === 'hit',
        // JSON has neither infinities nor -0.
        figure: Number.isFinite(figure) ? figure + 0 : null,
        threshold: threshold ?? null,
      });
    },
    claim: (claim) => claims.push(claim),
  };
}
