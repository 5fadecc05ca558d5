/** INSERT, UPDATE, DELETE, TRUNCATE and MERGE. Source: "Data manipulation language". */
import type { Expr, Name } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseFrom, tableAlias } from './from.ts';
import { parseTablePath } from './paths.ts';
import type {
  Assignment,
  InsertSource,
  MergeAction,
  MergeClause,
  Statement,
} from './statements_ast.ts';

export function parseInsert(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('INSERT');
  cursor.accept('INTO');
  const target = parseTablePath(cursor);
  const columns = parseColumns(cursor);
  return { kind: 'insert', at, target, columns, source: parseSource(cursor) };
}

/** A column list, which a parenthesized query is not. */
function parseColumns(cursor: Cursor): readonly Name[] | undefined {
  if (!cursor.seesOperator('(') || !cursor.seesName(1)) return undefined;
  return cursor.parenthesized(() => cursor.names());
}

function parseSource(cursor: Cursor): InsertSource {
  if (!cursor.accept('VALUES')) return { kind: 'query', query: cursor.query() };
  return { kind: 'values', rows: cursor.list(() => parseRow(cursor)) };
}

const parseRow = (cursor: Cursor): readonly Expr[] =>
  cursor.parenthesized(() => cursor.list(() => parseValue(cursor)));

function parseValue(cursor: Cursor): Expr {
  const at = cursor.place;
  return cursor.accept('DEFAULT') ? { kind: 'default', at } : cursor.expression();
}

export function parseUpdate(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('UPDATE');
  const target = parseTablePath(cursor);
  const alias = cursor.alias();
  cursor.expect('SET');
  const assignments = parseAssignments(cursor);
  const from = cursor.accept('FROM') ? parseFrom(cursor) : undefined;
  return {
    kind: 'update',
    at,
    target,
    alias,
    assignments,
    from,
    where: parseWhere(cursor, 'UPDATE'),
  };
}

const parseAssignments = (cursor: Cursor): readonly Assignment[] =>
  cursor.list(() => {
    const target = [cursor.name()];
    while (cursor.acceptOperator('.')) target.push(cursor.anyName());
    cursor.expectOperator('=');
    return { target, value: parseValue(cursor) };
  });

function parseWhere(cursor: Cursor, statement: string): Expr {
  if (!cursor.accept('WHERE')) throw cursor.problem(`${statement} must have a WHERE clause`);
  return cursor.expression();
}

export function parseDelete(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('DELETE');
  cursor.accept('FROM');
  const target = parseTablePath(cursor);
  const alias = cursor.alias();
  return { kind: 'delete', at, target, alias, where: parseWhere(cursor, 'DELETE') };
}

export function parseTruncate(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('TRUNCATE', 'TABLE');
  return { kind: 'truncate', at, target: parseTablePath(cursor) };
}

export function parseMerge(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('MERGE');
  cursor.accept('INTO');
  const target = parseTablePath(cursor);
  const alias = tableAlias(cursor);
  cursor.expect('USING');
  const source = parseFrom(cursor);
  cursor.expect('ON');
  const on = cursor.expression();
  const clauses = [];
  do clauses.push(parseMergeClause(cursor));
  while (cursor.sees('WHEN'));
  return { kind: 'merge', at, target, alias, source, on, clauses };
}

function parseMergeClause(cursor: Cursor): MergeClause {
  const at = cursor.place;
  cursor.expect('WHEN');
  const when = parseWhen(cursor);
  const condition = cursor.accept('AND') ? cursor.expression() : undefined;
  cursor.expect('THEN');
  const action = parseAction(cursor);
  const inserts = action.kind === 'insert';
  if (inserts !== (when === 'NOT MATCHED BY TARGET')) {
    throw cursor.problem(`${action.kind.toUpperCase()} is not allowed in WHEN ${when}`, at);
  }
  return { at, when, condition, action };
}

function parseWhen(cursor: Cursor): MergeClause['when'] {
  if (cursor.accept('MATCHED')) return 'MATCHED';
  cursor.expect('NOT', 'MATCHED');
  if (!cursor.accept('BY')) return 'NOT MATCHED BY TARGET';
  if (cursor.accept('SOURCE')) return 'NOT MATCHED BY SOURCE';
  cursor.expect('TARGET');
  return 'NOT MATCHED BY TARGET';
}

function parseAction(cursor: Cursor): MergeAction {
  if (cursor.accept('DELETE')) return { kind: 'delete' };
  if (cursor.accept('UPDATE')) {
    cursor.expect('SET');
    return { kind: 'update', assignments: parseAssignments(cursor) };
  }
  cursor.expect('INSERT');
  const columns = parseColumns(cursor);
  if (cursor.accept('ROW')) return { kind: 'insert', columns, values: undefined };
  cursor.expect('VALUES');
  return { kind: 'insert', columns, values: parseRow(cursor) };
}
