/** Types as the text writes them: `ARRAY<STRUCT<a INT64, b STRING(10)>>`. */
import { unsupported } from '../../../errors.ts';
import type { TypeNode } from './ast.ts';
import type { Cursor } from './cursor.ts';

export function parseType(cursor: Cursor): TypeNode {
  const at = cursor.place;
  if (cursor.accept('ARRAY')) {
    cursor.expectOperator('<');
    const element = parseType(cursor);
    cursor.closeAngle();
    return { at, name: 'ARRAY', parameters: [], element, fields: [] };
  }
  if (cursor.accept('STRUCT')) {
    return { at, name: 'STRUCT', parameters: [], element: undefined, fields: structFields(cursor) };
  }
  if (cursor.sees('RANGE')) throw unsupported('the type RANGE');
  const name = cursor.sees('INTERVAL') ? cursor.anyName() : cursor.name();
  return {
    at,
    name: name.text,
    parameters: typeParameters(cursor),
    element: undefined,
    fields: [],
  };
}

function structFields(cursor: Cursor): TypeNode['fields'] {
  if (cursor.acceptOperator('<>')) return [];
  cursor.expectOperator('<');
  const fields = cursor.list(() => {
    // A name is followed by a type, a type by a comma, a parameter list or the end.
    const named = cursor.seesName() && startsType(cursor, 1);
    const name = named ? cursor.name() : undefined;
    return { name, type: parseType(cursor) };
  });
  cursor.closeAngle();
  return fields;
}

const startsType = (cursor: Cursor, ahead: number): boolean =>
  cursor.seesName(ahead) || ['ARRAY', 'STRUCT', 'INTERVAL', 'RANGE'].includes(cursor.word(ahead));

/** `(10, 2)`; MAX is no number here. */
function typeParameters(cursor: Cursor): readonly number[] {
  if (!cursor.seesOperator('(')) return [];
  return cursor.parenthesized(() =>
    cursor.list(() => {
      if (cursor.peek().kind !== 'integer') throw cursor.unexpected();
      return Number(cursor.next().text);
    }),
  );
}
