/** GoogleSQL text in, syntax tree out. */
import { SqlSyntaxError } from '../../../../../shared/sql/lexer.ts';
import { type ApiError, invalidQuery, unsupported } from '../../../errors.ts';
import type { Name, TypeNode } from './ast.ts';
import { Cursor, type Grammar } from './cursor.ts';
import { parseAlter, parseCreate, parseDefinition, parseDrop, parseTempFunction } from './ddl.ts';
import { parseDelete, parseInsert, parseMerge, parseTruncate, parseUpdate } from './dml.ts';
import { parseExpression } from './expressions.ts';
import { parseQuery } from './queries.ts';
import type { Query } from './query_ast.ts';
import type { FunctionDefinition, Script, Statement } from './statements_ast.ts';
import { parseType } from './types.ts';

const GRAMMAR: Grammar = { expression: parseExpression, query: parseQuery, type: parseType };

/**
 * One statement, and the temporary functions defined before it.
 * @throws {ApiError} invalidQuery with the place of a syntax error; unsupported by name.
 */
export function parseScript(sql: string): Script {
  return parsed(sql, (cursor) => {
    const functions: FunctionDefinition[] = [];
    for (let next = parseTempFunction(cursor); next; next = parseTempFunction(cursor)) {
      functions.push(next);
      cursor.expectOperator(';');
    }
    const statement = parseStatement(cursor);
    const terminated = cursor.acceptOperator(';');
    if (terminated && cursor.peek().kind !== 'end')
      throw unsupported('scripts of several statements');
    return { functions, statement };
  });
}

/** A query alone, as a view keeps it. */
export const parseQueryText = (sql: string): Query => parsed(sql, parseQuery);

/** A function from its parameters on, as the catalogue keeps it. */
export const parseDefinitionText = (sql: string, name: Name): FunctionDefinition =>
  parsed(sql, (cursor) => parseDefinition(cursor, name));

/** A type alone. */
export const parseTypeNode = (text: string): TypeNode => parsed(text, parseType);

function parsed<T>(sql: string, rule: (cursor: Cursor) => T): T {
  try {
    const cursor = new Cursor(sql, GRAMMAR);
    const tree = rule(cursor);
    if (cursor.peek().kind !== 'end') throw cursor.expected('end of input');
    return tree;
  } catch (error) {
    if (error instanceof SqlSyntaxError)
      throw invalidQuery(`Syntax error: ${error.message}`, error);
    throw error instanceof RangeError ? tooComplex(error) : error;
  }
}

/** A text that is nested so deeply that the stack does not reach to its bottom. */
export const tooComplex = (cause: unknown): ApiError =>
  invalidQuery('Not enough resources for query planning: the query is too complex', cause);

/** Statements of GoogleSQL that are not run here, by their first word. */
const REFUSED = new Set(
  (
    'ANALYZE BEGIN BREAK CALL CASE CLONE COMMIT CONTINUE DECLARE DESCRIBE EXECUTE EXPLAIN EXPORT ' +
    'FOR GRANT IF ITERATE LEAVE LOAD LOOP RAISE REPEAT RETURN REVOKE ROLLBACK SET SHOW UNDROP WHILE'
  ).split(' '),
);

function parseStatement(cursor: Cursor): Statement {
  const at = cursor.place;
  const word = cursor.word();
  switch (word) {
    case 'INSERT':
      return parseInsert(cursor);
    case 'UPDATE':
      return parseUpdate(cursor);
    case 'DELETE':
      return parseDelete(cursor);
    case 'TRUNCATE':
      return parseTruncate(cursor);
    case 'MERGE':
      return parseMerge(cursor);
    case 'CREATE':
      return parseCreate(cursor);
    case 'DROP':
      return parseDrop(cursor);
    case 'ALTER':
      return parseAlter(cursor);
    case 'ASSERT':
      return parseAssert(cursor);
    default:
      if (REFUSED.has(word)) throw unsupported(`the statement ${word}`);
      if (word === '' || ['SELECT', 'WITH', 'FROM'].includes(word)) {
        if (!cursor.seesOperator('(') && word === '') throw cursor.unexpected();
        return { kind: 'query', at, query: parseQuery(cursor) };
      }
      throw cursor.unexpected();
  }
}

function parseAssert(cursor: Cursor): Statement {
  const at = cursor.place;
  cursor.expect('ASSERT');
  const condition = cursor.expression();
  if (!cursor.accept('AS')) return { kind: 'assert', at, condition, message: undefined };
  if (cursor.peek().kind !== 'string') throw cursor.unexpected();
  return { kind: 'assert', at, condition, message: cursor.next().value };
}
