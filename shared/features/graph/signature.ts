import type { Type } from '../types.ts';

/** Argument types and the result's; `T` stands for one type that all its places share. */
export interface Signature {
  readonly parameters: readonly (Type | 'T')[];
  readonly result: Type | 'T';
}

/** What an argument brings: a type, an untyped NULL, or the text of a string literal. */
export type Argument = Type | 'NULL' | 'string literal';

/** A signature with every `T` settled. */
export interface Match {
  readonly parameters: readonly Type[];
  readonly result: Type;
}

/** `signatures('INT64 INT64 -> INT64', …)`, as the reference writes them. */
export function signatures(...texts: string[]): readonly Signature[] {
  return texts.map((text) => {
    const [parameters = '', result] = text.split(' -> ');
    return { parameters: parameters.split(' '), result } as Signature;
  });
}

/** The signature that takes these arguments with the fewest coercions, the first of equals. */
export function match(
  candidates: readonly Signature[],
  given: readonly Argument[],
): Match | undefined {
  let best: Match | undefined;
  let least = Infinity;
  for (const { parameters, result } of candidates) {
    if (parameters.length !== given.length) continue;
    const shared = supertype(given.filter((_, i) => parameters[i] === 'T'));
    if (parameters.includes('T') && shared === undefined) continue;
    const settled = parameters.map((p) => (p === 'T' ? shared! : p));
    const coercions = settled.reduce((sum, p, i) => sum + coercion(given[i]!, p), 0);
    if (coercions < least) {
      least = coercions;
      best = { parameters: settled, result: result === 'T' ? shared! : result };
    }
  }
  return best;
}

/** The type that all of these coerce to (GoogleSQL's supertype); an untyped NULL alone is INT64. */
export function supertype(given: readonly Argument[]): Type | undefined {
  const types = new Set<Type>();
  for (const one of given) if (one !== 'NULL' && one !== 'string literal') types.add(one);
  const literals = given.includes('string literal');
  if (types.size === 0) return literals ? 'STRING' : 'INT64';
  const candidates = [...types].filter((type) => given.every((g) => coercion(g, type) < Infinity));
  return candidates[0];
}

/** 0 as it is, 1 by coercion, Infinity not at all. */
function coercion(from: Argument, to: Type): number {
  if (from === to || from === 'NULL') return 0;
  if (from === 'INT64' && to === 'FLOAT64') return 1;
  if (from !== 'string literal') return Infinity;
  if (to === 'STRING') return 0;
  return to === 'DATE' || to === 'TIMESTAMP' ? 1 : Infinity;
}
