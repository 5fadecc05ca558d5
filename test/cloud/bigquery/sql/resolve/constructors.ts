/** Arrays and structs: written out, and read by position and name. */
import { physicalType } from '../../duckdb/types.ts';
import { type BqType, type Field, typeText } from '../../types.ts';
import type { ArrayNode, Expr, PathNode, StructNode, SubscriptNode } from '../parse/ast.ts';
import { fieldText } from './casting.ts';
import { arrayOfItems, coerce, commonType, structOfItems } from './coercion.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { fill } from './template.ts';
import { INT64, STRING } from './type_rules.ts';
import { resolveType } from './type_text.ts';
import { composed, type Typed } from './typed.ts';

export function resolveArray(r: Resolver, node: ArrayNode, env: Env): Typed {
  const declared = node.element && resolveType(node.element);
  const given = node.items.map((item) => {
    // Within ARRAY<STRUCT<…>>[(…)] the tuples have the struct's fields.
    const expr = r.expression(item, env);
    if (!declared || coerce(expr, declared)) return expr;
    throw queryError(
      `Array element type ${typeText(expr.type)} does not coerce to ${typeText(declared)}`,
      item.at,
    );
  });
  const element = declared ?? commonType(given);
  if (!element) {
    const types = [...new Set(given.map((expr) => typeText(expr.type)))].join(', ');
    throw queryError(`Array elements of types {${types}} do not have a common supertype`, node.at);
  }
  if (element.kind === 'ARRAY') {
    throw queryError(
      `Cannot construct array with element type ${typeText(element)} because nested arrays are not supported`,
      node.at,
    );
  }
  const items = given.map((expr) => coerce(expr, element)!);
  const array = arrayOfItems(items, { kind: 'ARRAY', element }, node.at);
  if (!declared) return array;
  // A declared type is firm: the array no longer takes on another.
  const { constant: _, ...firm } = array;
  return firm;
}

export function resolveStruct(r: Resolver, node: StructNode, env: Env): Typed {
  const values = node.fields.map(({ value }) => r.expression(value, env));
  if (node.type) return declaredStruct(node, values);
  const fields = values.map((value, i) => ({
    name: node.fields[i]!.name?.text ?? (node.tuple ? '' : implicitName(node.fields[i]!.value)),
    type: value.type,
  }));
  return structOfItems(values, { kind: 'STRUCT', fields }, node.at);
}

function declaredStruct(node: StructNode, values: readonly Typed[]): Typed {
  const type = resolveType(node.type!);
  const fields: readonly Field[] = type.kind === 'STRUCT' ? type.fields : [];
  if (fields.length !== values.length) {
    throw queryError(
      `STRUCT type has ${fields.length} fields but constructor call has ${values.length} fields`,
      node.at,
    );
  }
  const items = values.map((value, i) => {
    const item = coerce(value, fields[i]!.type);
    if (item) return item;
    throw queryError(
      `Struct field ${i + 1} has type ${typeText(value.type)} which does not coerce to ${typeText(fields[i]!.type)}`,
      value.at,
    );
  });
  const { constant: _, ...firm } = structOfItems(items, { kind: 'STRUCT', fields }, node.at);
  return firm;
}

/** Functions that may stand without parentheses. */
const BARE = new Set(['CURRENT_DATE', 'CURRENT_DATETIME', 'CURRENT_TIME', 'CURRENT_TIMESTAMP']);

export const isBareCall = ({ names }: PathNode): boolean =>
  names.length === 1 && BARE.has(names[0]!.text.toUpperCase());

/** The name that an expression gives its column or field when none is written. */
export function implicitName(expr: Expr): string {
  if (expr.kind === 'path' && !isBareCall(expr)) return expr.names.at(-1)!.text;
  return expr.kind === 'field' ? expr.name.text : '';
}

const OUT_OF_BOUNDS = {
  over: "'Array index ' || $2 || ' is out of bounds (overflow)'",
  under: "'Array index ' || $2 || ' is out of bounds (underflow)'",
};

export function resolveSubscript(r: Resolver, node: SubscriptNode, env: Env): Typed {
  const base = r.expression(node.base, env);
  const index = r.expression(node.index, env);
  if (base.type.kind === 'JSON') return jsonSubscript(node, base, index);
  if (base.type.kind === 'STRUCT') return structSubscript(node, base, base.type.fields, index);
  if (base.type.kind !== 'ARRAY') {
    throw queryError(
      `Subscript access using [INT64] is not supported on values of type ${typeText(base.type)}`,
      node.at,
    );
  }
  const position = coerce(index, INT64);
  if (!position) {
    const accessor = node.accessor ?? 'OFFSET';
    throw queryError(
      `Array position in [] must be coercible to INT64 type, but has type ${typeText(index.type)} (${accessor})`,
      index.at,
    );
  }
  const sql = fill(subscriptTemplate(node.accessor ?? 'OFFSET', base.type.element), [
    base.sql,
    position.sql,
  ]);
  return composed(base.type.element, sql, node.at, [base, position]);
}

function structSubscript(
  node: SubscriptNode,
  base: Typed,
  fields: readonly Field[],
  index: Typed,
): Typed {
  const { constant } = index;
  const position = constant?.kind === 'literal' ? constant.value : undefined;
  if (typeof position !== 'bigint' || node.accessor?.startsWith('SAFE_')) {
    throw queryError('A field of a STRUCT is read by OFFSET or ORDINAL of a literal', node.at);
  }
  const place = Number(position) - (node.accessor === 'ORDINAL' ? 1 : 0);
  const field = fields[place];
  if (!field) throw queryError(`Field position ${position} is out of bounds in STRUCT`, index.at);
  return composed(field.type, fieldText(base.sql, fields, place), node.at, [base]);
}

function subscriptTemplate(accessor: string, element: BqType): string {
  const first = accessor.endsWith('ORDINAL') ? 1 : 0;
  const item = `list_extract($1, $2${first === 0 ? ' + 1' : ''})`;
  const inside = `$2 >= ${first} AND $2 < len($1) + ${first}`;
  if (accessor.startsWith('SAFE_')) return `(CASE WHEN ${inside} THEN ${item} END)`;
  const problem = `CASE WHEN $2 < ${first} THEN ${OUT_OF_BOUNDS.under} ELSE ${OUT_OF_BOUNDS.over} END`;
  const fails = `CAST(bq_raise(${problem}) AS ${physicalType(element)})`;
  return `(CASE WHEN ${inside} THEN ${item} WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE ${fails} END)`;
}

function jsonSubscript(node: SubscriptNode, base: Typed, index: Typed): Typed {
  const byName = coerce(index, STRING);
  const key = byName ?? coerce(index, INT64);
  if (!key || node.accessor) {
    throw queryError('JSON is read by [INT64] or [STRING]', index.at);
  }
  const native = byName ? 'bq_json_member' : 'bq_json_element';
  return composed(base.type, `${native}(${base.sql}, ${key.sql})`, node.at, [base, key]);
}
