/** What the columns of the days that were ingested were like: for whoever asks what has become of a field. */
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { type Contract, columnType } from '../../shared/portfolio/contract.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { type Context, freshJobOf, type Run, type Stream } from './context.ts';
import { dayAfter, startOf } from './days.ts';
import type { DateRange } from './source.ts';

/** One statement; a repetition replaces what it kept. */
export async function keepProfile(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
): Promise<void> {
  const { warehouse, sql, portfolio } = context;
  await warehouse.run(freshJobOf(context, run, `${stream.name}-${range.start}-profile`), {
    sql: fill(await sql('ingest/profile.sql'), {
      table: identifier(stream.name),
      time: identifier(stream.time),
      columns: profilesInSql(stream.contract, untold(portfolio, stream)),
    }),
    parameters: {
      from: new BigQueryTimestamp(startOf(range.start)),
      until: new BigQueryTimestamp(startOf(dayAfter(range.end))),
      stream: stream.name,
      run: run.name,
      at: new BigQueryTimestamp(run.due),
    },
  });
}

/** Columns whose values say who somebody is or what somebody is like: of these is only counted. */
const untold = ({ personal }: Context['portfolio'], { key }: Stream): ReadonlySet<string> =>
  new Set([...Object.keys(personal), key, 'reviewer']);

/** Values that are told of a list, the most frequent first. */
const MOST_VALUES = 10;

/**
 * The columns of a contract as ARRAY<STRUCT<column_name, type, missing, different, …>> of aggregates, in
 * SQL. Numbers have their moments and quartiles, lists their most frequent values; of other texts, which
 * may say anything, and of columns that are not told of is only counted.
 */
export function profilesInSql(contract: Contract, untold: ReadonlySet<string>): string {
  const structs = Object.entries(contract.properties).map(([name, property]) => {
    const column = identifier(name);
    const isTold = !untold.has(name);
    const isNumber = isTold && 'minimum' in property;
    const isListed = isTold && ('enum' in property || [property.type].flat()[0] === 'boolean');
    const number = (sql: string) =>
      isNumber ? `CAST(${sql} AS FLOAT64)` : 'CAST(NULL AS FLOAT64)';
    const parts = {
      column_name: `'${name}'`,
      type: `'${columnType(property)}'`,
      missing: `COUNTIF(${column} IS NULL)`,
      different: `APPROX_COUNT_DISTINCT(${column})`,
      minimum: number(`MIN(${column})`),
      maximum: number(`MAX(${column})`),
      mean: number(`AVG(${column})`),
      deviation: number(`STDDEV_SAMP(${column})`),
      quantiles: isNumber
        ? `APPROX_QUANTILES(CAST(${column} AS FLOAT64), 4 IGNORE NULLS)`
        : 'ARRAY<FLOAT64>[]',
      top_values: isListed
        ? `APPROX_TOP_COUNT(CAST(${column} AS STRING), ${MOST_VALUES})`
        : 'ARRAY<STRUCT<value STRING, count INT64>>[]',
    };
    return `STRUCT(${Object.entries(parts)
      .map(([part, sql]) => `${sql} AS ${part}`)
      .join(', ')})`;
  });
  return `[\n  ${structs.join(',\n  ')}\n]`;
}
