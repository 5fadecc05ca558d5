/** CREATE, DROP and ALTER of tables, views, functions and schemas. Source: "Data definition language". */
import { unsupported } from '../../../errors.ts';
import type { Name } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTablePath } from './paths.ts';
import type {
  AlterAction,
  ColumnDefinition,
  CreateTableStatement,
  Creation,
  FunctionDefinition,
  Option,
  Statement,
} from './statements_ast.ts';

/** After CREATE [OR REPLACE], the kinds that are created here; the others are refused by name. */
export function parseCreate(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('CREATE');
  const orReplace = cursor.accept('OR', 'REPLACE');
  if (cursor.accept('SCHEMA')) {
    const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
    const target = parseTablePath(cursor);
    return { kind: 'create schema', at, target, ifNotExists, options: parseOptions(cursor) };
  }
  if (cursor.accept('VIEW')) return { at, ...parseView(cursor, orReplace) };
  if (cursor.accept('TABLE')) return { at, ...parseTable(cursor, orReplace) };
  if (cursor.accept('FUNCTION')) return { at, ...parseFunction(cursor, orReplace) };
  throw refused(cursor, 'CREATE');
}

/** What BigQuery has, and nothing here: by its name. Anything else is no GoogleSQL. */
function refused(cursor: Cursor, verb: 'CREATE' | 'DROP' | 'ALTER'): Error {
  const kind = KINDS.exec(restOf(cursor))?.[0];
  return kind === undefined ? cursor.unexpected() : unsupported(`${verb} ${kind}`);
}

/** What else BigQuery creates, drops and alters. */
const KINDS =
  /^(?:(?:TEMP|TEMPORARY|EXTERNAL|SNAPSHOT|MATERIALIZED|AGGREGATE|SEARCH|VECTOR|TABLE|ROW ACCESS) )*(?:TABLE|VIEW|FUNCTION|PROCEDURE|INDEX|SCHEMA|POLICY|MODEL|CAPACITY|RESERVATION|ASSIGNMENT|CONNECTION|BI_CAPACITY|ORGANIZATION|PROJECT)\b/;

const restOf = (cursor: Cursor): string => [0, 1, 2, 3].map((i) => cursor.word(i)).join(' ');

function creation(cursor: Cursor, orReplace: boolean): Creation {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  if (orReplace && ifNotExists) {
    throw cursor.problem('CREATE OR REPLACE and IF NOT EXISTS cannot both be specified');
  }
  return { orReplace, ifNotExists };
}

function parseView(cursor: Cursor, orReplace: boolean) {
  const kind = 'create view' as const;
  const how = creation(cursor, orReplace);
  const target = parseTablePath(cursor);
  const columns = cursor.seesOperator('(')
    ? cursor.parenthesized(() =>
        cursor.list(() => ({ name: cursor.name(), options: parseOptions(cursor) })),
      )
    : [];
  const options = parseOptions(cursor);
  cursor.expect('AS');
  const start = cursor.peek().start;
  const query = cursor.query();
  const text = cursor.source.slice(start, cursor.previousEnd);
  return { kind, ...how, target, columns, options, query, text };
}

function parseTable(cursor: Cursor, orReplace: boolean): Omit<CreateTableStatement, 'at'> {
  if (cursor.sees('FUNCTION') && cursor.seesName(1)) throw unsupported('CREATE TABLE FUNCTION');
  const how = creation(cursor, orReplace);
  const target = parseTablePath(cursor);
  const columns = cursor.seesOperator('(') ? parseColumns(cursor) : undefined;
  const like = cursor.accept('LIKE') ? parseTablePath(cursor) : undefined;
  const copied = cursor.accept('COPY') || cursor.accept('CLONE');
  const copy = copied ? parseTablePath(cursor) : undefined;
  const partitionBy = cursor.accept('PARTITION', 'BY') ? cursor.expression() : undefined;
  const clusterBy = cursor.accept('CLUSTER', 'BY') ? cursor.names() : [];
  const options = parseOptions(cursor);
  const query = cursor.accept('AS') ? cursor.query() : undefined;
  return {
    kind: 'create table',
    ...how,
    target,
    columns,
    like,
    copy,
    partitionBy,
    clusterBy,
    options,
    query,
  };
}

function parseColumns(cursor: Cursor): readonly ColumnDefinition[] {
  return cursor.parenthesized(() => {
    const columns = [parseColumn(cursor)];
    while (cursor.acceptOperator(',') && !cursor.seesOperator(')'))
      columns.push(parseColumn(cursor));
    return columns;
  });
}

function parseColumn(cursor: Cursor): ColumnDefinition {
  if (cursor.sees('PRIMARY', 'KEY') || cursor.sees('FOREIGN', 'KEY') || cursor.sees('CONSTRAINT')) {
    throw unsupported('key constraints of tables');
  }
  const name = cursor.name();
  const type = cursor.type();
  if (cursor.sees('COLLATE')) throw unsupported('collation of columns');
  if (cursor.sees('DEFAULT')) throw unsupported('default values of columns');
  if (cursor.sees('PRIMARY')) throw unsupported('key constraints of tables');
  const notNull = cursor.accept('NOT', 'NULL');
  if (cursor.sees('DEFAULT')) throw unsupported('default values of columns');
  return { name, type, notNull, options: parseOptions(cursor) };
}

