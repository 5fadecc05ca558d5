/** Templates that fail, and what takes their failures away. */
import { fill } from './template.ts';
import type { Typed } from './typed.ts';

/**
 * Fills a template so that its own failure is NULL, while a failure of an argument stays one: the
 * arguments are evaluated outside of TRY unless they cannot fail.
 */
export function fillSafely(template: string, args: readonly Typed[]): string {
  const quiet = template.replace(/\bbq_/g, 'bqs_');
  // DuckDB compiles patterns that it knows before TRY can catch what is wrong with them.
  if (args.every((arg) => arg.total) && !/\bregexp_/.test(template)) {
    return `TRY(${fill(
      quiet,
      args.map((arg) => arg.sql),
    )})`;
  }
  const fields = args.map((arg, i) => `a${i + 1} := ${arg.sql}`).join(', ');
  const names = args.map((_, i) => `safe.a${i + 1}`);
  return `list_extract(list_transform([struct_pack(${fields})], lambda safe: TRY(${fill(quiet, names)})), 1)`;
}

/** DuckDB text that fails with a message, of the type of the other branches. */
export const raise = (message: string, type: string): string =>
  `CAST(bq_raise(${message}) AS ${type})`;
