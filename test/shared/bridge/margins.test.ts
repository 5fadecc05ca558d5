import assert from 'node:assert/strict';
import fc from 'fast-check';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { marginsOnly } from '../../../shared/bridge/onnx/margins.ts';
import { decodeModel, encodeModel } from '../../../shared/bridge/onnx/protobuf.ts';
import type { Model } from '../../../shared/bridge/onnx/schema.ts';
import { classesToOnnx, treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import * as arbitrary from './arbitrary.ts';

const CALIBRATION = { slope: 0.8, intercept: -0.3 };
const SHAPE = { features: 4, depth: 3 };

describe('the trees of a graph by themselves', () => {
  for (const groups of [1, 2]) {
    it(`are its first two nodes as they are, and answer margins of ${groups} group(s)`, () => {
      fc.assert(
        fc.property(arbitrary.booster({ ...SHAPE, groups }), (booster) => {
          const bytes = treesToOnnx(booster, 0, CALIBRATION, { version: 'v1' });
          const whole = decodeModel(bytes);
          const { graph, ...rest } = decodeModel(marginsOnly(bytes)!);
          const { graph: before, ...same } = whole;
          assert.deepEqual(rest, same);
          assert.deepEqual(graph.nodes, before.nodes.slice(0, 2));
          assert.deepEqual(graph.inputs, before.inputs);
          assert.deepEqual(
            graph.initializers.map(({ name }) => name),
            ['base'],
          );
          const [output, ...others] = graph.outputs;
          assert.deepEqual(
            [output!.name, output!.type.tensor.shape.dims, others],
            ['margins', [{ parameter: 'N' }, { value: groups }], []],
          );
        }),
        { numRuns: 30 },
      );
    });
  }

  it('answer margins whatever the graph calls them', () => {
    const [bytes] = fc.sample(arbitrary.booster({ ...SHAPE, groups: 1 }), { numRuns: 1, seed: 1 });
    const model = decodeModel(treesToOnnx(bytes!, 0, CALIBRATION, {}));
    model.graph.nodes[1]!.outputs = ['raw'];
    const { graph } = decodeModel(marginsOnly(encodeModel(model))!);
    assert.deepEqual(graph.nodes[1]!.outputs, ['margins']);
  });

  it('are there in a model of several classes', () => {
    const [booster] = fc.sample(arbitrary.booster({ ...SHAPE, groups: 3 }), {
      numRuns: 1,
      seed: 1,
    });
    assert.ok(marginsOnly(classesToOnnx(booster!, {})));
  });

  it('are not there in a linear model', () => {
    const model = { intercept: 0.5, weights: Float64Array.of(1, -1) };
    assert.equal(marginsOnly(logisticToOnnx(model, CALIBRATION, {})), undefined);
  });

  const others: [string, (model: Model) => void][] = [
    ['whose trees read something else', ({ graph }) => (graph.nodes[0]!.inputs = ['sums'])],
    ['whose nodes come in another order', ({ graph }) => graph.nodes.reverse()],
    ['that adds something else', ({ graph }) => (graph.nodes[1]!.inputs = ['sums', 'other'])],
    ['without what it adds', ({ graph }) => void graph.initializers.splice(0)],
    ['that ends with its trees', ({ graph }) => void graph.nodes.splice(1)],
  ];
  for (const [what, change] of others) {
    it(`are not there in a graph ${what}`, () => {
      const [booster] = fc.sample(arbitrary.booster({ ...SHAPE, groups: 2 }), {
        numRuns: 1,
        seed: 1,
      });
      const model = decodeModel(treesToOnnx(booster!, 0, CALIBRATION, {}));
      change(model);
      assert.equal(marginsOnly(encodeModel(model)), undefined);
    });
  }
});
