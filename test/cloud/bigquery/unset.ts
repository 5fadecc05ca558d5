/**
 * Whether a property of a request says nothing: what is absent, empty or switched off, and objects
 * and lists of such. Clients send them along; only what says something can be refused.
 */
export const isUnset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'string' && value.endsWith('_UNSPECIFIED')) ||
  (typeof value === 'object' && Object.values(value).every(isUnset));
