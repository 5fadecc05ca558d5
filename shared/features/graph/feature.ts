import { Refusal } from '../errors.ts';
import type { Feature } from '../program.ts';
import { FEATURE_TYPES, type FeatureType, type Type } from '../types.ts';
import type { Graph } from './graph.ts';
import { isEmpty } from './range.ts';

/** What is proven of a feature, and the inputs it depends on: its lineage. */
export type Proven = Pick<Feature, 'type' | 'nullable' | 'minimum' | 'maximum' | 'reads'>;

/** @throws {Refusal} for a type that no model reads */
export function provenOf(graph: Graph, node: number): Proven {
  const facts = graph.facts[node]!;
  const { type, nullable } = facts;
  if (!isFeatureType(type)) {
    throw new Refusal(
      `A feature cannot be of type ${type}`,
      type === 'DATE'
        ? 'Write UNIX_DATE(x), DATE_DIFF or EXTRACT.'
        : 'Write UNIX_SECONDS(x), TIMESTAMP_DIFF or EXTRACT.',
    );
  }
  const isBounded = type !== 'STRING' && !isEmpty(facts);
  // Adding 0 takes the sign from -0, which JSON would lose.
  const bounds = isBounded ? { minimum: facts.low + 0, maximum: facts.high + 0 } : {};
  return { type, nullable, ...bounds, reads: inputsOf(graph, node) };
}

const isFeatureType = (type: Type): type is FeatureType =>
  (FEATURE_TYPES as readonly Type[]).includes(type);

/** The nodes that the given ones depend on, themselves included, in order. */
export function reachable(graph: Graph, from: readonly number[]): readonly number[] {
  const seen = new Set(from);
  const open = [...from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const found = graph.nodes[node]!;
    for (const arg of 'op' in found ? found.args : []) {
      if (!seen.has(arg)) open.push(arg);
      seen.add(arg);
    }
  }
  return [...seen].sort((x, y) => x - y);
}

function inputsOf(graph: Graph, node: number): string[] {
  return reachable(graph, [node]).flatMap((at) => {
    const found = graph.nodes[at]!;
    return 'input' in found ? [found.input] : [];
  });
}
