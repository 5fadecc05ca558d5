/** What the author of a features.sql wrote above its columns. */

/** A column that ends its line: `… AS name,`, `t.name,` or `name`, and a comment after it. */
const LAST_NAME = /(?:^|[\s.`)])`?([A-Za-z_]\w*)`?\s*,?\s*(?:--.*)?$/;

const COMMENT = /^\s*--\s?(.*)$/;

/**
 * The comment that each column of the last SELECT stands under: of its own group, which a blank line
 * ends. Columns without one are left out.
 * @param names of the columns
 */
export function commentsOf(sql: string, names: readonly string[]): Map<string, string> {
  const missing = new Set(names);
  const found = new Map<string, string>();
  let comment: string[] = [];
  let isOpen = false;
  for (const line of lastList(sql)) {
    const words = COMMENT.exec(line)?.[1];
    if (words !== undefined) {
      comment = isOpen ? [...comment, words.trim()] : [words.trim()];
      isOpen = true;
      continue;
    }
    isOpen = false;
    if (line.trim() === '') comment = [];
    const name = LAST_NAME.exec(line)?.[1];
    if (name === undefined || !missing.delete(name) || comment.length === 0) continue;
    found.set(name, comment.join(' '));
  }
  return found;
}

/** The lines between the last SELECT that begins one and its FROM. */
function lastList(sql: string): string[] {
  const lines = sql.split('\n');
  const from = lines.findLastIndex((line) => /^SELECT\b/i.test(line));
  const list = lines.slice(from + 1);
  const until = list.findIndex((line) => /^FROM\b/i.test(line));
  return until < 0 ? list : list.slice(0, until);
}
