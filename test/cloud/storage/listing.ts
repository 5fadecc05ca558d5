/** Pages of a bucket's names. Source: the JSON API's "Objects: list". */
import { invalid } from '../errors.ts';
import { compareNames } from './names.ts';

/** What a request asks to be listed. */
export interface ListingQuery {
  readonly prefix: string;
  /** Names that hold it behind the prefix are put together up to it; '' for none. */
  readonly delimiter: string;
  /** Names that end in the delimiter stand among the objects too. */
  readonly includeTrailingDelimiter: boolean;
  /** Names from `startOffset` on, to before `endOffset`; '' for no bound. */
  readonly startOffset: string;
  readonly endOffset: string;
  /** Objects and prefixes together. */
  readonly maxResults: number;
  readonly pageToken: string | null;
}

/** One page; without a token it is the last one. */
export interface Listing<T> {
  readonly items: T[];
  readonly prefixes: string[];
  readonly nextPageToken?: string;
}

/** Where a page ended: behind so many versions of a name, and which prefix it gave last. */
interface Place {
  readonly name: string;
  readonly versions: number;
  readonly group?: string;
}

/**
 * One page.
 *
 * @param names all names, in the order of `compareNames`
 * @param versionsOf what stands in `items` for a name, in order; a name without is as if not there
 * @throws {ApiError} 400 for a page token that is none
 */
export function listPage<T>(
  names: readonly string[],
  query: ListingQuery,
  versionsOf: (name: string) => readonly T[],
): Listing<T> {
  const items: T[] = [];
  const prefixes: string[] = [];
  const start = query.pageToken === null ? undefined : decodePlace(query.pageToken);
  let group = start?.group;
  let end: Place | undefined;
  const full = () => items.length + prefixes.length === query.maxResults;
  for (const name of names.slice(firstIndex(names, query, start))) {
    if (beyond(name, query)) break;
    if (!name.startsWith(query.prefix)) continue;
    const versions = versionsOf(name);
    if (versions.length === 0) continue;
    const own = groupOf(name, query);
    if (own !== undefined && own !== group) {
      if (full()) return page(items, prefixes, end);
      prefixes.push(own);
      group = own;
      end = placeOf(name, 0, group);
    }
    if (own !== undefined && !(query.includeTrailingDelimiter && name === own)) continue;
    const seen = start?.name === name ? start.versions : 0;
    for (const [n, version] of versions.entries()) {
      if (n < seen) continue;
      if (full()) return page(items, prefixes, end);
      items.push(version);
      end = placeOf(name, n + 1, group);
    }
  }
  return { items, prefixes };
}

const placeOf = (name: string, versions: number, group: string | undefined): Place => ({
  name,
  versions,
  ...(group !== undefined && { group }),
});

const page = <T>(items: T[], prefixes: string[], end: Place | undefined): Listing<T> => ({
  items,
  prefixes,
  ...(end && { nextPageToken: Buffer.from(JSON.stringify(end)).toString('base64url') }),
});

/** The first name that may be on the page, found by halving. */
function firstIndex(
  names: readonly string[],
  query: ListingQuery,
  start: Place | undefined,
): number {
  const bounds = [query.prefix, query.startOffset];
  if (start) bounds.push(start.name);
  const least = bounds.sort(compareNames).at(-1) ?? '';
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNames(names[middle]!, least) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether neither this name nor one behind it can be on a page. */
const beyond = (name: string, { prefix, endOffset }: ListingQuery): boolean =>
  (endOffset !== '' && compareNames(name, endOffset) >= 0) ||
  (!name.startsWith(prefix) && compareNames(name, prefix) > 0);

function groupOf(name: string, { prefix, delimiter }: ListingQuery): string | undefined {
  const place = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
  return place < 0 ? undefined : name.slice(0, place + delimiter.length);
}

function decodePlace(token: string): Place {
  try {
    const place = JSON.parse(Buffer.from(token, 'base64url').toString());
    const known = place.group === undefined || typeof place.group === 'string';
    if (typeof place.name === 'string' && Number.isInteger(place.versions) && known) return place;
  } catch {
    // Not a token of ours: told below.
  }
  throw invalid('Invalid page token.', 'pageToken');
}
