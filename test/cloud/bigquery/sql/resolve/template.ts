/** DuckDB text with places for arguments: `CASE WHEN $2 = 0 THEN … ELSE $1 // $2 END`. */

/** An argument longer than this is not written twice: nested calls would grow without bound. */
const LONGEST_COPY = 400;

/**
 * Puts arguments where `$1`, `$2`, … stand; `$*` takes all, with commas. What would be written twice
 * and is long is bound to a name by a one-element list instead, so that it also runs only once.
 */
export function fill(template: string, args: readonly string[]): string {
  if (args.some((arg, i) => arg.length > LONGEST_COPY && uses(template, i + 1) > 1)) {
    return bound(template, args);
  }
  return fillOnce(template, args);
}

/** The same, but each argument is written wherever it stands: aggregates can't be bound to names. */
export const fillOnce = (template: string, args: readonly string[]): string =>
  template.replace(/\$(\d+|\*)/g, (_, place: string) =>
    place === '*' ? args.join(', ') : (args[Number(place) - 1] ?? 'NULL'),
  );

const uses = (template: string, place: number): number =>
  template.split(new RegExp(`\\$${place}(?!\\d)`)).length - 1;

function bound(template: string, args: readonly string[]): string {
  // The name follows from the text, so that equal expressions keep equal texts.
  const name = `v${hash(template + args.join())}`;
  const fields = args.map((arg, i) => `a${i + 1} := ${arg}`).join(', ');
  const body = fillOnce(
    template,
    args.map((_, i) => `${name}.a${i + 1}`),
  );
  return `list_extract(list_transform([struct_pack(${fields})], lambda ${name}: ${body}), 1)`;
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return (value >>> 0).toString(36);
}
