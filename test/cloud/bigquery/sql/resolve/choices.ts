/** IN and LIKE with their lists, arrays and subqueries. */
import { physicalType } from '../../duckdb/types.ts';
import { type BqType, typeText } from '../../types.ts';
import type { Choices, InNode, LikeNode, Place } from '../parse/ast.ts';
import { castText } from './casting.ts';
import { coerce, unify } from './coercion.ts';
import { compareText } from './comparing.ts';
import type { Env, OutputColumn, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { onlyColumn } from './subqueries.ts';
import { fill } from './template.ts';
import { BOOL, BYTES, isComparable, STRING } from './type_rules.ts';
import { composed, converted, isLiteral, isUntypedNull, type Refs, type Typed } from './typed.ts';

export function resolveIn(r: Resolver, node: InNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  const found = isIn(r, operand, node.choices, env, node.at);
  return node.negated ? converted(found, BOOL, `(NOT ${found.sql})`) : found;
}

function isIn(r: Resolver, operand: Typed, choices: Choices, env: Env, at: Place): Typed {
  switch (choices.kind) {
    case 'list':
      return inList(
        operand,
        choices.items.map((item) => r.expression(item, env)),
        at,
      );
    case 'unnest':
      return inArray(operand, r.expression(choices.array, env), at);
    case 'query':
      return inQuery(r, operand, choices, env, at);
  }
}

function inList(operand: Typed, items: readonly Typed[], at: Place): Typed {
  const unified = unify([operand, ...items]);
  if (!unified || !isComparable(unified.type)) {
    const types = items.map(shownType).join(', ');
    throw queryError(
      `No matching signature for operator IN for argument types ${shownType(operand)} and {${types}}`,
      at,
    );
  }
  const { type, exprs } = unified;
  const [value, ...choices] = exprs as [Typed, ...Typed[]];
  const texts = choices.map((choice) => choice.sql);
  const literals = items.every(isLiteral);
  if (type.kind !== 'STRUCT' && (type.kind !== 'FLOAT64' || literals)) {
    return composed(BOOL, `(${value.sql} IN (${texts.join(', ')}))`, at, exprs);
  }
  const equals = texts.map((_, i) =>
    compareText('=', type, { sql: '$1', finite: false }, { sql: `$${i + 2}`, finite: false }),
  );
  return composed(BOOL, fill(`(${equals.join(' OR ')})`, [value.sql, ...texts]), at, exprs);
}

const shownType = (expr: Typed): string => (isUntypedNull(expr) ? 'NULL' : typeText(expr.type));

/** No element of nothing is equal; NULLs are unknown as in a list. */
function inArray(operand: Typed, array: Typed, at: Place): Typed {
  const mismatch = () =>
    queryError(
      `No matching signature for operator IN UNNEST for argument types: ${shownType(operand)}, ${shownType(array)}`,
      at,
    );
  if (array.type.kind !== 'ARRAY') throw mismatch();
  const unified = elementAndArray(operand, array);
  if (!unified || !isComparable(unified[0].type)) throw mismatch();
  const texts = unified.map((expr) => expr.sql);
  return composed(BOOL, fill(inArrayTemplate(unified[0].type), texts), at, unified);
}

function inArrayTemplate(type: Typed['type']): string {
  const empty = 'WHEN $2 IS NULL OR len($2) = 0 THEN FALSE';
  if (type.kind === 'STRUCT') {
    // Fields may be NULL, and a comparison unknown where neither side is.
    const side = (sql: string) => ({ sql, finite: false });
    const equal = `list_transform($2, lambda item: ${compareText('=', type, side('item'), side('$1'))})`;
    return (
      `(CASE ${empty} WHEN list_bool_or(${equal}) THEN TRUE ` +
      `WHEN list_count(${equal}) < len($2) THEN NULL ELSE FALSE END)`
    );
  }
  const noNan = type.kind === 'FLOAT64' ? ' AND NOT isnan($1)' : '';
  return (
    `(CASE ${empty} WHEN $1 IS NULL THEN NULL WHEN list_contains($2, $1)${noNan} THEN TRUE ` +
    'WHEN list_count($2) < len($2) THEN NULL ELSE FALSE END)'
  );
}

function elementAndArray(operand: Typed, array: Typed): [Typed, Typed] | undefined {
  if (array.type.kind !== 'ARRAY') return undefined;
  const element = coerce(operand, array.type.element);
  if (element) return [element, array];
  const widened = coerce(array, { kind: 'ARRAY', element: operand.type });
  return widened && [operand, widened];
}

function inQuery(
  r: Resolver,
  operand: Typed,
  choices: Extract<Choices, { kind: 'query' }>,
  env: Env,
  at: Place,
): Typed {
  const { column, text, refs } = onlyColumn(r, choices.query, env, 'IN', at);
  if (column.type.kind === 'STRUCT') return inArray(operand, listOf(column, text, refs, at), at);
  const inner: Typed = { type: column.type, sql: column.alias, at, refs };
  const unified = unify([operand, inner]);
  if (!unified || !isComparable(unified.type)) {
    throw queryError(
      `No matching signature for operator IN for argument types ${shownType(operand)} and {${typeText(column.type)}}`,
      at,
    );
  }
  const [value] = unified.exprs as [Typed, Typed];
  const chosen = castText(column.alias, column.type, unified.type) ?? column.alias;
  const noNan =
    unified.type.kind === 'FLOAT64' ? ` WHERE ${chosen} IS NULL OR NOT isnan(${chosen})` : '';
  const sql = `(${value.sql} IN (SELECT ${chosen} FROM (${text})${noNan}))`;
  return composed(BOOL, sql, at, [value, inner]);
}

export function resolveLike(r: Resolver, node: LikeNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  const { choices, quantifier, negated, at } = node;
  if (choices.kind === 'list') {
    const patterns = choices.items.map((item) =>
      likeOperands(operand, r.expression(item, env), at),
    );
    const not = negated ? 'NOT ' : '';
    const texts = patterns.map(([value, pattern]) => `${not}${likeText(value, pattern)}`);
    const joined = texts.join(quantifier === 'ALL' ? ' AND ' : ' OR ');
    return composed(BOOL, `(${joined})`, at, patterns.flat());
  }
  const array =
    choices.kind === 'unnest'
      ? r.expression(choices.array, env)
      : patternsOf(r, choices.query, env, at);
  if (
    array.type.kind !== 'ARRAY' ||
    array.type.element.kind !== 'STRING' ||
    operand.type.kind !== 'STRING'
  ) {
    throw likeMismatch(operand, array, at);
  }
  // `NOT LIKE ANY` asks for a pattern that does not match, not for the opposite of LIKE ANY.
  const every = quantifier === 'ALL';
  const decides = every === negated ? 'TRUE' : 'FALSE';
  const template =
    `(CASE WHEN $2 IS NULL OR len($2) = 0 THEN ${every ? 'TRUE' : 'FALSE'} ` +
    `ELSE ${every ? 'NOT ' : ''}bq_like_any($1, $2, ${decides}) END)`;
  return composed(BOOL, fill(template, [operand.sql, array.sql]), at, [operand, array]);
}

function patternsOf(
  r: Resolver,
  query: Extract<Choices, { kind: 'query' }>['query'],
  env: Env,
  at: Place,
): Typed {
  const { column, text, refs } = onlyColumn(r, query, env, 'LIKE', at);
  return listOf(column, text, refs, at);
}

/** All values of a query's only column. */
function listOf(
  { alias, type: element }: OutputColumn,
  text: string,
  refs: Refs,
  at: Place,
): Typed {
  const type: BqType = { kind: 'ARRAY', element };
  const none = `CAST([] AS ${physicalType(type)})`;
  return { type, sql: `coalesce((SELECT list(${alias}) FROM (${text})), ${none})`, at, refs };
}

function likeOperands(operand: Typed, pattern: Typed, at: Place): [Typed, Typed] {
  for (const type of [STRING, BYTES]) {
    const value = coerce(operand, type);
    const text = coerce(pattern, type);
    if (value && text) return [value, text];
  }
  throw likeMismatch(operand, pattern, at);
}

const likeMismatch = (operand: Typed, pattern: Typed, at: Place) =>
  queryError(
    `No matching signature for operator LIKE for argument types: ${shownType(operand)}, ${shownType(pattern)}. Supported signatures: STRING LIKE STRING; BYTES LIKE BYTES`,
    at,
  );

/** DuckDB's LIKE has no escape character of its own, and is quickest without one. */
function likeText(value: Typed, pattern: Typed): string {
  if (value.type.kind === 'BYTES') return `bq_bytes_like(${value.sql}, ${pattern.sql})`;
  const { constant } = pattern;
  const plain = constant?.kind === 'literal' && !String(constant.value).includes('\\');
  if (plain) return `(${value.sql} LIKE ${pattern.sql})`;
  return `bq_like(${value.sql}, ${pattern.sql})`;
}
