import assert from 'node:assert/strict';
import fc from 'fast-check';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { marginsOnly } from '../../../shared/bridge/onnx/margins.ts';
import { decodeModel, encodeModel } from '../../../shared/bridge/onnx/protobuf.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { ELEMENT, type Model } from '../../../shared/bridge/onnx/schema.ts';
import { classesToOnnx, treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { walksOf } from '../../../shared/bridge/walks.ts';
import { openSession } from '../../../shared/scorer/session.ts';
import * as arbitrary from './arbitrary.ts';

const CALIBRATION = { slope: 0.8, intercept: -0.3 };
const SHAPE = { features: 4, depth: 3 };

const treesOf = ({ graph }: Model): number => {
  const ids = graph.nodes[0]!.attributes.find(({ name }) => name === 'nodes_treeids')?.ints;
  return new Set(Array.from(ids ?? [])).size;
};

/** The bits of what onnxruntime answers, all rows at once and one by one. */
async function sumsOf(model: Model, rows: readonly Float32Array[]): Promise<number[][]> {
  const input = { name: 'features', elementType: ELEMENT.FLOAT, width: SHAPE.features };
  const session = await openSession(encodeModel(model), input);
  const bitsOf = async (some: readonly Float32Array[]) => {
    const { margins } = await session.run(Float64Array.from(some.flatMap((row) => [...row])));
    return [...new Uint32Array((margins!.data as Float32Array).slice().buffer)];
  };
  try {
    const all = [await bitsOf(rows)];
    for (const row of rows) all.push(await bitsOf([row]));
    return all;
  } finally {
    await session.close();
  }
}

const marginsOf = (model: Uint8Array) => marginsOnly(model, readScoringGraph(model).booster);

describe('the trees of a graph by themselves', () => {
  for (const groups of [1, 3]) {
    it(`are its first two nodes as they are, and answer margins of ${groups} group(s)`, () => {
      fc.assert(
        fc.property(arbitrary.booster({ ...SHAPE, groups }), (booster) => {
          const metadata = { version: 'v1' };
          const bytes =
            groups === 1
              ? treesToOnnx(booster, 0, CALIBRATION, metadata)
              : classesToOnnx(booster, metadata);
          const whole = decodeModel(bytes);
          const { graph, ...rest } = decodeModel(marginsOf(bytes)!);
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

  it('are walked once where two have the same splits, for sums of the same bits', async () => {
    const rows = fc.array(arbitrary.row(4), { minLength: 1, maxLength: 9 });
    const model = arbitrary.pairedBooster(SHAPE);
    await fc.assert(
      fc.asyncProperty(model, rows, async (booster, sample) => {
        const bytes = treesToOnnx(booster, 0, CALIBRATION, {});
        const read = readScoringGraph(bytes).booster!;
        const joined = decodeModel(marginsOnly(bytes, read)!);
        const [, sum] = joined.graph.nodes;
        const nodes = [decodeModel(bytes).graph.nodes[0]!, sum!];
        const alone = { ...joined, graph: { ...joined.graph, nodes } };
        assert.deepEqual(
          [treesOf(alone), treesOf(joined)],
          [read.trees.length, walksOf(read).length],
        );
        assert.deepEqual(await sumsOf(joined, sample), await sumsOf(alone, sample));
      }),
      { numRuns: 100 },
    );
  });

  it('answer margins whatever the graph calls them', () => {
    const [bytes] = fc.sample(arbitrary.booster({ ...SHAPE, groups: 1 }), { numRuns: 1, seed: 1 });
    const model = decodeModel(treesToOnnx(bytes!, 0, CALIBRATION, {}));
    model.graph.nodes[1]!.outputs = ['raw'];
    const { graph } = decodeModel(marginsOf(encodeModel(model))!);
    assert.deepEqual(graph.nodes[1]!.outputs, ['margins']);
  });

  it('are there in a model of several classes', () => {
    const [booster] = fc.sample(arbitrary.booster({ ...SHAPE, groups: 3 }), {
      numRuns: 1,
      seed: 1,
    });
    assert.ok(marginsOf(classesToOnnx(booster!, {})));
  });

  it('are not there in a linear model', () => {
    const model = { intercept: 0.5, weights: Float64Array.of(1, -1) };
    assert.equal(marginsOf(logisticToOnnx(model, CALIBRATION, {})), undefined);
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
      const bytes = treesToOnnx(booster!, 0, CALIBRATION, {});
      const model = decodeModel(bytes);
      change(model);
      const read = readScoringGraph(bytes).booster;
      assert.equal(marginsOnly(encodeModel(model), read), undefined);
    });
  }
});
