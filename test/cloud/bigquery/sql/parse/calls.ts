/** Function calls with all that may stand in their parentheses and after them. */
import type {
  CallNode,
  DatePart,
  Expr,
  FrameBound,
  Name,
  OrderItem,
  WindowFrame,
  WindowSpec,
} from './ast.ts';
import type { Cursor } from './cursor.ts';

/** Reserved words that are functions all the same. */
const RESERVED_FUNCTIONS = ['IF', 'LEFT', 'RIGHT', 'GROUPING', 'COLLATE', 'RANGE'];

/** CAST, SAFE_CAST, EXTRACT, and functions whose names are reserved words. */
export function parseSpecialCall(cursor: Cursor): Expr | undefined {
  if (!cursor.seesOperator('(', 1)) return undefined;
  const word = cursor.word();
  if (word === 'CAST' || word === 'SAFE_CAST') return parseCast(cursor);
  if (word === 'EXTRACT') return parseExtract(cursor);
  if (RESERVED_FUNCTIONS.includes(word)) return parseCall(cursor, [cursor.anyName()]);
  return undefined;
}

function parseCast(cursor: Cursor): Expr {
  const at = cursor.place;
  const safe = cursor.next().text.toUpperCase() === 'SAFE_CAST';
  return cursor.parenthesized(() => {
    const operand = cursor.expression();
    cursor.expect('AS');
    const type = cursor.type();
    const format = cursor.accept('FORMAT') ? cursor.expression() : undefined;
    const zone = cursor.accept('AT', 'TIME', 'ZONE') ? cursor.expression() : undefined;
    return { kind: 'cast', at, operand, type, safe, format, zone };
  });
}

function parseExtract(cursor: Cursor): Expr {
  const at = cursor.place;
  cursor.next();
  return cursor.parenthesized(() => {
    const part = parseDatePart(cursor);
    cursor.expect('FROM');
    const operand = cursor.expression();
    const zone = cursor.accept('AT', 'TIME', 'ZONE') ? cursor.expression() : undefined;
    return { kind: 'extract', at, part, operand, zone };
  });
}

function parseDatePart(cursor: Cursor): DatePart {
  const name = cursor.name();
  const weekday = cursor.seesOperator('(')
    ? cursor.parenthesized(() => cursor.name().text)
    : undefined;
  return { ...name, weekday };
}

/** After the name: `( … ) [OVER …]`. A leading `SAFE.` is taken off the name. */
export function parseCall(cursor: Cursor, path: readonly Name[]): CallNode {
  const safe = path.length > 1 && path[0]!.text.toUpperCase() === 'SAFE';
  const name = safe ? path.slice(1) : path;
  cursor.expectOperator('(');
  const distinct = cursor.accept('DISTINCT');
  const star = !distinct && cursor.acceptOperator('*');
  const { args, named } =
    star || cursor.seesOperator(')') ? { args: [], named: [] } : parseArguments(cursor);
  const nulls = cursor.accept('IGNORE', 'NULLS')
    ? 'IGNORE'
    : cursor.accept('RESPECT', 'NULLS')
      ? 'RESPECT'
      : undefined;
  const having = parseHaving(cursor);
  const orderBy = cursor.accept('ORDER', 'BY') ? parseOrderItems(cursor) : [];
  const limit = cursor.accept('LIMIT') ? cursor.expression() : undefined;
  cursor.expectOperator(')');
  const over = cursor.accept('OVER') ? parseOver(cursor) : undefined;
  const at = path[0]!.at;
  return {
    kind: 'call',
    at,
    name,
    safe,
    args,
    named,
    star,
    distinct,
    nulls,
    having,
    orderBy,
    limit,
    over,
  };
}

function parseArguments(cursor: Cursor): Pick<CallNode, 'args' | 'named'> {
  const args: Expr[] = [];
  const named: { name: Name; value: Expr }[] = [];
  cursor.list(() => {
    if (cursor.seesName() && cursor.seesOperator('=>', 1)) {
      const name = cursor.name();
      cursor.next();
      named.push({ name, value: cursor.expression() });
      return;
    }
    if (named.length > 0)
      throw cursor.problem('Positional arguments cannot follow named arguments');
    args.push(cursor.expression());
  });
  return { args, named };
}

function parseHaving(cursor: Cursor): CallNode['having'] {
  if (!cursor.accept('HAVING')) return undefined;
  const extreme = cursor.accept('MAX') ? 'MAX' : cursor.accept('MIN') ? 'MIN' : undefined;
  if (!extreme) throw cursor.unexpected();
  return { extreme, expr: cursor.expression() };
}

export const parseOrderItems = (cursor: Cursor): OrderItem[] =>
  cursor.list(() => {
    const at = cursor.place;
    const expr = cursor.expression();
    const descending = cursor.accept('DESC');
    if (!descending) cursor.accept('ASC');
    const nulls = cursor.accept('NULLS', 'FIRST')
      ? 'FIRST'
      : cursor.accept('NULLS', 'LAST')
        ? 'LAST'
        : undefined;
    return { expr, descending, nulls, at };
  });

function parseOver(cursor: Cursor): WindowSpec {
  if (cursor.seesOperator('(')) return parseWindow(cursor);
  const at = cursor.place;
  return { at, base: cursor.name(), partitionBy: [], orderBy: [], frame: undefined };
}

/** `( [base] [PARTITION BY …] [ORDER BY …] [frame] )`. */
export function parseWindow(cursor: Cursor): WindowSpec {
  const at = cursor.place;
  return cursor.parenthesized(() => {
    const base = cursor.seesName() ? cursor.name() : undefined;
    const partitionBy = cursor.accept('PARTITION', 'BY')
      ? cursor.list(() => cursor.expression())
      : [];
    const orderBy = cursor.accept('ORDER', 'BY') ? parseOrderItems(cursor) : [];
    return { at, base, partitionBy, orderBy, frame: parseFrame(cursor) };
  });
}

function parseFrame(cursor: Cursor): WindowFrame | undefined {
  const at = cursor.place;
  const unit = cursor.accept('ROWS') ? 'ROWS' : cursor.accept('RANGE') ? 'RANGE' : undefined;
  if (!unit) return undefined;
  if (!cursor.accept('BETWEEN')) return { at, unit, start: parseBound(cursor), end: undefined };
  const start = parseBound(cursor);
  cursor.expect('AND');
  return { at, unit, start, end: parseBound(cursor) };
}

function parseBound(cursor: Cursor): FrameBound {
  if (cursor.accept('CURRENT', 'ROW')) return { kind: 'CURRENT ROW', offset: undefined };
  const unbounded = cursor.accept('UNBOUNDED');
  const offset = unbounded ? undefined : cursor.expression();
  const side = cursor.accept('PRECEDING') ? 'PRECEDING' : 'FOLLOWING';
  if (side === 'FOLLOWING') cursor.expect('FOLLOWING');
  return { kind: unbounded ? `UNBOUNDED ${side}` : side, offset };
}
