/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Applies a change as PATCH does (RFC 7396): null takes a field away, objects are merged. */
export function mergePatch(target: Fields, change: Fields): Fields {
  const result: Record<string, unknown> = { ...target };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else if (isFields(value)) {
      const before = result[name];
      result[name] = mergePatch(isFields(before) ? before : {}, value);
    } else result[name] = value;
  }
  return result;
}
