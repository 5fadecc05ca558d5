/**
 * Queries: WITH, SELECT with its clauses, set operations, ORDER BY and LIMIT.
 *
 * Source: "Query syntax" of the GoogleSQL reference.
 */
import { unsupported } from '../../../errors.ts';
import type { Expr, Name } from './ast.ts';
import { parseOrderItems, parseWindow } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { parseFrom } from './from.ts';
import { parseGroupBy } from './grouping.ts';
import { seesSetOperation } from './primaries.ts';
import type {
  ByName,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  StarItem,
} from './query_ast.ts';

export function parseQuery(cursor: Cursor): Query {
  const at = cursor.place;
  const { recursive, ctes } = parseWithClause(cursor);
  const body = parseSetOperations(cursor);
  const orderBy = cursor.accept('ORDER', 'BY') ? parseOrderItems(cursor) : [];
  const limit = cursor.accept('LIMIT') ? cursor.expression() : undefined;
  const offset = limit && cursor.accept('OFFSET') ? cursor.expression() : undefined;
  if (cursor.seesOperator('|>')) throw unsupported('pipe query syntax (|>)');
  return { at, recursive, ctes, body, orderBy, limit, offset };
}

function parseWithClause(cursor: Cursor): Pick<Query, 'recursive' | 'ctes'> {
  if (!cursor.accept('WITH')) return { recursive: false, ctes: [] };
  const recursive = cursor.accept('RECURSIVE');
  const ctes = cursor.list(() => {
    const name = cursor.name();
    cursor.expect('AS');
    return { name, query: cursor.parenthesized(() => cursor.query()) };
  });
  return { recursive, ctes };
}

function parseSetOperations(cursor: Cursor): QueryBody {
  const first = parseInput(cursor);
  const at = cursor.place;
  const head = parseSetOperator(cursor);
  if (!head) return first;
  const inputs = [first, parseInput(cursor)];
  for (;;) {
    const place = cursor.place;
    const next = parseSetOperator(cursor);
    if (!next) return { kind: 'set', at, ...head, inputs };
    if (next.operator !== head.operator || !sameMatching(next.byName, head.byName)) {
      throw cursor.problem(
        'Different set operations cannot be used in the same query without using parentheses for grouping',
        place,
      );
    }
    inputs.push(parseInput(cursor));
  }
}

const sameMatching = (a: ByName | undefined, b: ByName | undefined): boolean =>
  a?.mode === b?.mode &&
  a?.columns?.map((c) => c.text).join() === b?.columns?.map((c) => c.text).join();

function parseInput(cursor: Cursor): QueryBody {
  if (cursor.sees('SELECT')) return parseSelect(cursor);
  if (cursor.sees('FROM')) throw unsupported('queries that begin with FROM (pipe query syntax)');
  cursor.expectOperator('(');
  const query = cursor.query();
  cursor.expectOperator(')');
  return { kind: 'nested', query };
}

function parseSetOperator(cursor: Cursor): Pick<SetOperation, 'operator' | 'byName'> | undefined {
  if (!seesSetOperation(cursor)) return undefined;
  const mode = parseMode(cursor);
  const word = cursor.next().text.toUpperCase() as 'UNION' | 'INTERSECT' | 'EXCEPT';
  const all = word === 'UNION' && cursor.accept('ALL');
  if (!all) cursor.expect('DISTINCT');
  const operator =
    word === 'UNION' ? (all ? 'UNION ALL' : 'UNION DISTINCT') : (`${word} DISTINCT` as const);
  return { operator, byName: parseMatching(cursor, mode) };
}

function parseMode(cursor: Cursor): ByName['mode'] | undefined {
  if (cursor.accept('INNER')) return 'INNER';
  const mode = cursor.accept('LEFT') ? 'LEFT' : cursor.accept('FULL') ? 'FULL' : undefined;
  return cursor.accept('OUTER') ? (mode ?? 'FULL') : mode;
}

