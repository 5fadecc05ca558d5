/** What an expectation asks of records, as GoogleSQL: one query counts for all that are about a stream. */
import type { Expectation } from '../../../shared/portfolio/expectations.ts';
import { identifier } from '../../../shared/warehouse/sql.ts';

/** An expectation that records are read for. */
type ByRecord = Exclude<Expectation, { kind: 'refused' | 'freshness' | 'volume' }>;

/** The parts of `sql/ingest/expectations.sql`. */
export interface FindingsSql {
  readonly findings: string;
  readonly counts: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Where the applications are that outcomes refer to. */
export interface References {
  readonly key: string;
  readonly time: string;
  /** The first moment that is looked at for an expectation, and the one after the last. */
  readonly from: (withinDays: number) => unknown;
  readonly until: unknown;
}

/** Columns `about_<n>` and `failing_<n>` for the n-th of these; none for those that need no records. */
export function findingsSql(
  expectations: readonly Expectation[],
  references: References,
): FindingsSql {
  const parts = expectations.flatMap((expectation, n) =>
    isByRecord(expectation) ? [partOf(expectation, n, references)] : [],
  );
  return {
    // There must be one at least.
    findings: ['TRUE AS is_there', ...parts.map(({ found }) => found)].join(',\n      '),
    counts: ['COUNTIF(is_there) AS there', ...parts.map(({ counted }) => counted)].join(',\n  '),
    parameters: Object.assign({}, ...parts.map(({ parameters }) => parameters)),
  };
}

const isByRecord = (expectation: Expectation): expectation is ByRecord =>
  !['refused', 'freshness', 'volume'].includes(expectation.kind);

function partOf(expectation: ByRecord, n: number, references: References) {
  const where = expectation.where === undefined ? 'TRUE' : `IFNULL((${expectation.where}), FALSE)`;
  if (expectation.kind === 'unique') {
    const column = identifier(expectation.column);
    return {
      found: `IF(${where}, CAST(${column} AS STRING), NULL) AS value_${n}`,
      counted:
        `COUNT(value_${n}) AS about_${n},\n  ` +
        `COUNT(value_${n}) - COUNT(DISTINCT value_${n}) AS failing_${n}`,
      parameters: {},
    };
  }
  const { fails, parameters } = failureOf(expectation, n, references);
  return {
    found: `${where} AS is_about_${n},\n      IFNULL(${fails}, FALSE) AS fails_${n}`,
    counted:
      `COUNTIF(is_about_${n}) AS about_${n},\n  ` +
      `COUNTIF(is_about_${n} AND fails_${n}) AS failing_${n}`,
    parameters,
  };
}

/** When a record fails; NULL where it is not known. */
function failureOf(
  expectation: Exclude<ByRecord, { kind: 'unique' }>,
  n: number,
  references: References,
): { fails: string; parameters: Record<string, unknown> } {
  if (expectation.kind === 'condition') {
    return { fails: `NOT (${expectation.holds})`, parameters: {} };
  }
  const column = identifier(expectation.column);
  switch (expectation.kind) {
    case 'not_null':
      return { fails: `${column} IS NULL`, parameters: {} };
    case 'range': {
      const { minimum, maximum } = expectation;
      const ends = [
        ...(minimum === undefined ? [] : [`${column} < @e${n}_minimum`]),
        ...(maximum === undefined ? [] : [`${column} > @e${n}_maximum`]),
      ];
      const given = { [`e${n}_minimum`]: minimum, [`e${n}_maximum`]: maximum };
      const parameters = Object.entries(given).filter(([, value]) => value !== undefined);
      return { fails: `(${ends.join(' OR ')})`, parameters: Object.fromEntries(parameters) };
    }
    case 'accepted_values':
      return {
        fails: `${column} NOT IN UNNEST(@e${n}_values)`,
        parameters: { [`e${n}_values`]: expectation.values },
      };
    case 'reference': {
      const key = identifier(references.key);
      const time = identifier(references.time);
      const known =
        `SELECT ${key} FROM applications ` +
        `WHERE ${time} >= @e${n}_from AND ${time} < @e${n}_until`;
      return {
        fails: `${column} NOT IN (${known})`,
        parameters: {
          [`e${n}_from`]: references.from(expectation.within_days),
          [`e${n}_until`]: references.until,
        },
      };
    }
  }
}
