/** What a watching run finds: figures beside the limits that they are held against. */

/** Parts of the watch; each is a kind of breach too. */
export const FINDING_KINDS = ['drift', 'performance', 'fairness', 'kpi', 'experiment'] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** A figure, what it is of, and what it is held against. */
export interface Finding {
  readonly kind: FindingKind;
  /** What is watched: a feature, `pd`, `outcome`, a protected attribute, a maturity, a KPI. */
  readonly subject: string;
  /** Of the subject: `psi`, `bad_rate`, `approval_ratio`, … */
  readonly metric: string;
  /** Null where it can't be measured; `why` then says so. */
  readonly figure: number | null;
  readonly interval?: readonly [low: number, high: number];
  /** The part of the portfolio that it is of, as `field=value`; all of it unless said. */
  readonly segment?: string | undefined;
  readonly arm?: string | undefined;
  readonly model_version?: string | undefined;
  /** How many cases the figure is of. */
  readonly n: number;
  /** The time of those cases. */
  readonly from: Date;
  readonly until: Date;
  /** The figure that it is held against: of training, of the weeks before, of the reference group. */
  readonly reference?: number | undefined;
  /** How large a figure matters, whatever chance says; without it the figure is for information. */
  readonly limit?: Limit | undefined;
  /** The probability of a figure as far out where nothing has changed; none where nothing is tested. */
  readonly p_value?: number | undefined;
  /** The figure that chance alone exceeds with a probability of alpha. */
  readonly byChance?: ((alpha: number) => number) | undefined;
  /** Why there is no figure. */
  readonly why?: string;
}

/** A figure beyond `warning` matters, beyond `critical` much. */
export interface Limit {
  readonly beyond: 'above' | 'below';
  readonly warning: number;
  readonly critical?: number | undefined;
}

export type Verdict = 'passed' | 'failed' | 'not_measurable';

export interface Judged extends Finding {
  /** Null for a figure that nothing is asked of. */
  readonly verdict: Verdict | null;
  readonly severity: 'warning' | 'critical' | null;
  /** What chance alone exceeds in this run. */
  readonly chance: number | null;
}

/**
 * Judges all findings of a run together. A figure fails when it is large enough to matter and too
 * large for chance: with so many tests some look odd by chance, so each is held against its share of
 * `alpha` (Bonferroni 1936), and a run in which nothing changed fails in at most `alpha` of cases,
 * however the tests depend on each other.
 */
export function judgeFindings(findings: readonly Finding[], alpha: number): Judged[] {
  const tests = findings.filter(({ p_value, limit }) => p_value !== undefined && limit).length;
  const each = alpha / Math.max(1, tests);
  return findings.map((finding) => ({
    ...finding,
    ...verdictOf(finding, each),
    chance: finding.byChance?.(each) ?? null,
  }));
}

function verdictOf(
  { figure, limit, p_value }: Finding,
  alpha: number,
): Pick<Judged, 'verdict' | 'severity'> {
  if (figure === null || Number.isNaN(figure)) return { verdict: 'not_measurable', severity: null };
  if (!limit) return { verdict: null, severity: null };
  const isBeyond = (edge: number) => (limit.beyond === 'above' ? figure > edge : figure < edge);
  const isByChance = p_value !== undefined && p_value >= alpha;
  if (!isBeyond(limit.warning) || isByChance) return { verdict: 'passed', severity: null };
  const isCritical = limit.critical !== undefined && isBeyond(limit.critical);
  return { verdict: 'failed', severity: isCritical ? 'critical' : 'warning' };
}
