/** Lists and rows, page by page. */
import { invalid } from '../../errors.ts';

/** A token says what it belongs to, so that no list is read with the token of another. */
const tokenOf = (scope: string, start: number): string =>
  Buffer.from(JSON.stringify([scope, start])).toString('base64url');

function startOf(scope: string, token: string): number {
  try {
    const [owner, start] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (owner === scope && Number.isSafeInteger(start) && start >= 0) return start;
  } catch {
    // No token at all: refused below.
  }
  throw invalid(`Invalid page token: ${token}`, 'pageToken');
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

const MOST_ITEMS = 1000;

/** The page of a list that a request asks for. */
export function listPage<T>(items: readonly T[], query: URLSearchParams, scope: string): Page<T> {
  const start = startParameter(query, scope);
  const most = Math.min(numberParameter(query, 'maxResults') ?? MOST_ITEMS, MOST_ITEMS);
  const end = start + Math.max(most, 1);
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { nextPageToken: tokenOf(scope, end) } : {}),
  };
}

export interface RowsPage {
  readonly start: number;
  readonly count: number;
  readonly pageToken?: string;
}

/** A page of rows is at most so many values: about what BigQuery's 10 MB hold. */
const MOST_VALUES = 500_000;

/** The page of rows that a request asks for. */
export function rowsPage(
  total: number,
  columns: number,
  query: URLSearchParams,
  scope: string,
): RowsPage {
  const start = startParameter(query, scope) || (numberParameter(query, 'startIndex') ?? 0);
  const fitting = Math.max(1, Math.floor(MOST_VALUES / Math.max(columns, 1)));
  const most = Math.min(numberParameter(query, 'maxResults') ?? fitting, fitting);
  const count = Math.max(Math.min(most, total - start), 0);
  const end = start + count;
  return { start, count, ...(count > 0 && end < total ? { pageToken: tokenOf(scope, end) } : {}) };
}

function startParameter(query: URLSearchParams, scope: string): number {
  const token = query.get('pageToken');
  return token ? startOf(scope, token) : 0;
}

/** A count in the query. @throws {ApiError} 400 for what is none. */
export function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw invalid(`Invalid value for ${name}: ${text}`, name);
  return Number(text);
}
