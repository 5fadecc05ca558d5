/** The trees of a scoring graph by themselves: the half of it in which an engine is worth having. */
import type { Booster } from '../booster.ts';
import { walksOf } from '../walks.ts';
import { value } from './graph.ts';
import { decodeModel, encodeModel } from './protobuf.ts';
import { ELEMENT } from './schema.ts';
import { treeNode } from './trees.ts';

/**
 * The same model up to the sums of its trees, `margins` [N, groups] in float32, which it answers in
 * place of `probability` and `pd`. What follows in the graph is a matter of a few numbers, and its
 * last bits hang on how many rows a run has: onnxruntime takes sigmoids several at a time. Trees with
 * the same splits are walked once for both of their leaves; the sums are the same.
 * @param model bytes that `readScoringGraph` has read
 * @param booster what it read in them
 * @returns undefined where trees and what is added to them do not begin the graph, as in a linear one
 */
export function marginsOnly(
  model: Uint8Array,
  booster: Booster | undefined,
): Uint8Array | undefined {
  const whole = decodeModel(model);
  const { nodes, initializers, inputs } = whole.graph;
  const [trees, sum] = nodes;
  const base = initializers.find(({ name }) => name === 'base');
  if (
    !booster ||
    trees?.operator !== 'TreeEnsembleRegressor' ||
    trees.inputs.join() !== inputs[0]!.name ||
    sum?.operator !== 'Add' ||
    sum.inputs.join() !== [...trees.outputs, 'base'].join() ||
    base?.dims.length !== 1
  ) {
    return undefined;
  }
  return encodeModel({
    ...whole,
    graph: {
      ...whole.graph,
      nodes: [
        {
          ...treeNode(walksOf(booster), booster.groupCount),
          inputs: trees.inputs,
          outputs: trees.outputs,
        },
        { ...sum, outputs: ['margins'] },
      ],
      initializers: [base],
      outputs: [value('margins', ELEMENT.FLOAT, base.dims[0]!)],
    },
  });
}
