import { invalidArgument } from './status.ts';

/** Zero means as many as may be; an empty token the first page. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** The token is empty on the last page. */
export interface Page<T> {
  readonly items: T[];
  readonly nextPageToken: string;
}

const MOST = 1_000;

/**
 * One page of names in their order; a token is the last name before it, encoded.
 * @throws {PubSubError} INVALID_ARGUMENT for a negative size or a token that is none.
 */
export function paginate(
  names: Iterable<string>,
  { pageSize, pageToken }: PageRequest,
): Page<string> {
  if (pageSize < 0) {
    throw invalidArgument(
      `Invalid page size given (page_size=${pageSize}). It must not be negative.`,
    );
  }
  const after = decode(pageToken);
  const rest = [...names].filter((name) => name > after).sort();
  const items = rest.slice(0, Math.min(pageSize || MOST, MOST));
  const more = items.length < rest.length;
  return { items, nextPageToken: more ? encode(items.at(-1)!) : '' };
}

const encode = (name: string): string => Buffer.from(name).toString('base64url');

function decode(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (encode(name) !== token) {
    throw invalidArgument(`Invalid page token given (page_token=${token}).`);
  }
  return name;
}
