/** Literals: by their own form, or text after the name of a type. */
import type { LiteralNode, LiteralType } from './ast.ts';
import type { Cursor } from './cursor.ts';

const TYPED: Record<string, LiteralType> = {
  DATE: 'DATE',
  DATETIME: 'DATETIME',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  NUMERIC: 'NUMERIC',
  DECIMAL: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  JSON: 'JSON',
};

const BY_TOKEN: Record<string, LiteralType> = {
  integer: 'INT64',
  float: 'FLOAT64',
  string: 'STRING',
  bytes: 'BYTES',
};

/** The literal that stands here; nothing is taken when there is none. */
export function parseLiteral(cursor: Cursor): LiteralNode | undefined {
  const at = cursor.place;
  const token = cursor.peek();
  const own = BY_TOKEN[token.kind];
  if (own) {
    cursor.next();
    return { kind: 'literal', at, type: own, value: token.value };
  }
  const word = cursor.word();
  if (word === 'NULL' || word === 'TRUE' || word === 'FALSE') {
    cursor.next();
    return { kind: 'literal', at, type: word === 'NULL' ? 'NULL' : 'BOOL', value: word };
  }
  const type = Object.hasOwn(TYPED, word) ? TYPED[word] : undefined;
  if (!type || cursor.peek(1).kind !== 'string') return undefined;
  cursor.next();
  return { kind: 'literal', at, type, value: cursor.next().value };
}