/** `BY NAME [ON (…)]`, `[STRICT] CORRESPONDING [BY (…)]`. */
function parseMatching(cursor: Cursor, mode: ByName['mode'] | undefined): ByName | undefined {
  const list = (word: string) =>
    cursor.accept(word) ? cursor.parenthesized(() => cursor.names()) : undefined;
  if (cursor.accept('BY', 'NAME')) return { mode: mode ?? 'STRICT', columns: list('ON') };
  if (cursor.accept('STRICT', 'CORRESPONDING')) return { mode: 'STRICT', columns: list('BY') };
  if (cursor.accept('CORRESPONDING')) return { mode: mode ?? 'INNER', columns: list('BY') };
  if (mode) throw cursor.expected('keyword BY');
  return undefined;
}

function parseSelect(cursor: Cursor): Select {
  const at = cursor.place;
  cursor.expect('SELECT');
  if (cursor.sees('WITH') && !cursor.seesOperator('(', 1))
    throw unsupported('SELECT WITH (differential privacy, thresholds)');
  const distinct = cursor.accept('DISTINCT');
  if (!distinct) cursor.accept('ALL');
  const as = cursor.accept('AS') ? parseSelectAs(cursor) : undefined;
  const items = parseSelectList(cursor);
  return { kind: 'select', at, distinct, as, items, ...parseClauses(cursor) };
}

function parseSelectAs(cursor: Cursor): 'STRUCT' | 'VALUE' {
  if (cursor.accept('STRUCT')) return 'STRUCT';
  cursor.expect('VALUE');
  return 'VALUE';
}

function parseSelectList(cursor: Cursor): SelectItem[] {
  const items = [parseSelectItem(cursor)];
  while (cursor.acceptOperator(',')) {
    // A comma may stand after the last item.
    if (cursor.sees('FROM') || cursor.peek().kind === 'end' || cursor.seesOperator(')')) break;
    items.push(parseSelectItem(cursor));
  }
  return items;
}

function parseSelectItem(cursor: Cursor): SelectItem {
  const at = cursor.place;
  if (cursor.acceptOperator('*')) return parseStar(cursor, { at, base: undefined });
  const expr = cursor.expression();
  if (cursor.seesOperator('.') && cursor.seesOperator('*', 1)) {
    cursor.next();
    cursor.next();
    return parseStar(cursor, { at, base: expr });
  }
  return { kind: 'expr', expr, alias: cursor.alias() };
}

function parseStar(cursor: Cursor, star: Pick<StarItem, 'at' | 'base'>): StarItem {
  const excepts = cursor.sees('EXCEPT') && cursor.seesOperator('(', 1);
  if (excepts) cursor.next();
  const except = excepts ? cursor.parenthesized(() => cursor.names()) : [];
  const replaces = cursor.sees('REPLACE') && cursor.seesOperator('(', 1);
  if (replaces) cursor.next();
  const replace = replaces
    ? cursor.parenthesized(() => cursor.list(() => replacement(cursor)))
    : [];
  return { kind: 'star', ...star, except, replace };
}

function replacement(cursor: Cursor): { expr: Expr; name: Name } {
  const expr = cursor.expression();
  cursor.accept('AS');
  return { expr, name: cursor.name() };
}

function parseClauses(cursor: Cursor): Omit<Select, 'kind' | 'at' | 'distinct' | 'as' | 'items'> {
  const from = cursor.accept('FROM') ? parseFrom(cursor) : undefined;
  const where = cursor.accept('WHERE') ? cursor.expression() : undefined;
  const groupBy = parseGroupBy(cursor);
  const having = cursor.accept('HAVING') ? cursor.expression() : undefined;
  const qualify = cursor.accept('QUALIFY') ? cursor.expression() : undefined;
  const windows = cursor.accept('WINDOW') ? cursor.list(() => namedWindow(cursor)) : [];
  return { from, where, groupBy, having, qualify, windows };
}

function namedWindow(cursor: Cursor): Select['windows'][number] {
  const name = cursor.name();
  cursor.expect('AS');
  if (cursor.seesOperator('(')) return { name, window: parseWindow(cursor) };
  const at = cursor.place;
  const base = cursor.name();
  return { name, window: { at, base, partitionBy: [], orderBy: [], frame: undefined } };
}
