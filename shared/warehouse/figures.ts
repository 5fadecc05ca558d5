/** Columns as rows: so that one statement counts all of them, whatever a portfolio's are. */
import type { FeatureProgram } from '../features/program.ts';
import { identifier } from './sql.ts';

export interface Column {
  readonly name: string;
  readonly isText: boolean;
}

/** The columns of a features.sql. */
export const columnsOf = ({ features }: FeatureProgram): Column[] =>
  features.map(({ name, type }) => ({ name, isText: type === 'STRING' }));

/**
 * The columns of a row of `source` as ARRAY<STRUCT<name STRING, is_text BOOL, number FLOAT64, text STRING>>,
 * in SQL. Names are those of columns, which no quotes can be in.
 */
export function figuresInSql(columns: readonly Column[], source = 'source'): string {
  const figures = columns.map(({ name, isText }) => {
    const column = `${source}.${identifier(name)}`;
    const number = isText ? 'CAST(NULL AS FLOAT64)' : `CAST(${column} AS FLOAT64)`;
    const text = isText ? column : 'CAST(NULL AS STRING)';
    return `STRUCT('${name}' AS name, ${isText ? 'TRUE' : 'FALSE'} AS is_text, ${number} AS number, ${text} AS text)`;
  });
  return `[\n  ${figures.join(',\n  ')}\n]`;
}
