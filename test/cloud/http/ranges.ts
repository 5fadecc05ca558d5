/** The two range headers: what a download asks for, and what part of a whole an upload sends. */
import { ApiError } from '../errors.ts';

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that a `Range` header asks for; undefined for the whole, which is also the answer to a
 * header that can't be understood or names several ranges (RFC 9110 §14.2).
 *
 * @throws {ApiError} 416 when the range starts behind the last byte.
 */
export function requestedRange(header: string | undefined, size: number): ByteRange | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= end) {
    throw new ApiError(
      416,
      'requestedRangeNotSatisfiable',
      `Request range not satisfiable: ${header} of ${size} bytes.`,
    );
  }
  return { start, end };
}

/** `bytes FIRST-LAST/TOTAL`, each undefined where the header has a star or leaves it out. */
export interface ContentRange {
  readonly first?: number;
  /** The last byte sent, inclusive. */
  readonly last?: number;
  readonly total?: number;
}

/** Reads the `Content-Range` of a resumable upload. @throws {ApiError} 400 */
export function contentRange(header: string): ContentRange {
  const found = /^bytes (?:\*|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(header.trim());
  const [first, last, total] = (found ?? []).slice(1).map(numberOf);
  const { POSITIVE_INFINITY: unknown } = Number;
  const backwards = last !== undefined && (last < (first ?? 0) || last >= (total ?? unknown));
  if (!found || backwards) {
    throw new ApiError(400, 'badRequest', `Failed to parse Content-Range header: ${header}`);
  }
  return {
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    ...(total === undefined ? {} : { total }),
  };
}

const numberOf = (digits: string | undefined): number | undefined =>
  digits === undefined || digits === '*' ? undefined : Number(digits);