function parseOptions(cursor: Cursor): readonly Option[] {
  if (cursor.sees('DEFAULT', 'COLLATE')) throw unsupported('default collation');
  if (!cursor.accept('OPTIONS')) return [];
  return cursor.parenthesized(() =>
    cursor.seesOperator(')')
      ? []
      : cursor.list(() => {
          const name = cursor.name();
          cursor.expectOperator('=');
          return { name, value: cursor.expression() };
        }),
  );
}

export function parseDrop(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('DROP');
  for (const what of ['TABLE', 'VIEW', 'FUNCTION', 'SCHEMA'] as const) {
    if (!cursor.accept(what)) continue;
    const ifExists = cursor.accept('IF', 'EXISTS');
    const target = parseTablePath(cursor);
    const cascade = what === 'SCHEMA' && cursor.accept('CASCADE');
    if (what === 'SCHEMA' && !cascade) cursor.accept('RESTRICT');
    return { kind: 'drop', at, what, target, ifExists, cascade };
  }
  throw refused(cursor, 'DROP');
}

export function parseAlter(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('ALTER');
  if (!cursor.accept('TABLE')) throw refused(cursor, 'ALTER');
  const ifExists = cursor.accept('IF', 'EXISTS');
  const target = parseTablePath(cursor);
  const actions = cursor.list(() => parseAction(cursor));
  return { kind: 'alter table', at, target, ifExists, actions };
}

function parseAction(cursor: Cursor): AlterAction {
  const at = cursor.place;
  if (cursor.accept('ADD', 'COLUMN')) {
    const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
    return { kind: 'add column', at, ifNotExists, column: parseColumn(cursor) };
  }
  if (cursor.accept('DROP', 'COLUMN')) {
    const ifExists = cursor.accept('IF', 'EXISTS');
    return { kind: 'drop column', at, ifExists, name: cursor.name() };
  }
  if (cursor.accept('RENAME', 'COLUMN')) {
    const ifExists = cursor.accept('IF', 'EXISTS');
    const from = cursor.name();
    cursor.expect('TO');
    return { kind: 'rename column', at, ifExists, from, to: cursor.name() };
  }
  if (cursor.sees('SET', 'OPTIONS')) {
    cursor.next();
    return { kind: 'set options', at, options: parseOptions(cursor) };
  }
  if (cursor.accept('ALTER', 'COLUMN')) return parseAlterColumn(cursor, at);
  if (!['ADD', 'DROP', 'RENAME', 'SET', 'ALTER'].includes(cursor.word())) throw cursor.unexpected();
  throw unsupported(`ALTER TABLE ${cursor.word()} ${cursor.word(1)}`.trim());
}

function parseAlterColumn(cursor: Cursor, at: AlterAction['at']): AlterAction {
  const name: Name = cursor.name();
  if (cursor.accept('DROP', 'NOT', 'NULL')) return { kind: 'drop not null', at, name };
  if (!['SET', 'DROP'].includes(cursor.word())) throw cursor.unexpected();
  throw unsupported(`ALTER COLUMN ${cursor.word()} ${cursor.word(1)}`.trim());
}

/** `CREATE TEMP FUNCTION …`; nothing is taken when something else stands here. */
export function parseTempFunction(cursor: Cursor): FunctionDefinition | undefined {
  const replaces = cursor.sees('CREATE', 'OR', 'REPLACE');
  const temp = ['TEMP', 'TEMPORARY'].includes(cursor.word(replaces ? 3 : 1));
  if (!temp || !cursor.sees('CREATE') || cursor.word(replaces ? 4 : 2) !== 'FUNCTION') {
    return undefined;
  }
  for (let i = replaces ? 5 : 3; i > 0; i--) cursor.next();
  return parseDefinition(cursor, cursor.name());
}

function parseFunction(cursor: Cursor, orReplace: boolean) {
  const kind = 'create function' as const;
  const how = creation(cursor, orReplace);
  const target = parseTablePath(cursor);
  const start = cursor.peek().start;
  const definition = parseDefinition(cursor, target.names.at(-1)!);
  return { kind, ...how, target, definition, text: cursor.source.slice(start, cursor.previousEnd) };
}

/** A function from its parameters on: `(x INT64) [RETURNS t] AS (…)`. */
export function parseDefinition(cursor: Cursor, name: Name): FunctionDefinition {
  const parameters = cursor.parenthesized(() =>
    cursor.seesOperator(')') ? [] : cursor.list(() => parseParameter(cursor)),
  );
  const returns = cursor.accept('RETURNS') ? cursor.type() : undefined;
  if (cursor.sees('LANGUAGE')) throw unsupported('functions in other languages than SQL');
  cursor.expect('AS');
  return { name, parameters, returns, body: cursor.parenthesized(() => cursor.expression()) };
}

function parseParameter(cursor: Cursor): FunctionDefinition['parameters'][number] {
  const name = cursor.name();
  return { name, type: cursor.accept('ANY', 'TYPE') ? undefined : cursor.type() };
}
