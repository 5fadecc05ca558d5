/**
 * Newline-delimited JSON by DuckDB's own reader: several times faster than row by row, for files in
 * which every value stands in the one form that both read alike. Any other file is declined, never
 * read differently: `ndjson.ts` then says what it means, or what is wrong with it.
 */
import type { Session } from '../duckdb/database.ts';
import { physicalTable, quote } from '../names.ts';
import type { Field, ScalarType } from '../types.ts';
import type { SourceFile } from './sources.ts';
import type { Staged } from './staging.ts';

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Days and times well within what GoogleSQL knows: a zone does not lead out of it. */
const DAY = String.raw`[12]\d{3}-\d\d-\d\d`;
const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?`;

const INTEGER = 'try_cast(v AS BIGINT)';
const NUMBER = 'try_cast(v AS DOUBLE)';

/** Of `v`, the JSON text of a value: whether it is plain, and what it is then. */
const PLAIN: Readonly<Partial<Record<ScalarType, readonly [isPlain: string, value: string]>>> = {
  STRING: [`starts_with(v, '"')`, `v::JSON ->> '$'`],
  BOOL: [`v IN ('true', 'false')`, `v = 'true'`],
  // DuckDB would round 1.5; what an integer's text is not the text of was no integer.
  INT64: [`${INTEGER}::VARCHAR = v`, INTEGER],
  FLOAT64: [`isfinite(${NUMBER})`, NUMBER],
  DATE: [matches(DAY), `trim(v, '"')::DATE`],
  DATETIME: [matches(`${DAY}[T ]${CLOCK}`), `trim(v, '"')::TIMESTAMP`],
  TIMESTAMP: [
    matches(String.raw`${DAY}[T ]${CLOCK}(Z|[+-](0\d|1[0-3]):[0-5]\d)`),
    `trim(v, '"')::TIMESTAMPTZ`,
  ],
};

function matches(pattern: string): string {
  return `regexp_full_match(v, '"${pattern}"')`;
}

/** Whether the columns are of types that this reader knows. */
export const isPlainSchema = (fields: readonly Field[]): boolean =>
  fields.length > 0 && fields.every(({ type }) => type.kind in PLAIN);

/**
 * Adds a file's rows to the staged table.
 * @returns how many; undefined where the file is declined, with the table as it was.
 */
export async function readPlainNdjson(
  session: Session,
  file: SourceFile,
  { table, fields }: Staged,
): Promise<number | undefined> {
  // DuckDB takes a file of one byte for an empty one.
  if (file.size < 2) return undefined;
  const structure = fields.map(({ name }) => `${JSON.stringify(name)}: "JSON"`);
  const names = `[${fields.map(({ name }) => literal(name)).join(', ')}]`;
  const values = fields.map(converted);
  const sql = `
    INSERT INTO ${physicalTable(table)}
    SELECT ${values.join(', ')}
    FROM (
      SELECT
        json_transform(json, ${literal(`{${structure.join(', ')}}`)}) AS row,
        json_keys(json) AS keys,
        starts_with(ltrim(json::VARCHAR), '{') AS isObject
      FROM read_ndjson_objects(${literal(file.path)})
    )
    WHERE CASE
      WHEN keys = ${names} THEN TRUE
      WHEN isObject AND list_has_all(${names}, keys) AND len(keys) = list_unique(keys) THEN TRUE
      ELSE error('declined')
    END`;
  try {
    return await session.run(sql);
  } catch (error) {
    if (isStopped(error)) throw error;
    return undefined;
  }
}

function converted({ name, type, required }: Field): string {
  const text = `row.${quote(name)}::VARCHAR`;
  const [isPlain, value] = PLAIN[type.kind as ScalarType]!;
  const missing = required ? "error('declined')" : 'NULL';
  const sql = `CASE
      WHEN v IS NULL OR v = 'null' THEN ${missing}
      WHEN ${isPlain} THEN ${value}
      ELSE error('declined')
    END`;
  return sql.replaceAll(/\bv\b/g, text);
}

const isStopped = (error: unknown): boolean =>
  error instanceof Error && 'reason' in error && error.reason === 'stopped';
