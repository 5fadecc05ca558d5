/** LIKE, and what DuckDB's regular expressions (RE2, as GoogleSQL's) leave open. */
import { InvalidText } from '../time/parse.ts';
import type { Native } from './native.ts';

/** The number of capturing groups of a regular expression of RE2's syntax. */
export function groupsOf(pattern: string): number {
  let groups = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') {
      const quoted = pattern[i + 1] === 'Q' ? pattern.indexOf('\\E', i) : -1;
      i = quoted >= 0 ? quoted + 1 : i + 1;
    } else if (inClass) {
      if (c === ']') inClass = false;
    } else if (c === '[') {
      inClass = true;
      // A bracket right at the beginning is one of the class.
      const first = pattern[i + 1] === '^' ? i + 2 : i + 1;
      if (pattern[first] === ']') i = first;
    } else if (
      c === '(' &&
      (pattern[i + 1] !== '?' || /^\?P?<[A-Za-z_]/.test(pattern.slice(i + 1)))
    ) {
      groups++;
    }
  }
  return groups;
}

/** The groups of a pattern that is not known before the query runs. */
function patternGroups(pattern: string): bigint {
  const groups = groupsOf(pattern);
  if (groups > 1) {
    throw new InvalidText(
      'Regular expressions passed into extraction functions must not have more than 1 capturing group',
    );
  }
  return BigInt(groups);
}

/** A replacement that refers to groups which the pattern has. */
function rewrite(replacement: string, pattern: string): string {
  const groups = groupsOf(pattern);
  for (const [, digit] of replacement.matchAll(/\\(.?)/gs)) {
    if (digit === '\\') continue;
    if (digit === undefined || !/\d/.test(digit)) {
      throw new InvalidText(
        'Invalid REGEXP_REPLACE pattern: a \\ must be followed by a digit or \\',
      );
    }
    if (Number(digit) > groups) {
      throw new InvalidText(
        `Invalid REGEXP_REPLACE pattern: rewrite schema requests ${digit} matches, but the regexp only has ${groups} parenthesized subexpressions.`,
      );
    }
  }
  return replacement;
}

const compiled = new Map<string, RegExp>();

/** LIKE as a regular expression of JavaScript; a backslash takes the meaning of what follows. */
function likeExpression(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (!expression) {
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(pattern))
      throw new InvalidText('LIKE pattern ends with a backslash');
    const source = pattern.replace(
      /\\(.)|[%_]|[\\^$.*+?()[\]{}|/-]/gsu,
      (whole, escaped?: string) => {
        if (whole === '%') return '.*';
        if (whole === '_') return '.';
        return (escaped ?? whole).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
      },
    );
    expression = new RegExp(`^${source}$`, 'su');
    if (compiled.size > 1000) compiled.clear();
    compiled.set(pattern, expression);
  }
  return expression;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Whether some pattern decides, by matching or by not matching; unknown if only a NULL could. */
function likeAny(
  value: string | null,
  patterns: readonly (string | null)[] | null,
  decides: boolean,
): boolean | null {
  if (value === null || patterns === null) return null;
  let unknown = false;
  for (const pattern of patterns) {
    if (pattern === null) unknown = true;
    else if (likeExpression(pattern).test(value) === decides) return true;
  }
  return unknown ? null : false;
}

export const PATTERNS: readonly Native[] = [
  { name: 'pattern_groups', signature: 'INT64(STRING)', call: patternGroups },
  { name: 'rewrite', signature: 'STRING(STRING, STRING)', call: rewrite },
  {
    name: 'like',
    signature: 'BOOL(STRING, STRING)',
    call: (value: string, pattern: string) => likeExpression(pattern).test(value),
  },
  {
    name: 'bytes_like',
    signature: 'BOOL(BYTES, BYTES)',
    call: (value: Uint8Array, pattern: Uint8Array) =>
      likeExpression(latin1(pattern)).test(latin1(value)),
  },
  {
    name: 'like_any',
    signature: 'BOOL(STRING, ARRAY<STRING>, BOOL)',
    call: likeAny,
    takesNulls: true,
  },
];
