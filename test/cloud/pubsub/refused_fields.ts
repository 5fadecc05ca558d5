import { unsupported } from './status.ts';

/** Refuses by name what a client sets and this Pub/Sub lacks. @throws {PubSubError} UNIMPLEMENTED */
export function refuseFields(request: object, refused: Readonly<Record<string, string>>): void {
  const fields = request as Readonly<Record<string, unknown>>;
  for (const [field, what] of Object.entries(refused)) {
    if (isSet(fields[field])) throw unsupported(what);
  }
}

/** False for what proto3 leaves out: null, '', 0, false, [] and {}. */
function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== 'object' || value === null) return Boolean(value);
  // A message that is there counts as set; only an empty map does not.
  return Object.keys(value).length > 0;
}
