/** SQL that is kept in files: read, and its placeholders filled with identifiers and queries. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type SqlFiles = (path: string) => Promise<string>;

/** Reads `sql/<path>`. */
export const sqlFiles =
  (directory: string): SqlFiles =>
  (path) =>
    readFile(join(directory, path), 'utf8');

/**
 * Fills the `${name}` of a statement with text: an identifier from `identifier`, or a whole query
 * of a portfolio. Values never come this way; they are named parameters.
 *
 * @throws {Error} when a placeholder has no text, or a text no placeholder
 */
export function fill(template: string, texts: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const filled = template.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const text = texts[name];
    if (text === undefined) throw new Error(`The statement needs a text for \${${name}}.`);
    used.add(name);
    return text;
  });
  const spare = Object.keys(texts).filter((name) => !used.has(name));
  if (spare.length > 0) throw new Error(`The statement has no place for ${spare.join(', ')}.`);
  return filled;
}

/** A table, model or column name, in backticks. @throws {Error} for anything but a plain word. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_]\w{0,200}$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name.`);
  return `\`${name}\``;
}

/** The value of an option in `OPTIONS(…)`, as a literal. */
export function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value).toUpperCase();
}
