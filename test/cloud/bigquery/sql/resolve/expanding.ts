/** Views and temporary functions, which are put in where they are named. */
import type { Resolver } from './context.ts';

/** Resolves the inside of something that must not hold itself, however deep. */
export function expanding<T>(r: Resolver, name: string, refusal: () => Error, work: () => T): T {
  if (r.expanding.has(name)) throw refusal();
  r.expanding.add(name);
  try {
    return work();
  } finally {
    r.expanding.delete(name);
  }
}
