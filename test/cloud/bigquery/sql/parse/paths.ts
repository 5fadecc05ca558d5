/** Names of tables: `project.dataset.table`, quoted in any way, the project also with dashes. */
import type { Name } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { TablePath } from './query_ast.ts';

export function parseTablePath(cursor: Cursor): TablePath {
  const at = cursor.place;
  const names = [parseDashed(cursor)];
  while (cursor.acceptOperator('.')) names.push(cursor.anyName());
  return { at, names };
}

/** `my-project-12`: words and numbers with nothing between them but dashes. */
function parseDashed(cursor: Cursor): Name {
  const quoted = cursor.peek().kind === 'quoted';
  const first = cursor.name();
  if (quoted) return first;
  let { text } = first;
  while (cursor.seesOperator('-') && cursor.peek().start === cursor.previousEnd) {
    const part = cursor.peek(1);
    const joined = part.start === cursor.peek().end;
    if (!joined || (part.kind !== 'identifier' && part.kind !== 'integer')) break;
    cursor.next();
    cursor.next();
    text += `-${part.text}`;
  }
  return { text, at: first.at };
}
