/** Update masks: which fields of a resource a client may change, and the change. */
import { invalidArgument } from './status.ts';
import type { Request } from './wire.ts';

/** What a resource allows. */
export interface Mutability<T> {
  /** In messages and in the request's name: `Topic`, `Subscription`. */
  readonly kind: string;
  /** Fields in the mask's spelling, and their names here. */
  readonly mutable: Readonly<Record<string, keyof T>>;
  readonly immutable: readonly string[];
}

/** The resource with the masked fields taken from the change. @throws {PubSubError} */
export function applyMask<T extends object>(
  current: T,
  change: Request<T>,
  paths: readonly string[] | undefined,
  { kind, mutable, immutable }: Mutability<T>,
): Request<T> {
  const request = `Update${kind}Request`;
  if (!paths || paths.length === 0) {
    throw invalidArgument(
      `The update_mask in the ${request} must be set, and must contain a non-empty paths list.`,
    );
  }
  const changed: { -readonly [K in keyof T]?: T[K] | null } = {};
  for (const path of paths) {
    const field = Object.hasOwn(mutable, path) ? mutable[path] : undefined;
    if (field === undefined) {
      const problem = immutable.includes(path)
        ? `the '${path}' field in the ${kind} is not mutable.`
        : `${path} is not a known ${kind} field. Note that field paths must be of the form ` +
          "'push_config' rather than 'pushConfig'.";
      throw invalidArgument(`Invalid update_mask provided in the ${request}: ${problem}`);
    }
    changed[field] = change[field];
  }
  return { ...current, ...changed };
}
