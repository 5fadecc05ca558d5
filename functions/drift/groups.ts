/** The groups that an application belongs to, in SQL: segments, and protected attributes. */
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { identifier } from '../../shared/warehouse/sql.ts';

export interface Grouping {
  readonly field: string;
  /** Where a number is cut, ascending; each belongs to what follows. */
  readonly edges?: readonly number[] | undefined;
}

/** An integer with more values than this is no list of groups. */
const MOST_GROUPS = 20;

/** Text that a field without a value is grouped by. */
const MISSING = 'missing';

/**
 * An application's groups as ARRAY<STRUCT<name STRING, value STRING>>; first, with the name NULL, the
 * one that has everybody. `nameOf` gives the value's own name.
 */
export function groupsInSql(groupings: readonly Grouping[]) {
  const groups = groupings.map(({ field, edges }, i) => {
    const column = `source.${identifier(field)}`;
    const value = edges ? `RANGE_BUCKET(CAST(${column} AS FLOAT64), @edges_${i})` : column;
    return `STRUCT('${field}' AS name, IFNULL(CAST(${value} AS STRING), '${MISSING}') AS value)`;
  });
  const everybody = 'STRUCT(CAST(NULL AS STRING) AS name, CAST(NULL AS STRING) AS value)';
  const cut = groupings.flatMap(({ edges }, i) => (edges ? [[`edges_${i}`, edges] as const] : []));
  return {
    sql: `[\n  ${[everybody, ...groups].join(',\n  ')}\n]`,
    parameters: Object.fromEntries(cut),
    types: Object.fromEntries(cut.map(([name]) => [name, ['FLOAT64']])),
  };
}

/** What a value of a grouping is called. */
export function nameOf({ edges }: Grouping, value: string): string {
  if (!edges || value === MISSING) return value;
  const bin = Number(value);
  if (bin === 0) return `below ${edges[0]}`;
  return bin === edges.length
    ? `${edges[bin - 1]} and above`
    : `${edges[bin - 1]} to ${edges[bin]}`;
}

export const segmentsOf = ({ monitoring }: Portfolio): Grouping[] =>
  monitoring.segments.map((field) => ({ field }));

/** Protected attributes that have groups, and those that are numbers of many values and are cut into none. */
export function protectedOf({ protected_attributes, protected_groups, application }: Portfolio): {
  readonly groupings: Grouping[];
  readonly uncut: string[];
} {
  const isCut = (field: string) => {
    const property = application.properties[field]!;
    if (protected_groups[field] !== undefined) return true;
    if (!('minimum' in property)) return true;
    const isInteger = [property.type].flat()[0] === 'integer';
    return isInteger && property.maximum - property.minimum < MOST_GROUPS;
  };
  return {
    groupings: protected_attributes
      .filter(isCut)
      .map((field) => ({ field, edges: protected_groups[field] })),
    uncut: protected_attributes.filter((field) => !isCut(field)),
  };
}
