import type { PolicyVersion, When } from '../../shared/policy/document.ts';
import { identifier } from '../../shared/warehouse/sql.ts';

/** The cut-offs of a policy, for SQL to tell which of them holds for a row of `policy.sql`. */
export interface CutOffs {
  /** An expression over the columns of `policy.sql`: the place of the first that holds. */
  readonly place: string;
  /** What the expression and its place refer to. */
  readonly parameters: {
    readonly bounds: readonly number[];
    readonly names: readonly string[];
    readonly review_from: readonly number[];
    readonly decline_from: readonly number[];
  };
}

/** The same choice as `compileWhen` of shared/policy makes row by row. */
export function cutOffsInSql({ cut_offs }: Pick<PolicyVersion, 'cut_offs'>): CutOffs {
  const bounds: number[] = [];
  const compare = (name: string, operator: '>=' | '<', bound: number): string =>
    `${identifier(name)} ${operator} @bounds[OFFSET(${bounds.push(bound) - 1})]`;
  const conditionOf = (when: When | undefined): string =>
    [
      ...(when?.segments ?? []).map(identifier),
      ...Object.entries(when?.at_least ?? {}).map(([name, bound]) => compare(name, '>=', bound)),
      ...Object.entries(when?.below ?? {}).map(([name, bound]) => compare(name, '<', bound)),
    ].join(' AND ') || 'TRUE';
  const cases = cut_offs.map(({ when }, place) => `WHEN ${conditionOf(when)} THEN ${place}`);
  return {
    place: `CASE ${cases.join(' ')} END`,
    parameters: {
      bounds,
      names: cut_offs.map(({ name }) => name),
      review_from: cut_offs.map(({ review_from }) => review_from),
      decline_from: cut_offs.map(({ decline_from }) => decline_from),
    },
  };
}
