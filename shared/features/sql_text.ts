import { parseQuery } from './syntax/query.ts';

/**
 * The text of a features.sql with further columns at the end of its last SELECT list, for what a
 * query carries beside the features: labels, ids, times. Everything else stays as it is, byte for
 * byte.
 *
 * @param columns list items as SQL, such as `CAST(id AS STRING) AS id`; they may read any column of
 *   the table or step that the last SELECT reads
 * @throws {FeatureError} for a text that is not of the shape of features
 */
export function withColumns(sql: string, columns: readonly string[]): string {
  if (columns.length === 0) return sql;
  const { listEnd, hasTrailingComma } = parseQuery(sql).select;
  const added = columns.map((column) => `\n  ${column}`).join(',');
  const comma = hasTrailingComma ? '' : ',';
  // `FROM` may follow a bracket or a backtick at once.
  const space = /^\s/.test(sql.slice(listEnd)) ? '' : '\n';
  return `${sql.slice(0, listEnd)}${comma}${added}${space}${sql.slice(listEnd)}`;
}
