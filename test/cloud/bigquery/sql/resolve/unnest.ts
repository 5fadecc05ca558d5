/** UNNEST, written out or implied by the path of an array. */
import { typeText } from '../../types.ts';
import type { Place } from '../parse/ast.ts';
import type { Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { type Relation, valueTable } from './relation.ts';
import { INT64 } from './type_rules.ts';
import { type Column, isUntypedNull, type Typed } from './typed.ts';

/** One row for each element, none for NULL, with the element's offset if asked for. */
export function unnest(
  r: Resolver,
  array: Typed,
  alias: string | undefined,
  offset: string | undefined,
  at: Place,
): Relation {
  const element = isUntypedNull(array) ? INT64 : elementOf(array, at);
  const unique = r.unique('t');
  const value: Column = {
    name: alias ?? '',
    type: element,
    sql: `${unique}.v`,
    sources: array.refs,
  };
  const position: Column[] =
    offset === undefined
      ? []
      : [{ name: offset, type: INT64, sql: `${unique}.o`, sources: array.refs }];
  const rows = (list: string, from = '') =>
    offset === undefined
      ? `(SELECT unnest(${list}) AS v${from}) AS ${unique}`
      : `(SELECT unnest(${list}) AS v, unnest(range(len(${list}))) AS o${from}) AS ${unique}`;
  const inner = r.unique('u');
  const sql =
    offset === undefined
      ? rows(array.sql)
      : rows(`${inner}.a`, ` FROM (SELECT ${array.sql} AS a) AS ${inner}`);
  return {
    ...valueTable(sql, value, alias, position, array.refs),
    array: { alias: unique, sql: array.sql, rows: (column) => rows(column) },
  };
}

function elementOf(array: Typed, at: Place) {
  if (array.type.kind === 'ARRAY') return array.type.element;
  throw queryError(
    `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${typeText(array.type)}`,
    at,
  );
}
