import { ProgramError, Refusal } from '../errors.ts';
import type { Feature, FeatureProgram, InputField, Node } from '../program.ts';
import { checkNames } from './domain.ts';
import { provenOf } from './feature.ts';
import { Graph } from './graph.ts';

/** A program proven again: its graph, and the node of each feature in it. */
export interface Restored {
  readonly graph: Graph;
  /** In the order of the program's features. */
  readonly outputs: readonly number[];
}

/**
 * Rebuilds a program that came from outside, and with it every proof.
 *
 * @throws {ProgramError} naming the node or feature that does not hold
 */
export function restore(program: FeatureProgram): Restored {
  checkNames(program.inputs);
  const inputs = new Map(program.inputs.map((field) => [field.name, field]));
  const graph = new Graph();
  const places: number[] = [];
  program.nodes.forEach((node, i) => {
    places.push(told(`Node ${i}`, () => rebuilt(graph, node, inputs, places)));
  });
  const outputs = program.features.map((feature) =>
    told(`Feature ${feature.name}`, () => {
      const node = places[feature.node];
      if (node === undefined) throw new Refusal(`There is no node ${feature.node}`);
      checkFeature(feature, graph, node);
      return node;
    }),
  );
  checkFeatureNames(program.features);
  return { graph, outputs };
}

function rebuilt(
  graph: Graph,
  node: Node,
  inputs: ReadonlyMap<string, InputField>,
  places: readonly number[],
): number {
  if ('input' in node) {
    const field = inputs.get(node.input);
    if (!field) throw new Refusal(`There is no input ${node.input}`);
    return graph.input(field);
  }
  if ('value' in node) return graph.literal(node.type, node.value);
  const args = node.args.map((arg) => {
    const place = places[arg];
    if (place === undefined) throw new Refusal('It refers to a node that is not before it');
    return place;
  });
  return graph.apply(node.op, args, node.settings);
}

function told<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ProgramError(`${where}: ${error.problem}.`, { cause: error });
  }
}

/** What a program says of a feature must be what is proven of it. */
function checkFeature(feature: Feature, graph: Graph, node: number): void {
  const { type, nullable, minimum, maximum, reads } = feature;
  const said = JSON.stringify([type, nullable, minimum, maximum, reads]);
  const proven = provenOf(graph, node);
  const found = [proven.type, proven.nullable, proven.minimum, proven.maximum, proven.reads];
  if (said !== JSON.stringify(found)) {
    throw new Refusal(`It is ${JSON.stringify(proven)}, not what the program says`);
  }
}

function checkFeatureNames(features: readonly Feature[]): void {
  const names = features.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ProgramError(`Feature ${twice} is there twice.`);
}
