import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster, Tree } from '../../../shared/bridge/booster.ts';
import { marginsOf } from '../../../shared/bridge/evaluate.ts';
import { createWasmPasses } from '../../../shared/explain/kernel/wasm_tree_shap.ts';
import { gaussLegendre } from '../../../shared/explain/quadrature.ts';
import { buildTable } from '../../../shared/explain/shap_table.ts';
import { createPlainPasses, createTreeExplainer } from '../../../shared/explain/tree_shap.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

/** The tree's mean answer when only the features in `known` are: both branches by cover otherwise. */
function expectation(tree: Tree, row: Float32Array, known: number, node = 0): number {
  const left = tree.left[node]!;
  const right = tree.right[node]!;
  if (left < 0) return tree.value[node]!;
  const feature = tree.feature[node]!;
  if (known & (1 << feature)) {
    const value = row[feature]!;
    const goesLeft = Number.isNaN(value)
      ? tree.defaultLeft[node] === 1
      : value < tree.threshold[node]!;
    return expectation(tree, row, known, goesLeft ? left : right);
  }
  const share = tree.cover[left]! / (tree.cover[left]! + tree.cover[right]!);
  return (
    share * expectation(tree, row, known, left) + (1 - share) * expectation(tree, row, known, right)
  );
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** Shapley's formula over all subsets: slow, and right by definition. */
function shapley(booster: Booster, signs: readonly number[], row: Float32Array): number[] {
  const n = booster.featureCount;
  const game = (known: number) =>
    booster.trees.reduce(
      (sum, tree) => sum + signs[tree.group]! * expectation(tree, row, known),
      0,
    );
  return Array.from({ length: n }, (_, feature) => {
    let value = 0;
    for (let known = 0; known < 1 << n; known++) {
      if (known & (1 << feature)) continue;
      const size = known.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(n - size - 1)) / factorial(n);
      value += weight * (game(known | (1 << feature)) - game(known));
    }
    return value;
  });
}

describe('TreeSHAP', () => {
  const models = {
    'random ensembles, missing values and repeated features included': arbitrary.booster({
      features: 4,
      depth: 5,
      groups: 2,
    }),
    'trees that go in pairs': arbitrary.pairedBooster({ features: 4, depth: 3 }),
  };
  for (const [what, model] of Object.entries(models)) {
    it(`equals Shapley's definition on ${what}`, () => {
      fc.assert(
        fc.property(model, arbitrary.row(4), (booster, row) => {
          const signs = [1, -1];
          const explainer = createTreeExplainer(booster, signs);
          const contributions = new Float64Array(4);
          explainer.explain(row, contributions);
          shapley(booster, signs, row).forEach((expected, i) => {
            assert.ok(
              Math.abs(contributions[i]! - expected) < 1e-9,
              `${contributions[i]} ${expected}`,
            );
          });
        }),
        { numRuns: 300 },
      );
    });
  }

  it('takes covers of two trees for the same where they differ as float32 sums do, and as far', () => {
    const model = arbitrary.pairedBooster({ features: 4, depth: 3 });
    const nodesOf = (booster: Booster) => buildTable(booster, [1, -1], 2).count;
    const near = (booster: Booster, by: number) => ({
      ...booster,
      trees: booster.trees.map((tree) =>
        tree.group === 0 ? tree : { ...tree, cover: tree.cover.map((sum) => sum * by) },
      ),
    });
    fc.assert(
      fc.property(model, (booster) => {
        assert.equal(nodesOf(near(booster, 1 + 5e-6)), nodesOf(booster));
        const all = booster.trees.reduce((sum, tree) => sum + tree.left.length, 0);
        assert.equal(nodesOf(near(booster, 1.001)), all);
      }),
    );
  });

  it('adds up to the margin from the baseline on', () => {
    const model = arbitrary.booster({ features: 6, depth: 7, groups: 1 });
    fc.assert(
      fc.property(model, arbitrary.row(6), (booster, row) => {
        const explainer = createTreeExplainer(booster, [1]);
        const contributions = new Float64Array(6);
        explainer.explain(row, contributions);
        const sum = contributions.reduce((a, b) => a + b, explainer.baseline);
        assert.ok(Math.abs(sum - marginsOf(booster, row)[0]!) < 1e-5);
      }),
    );
  });

  it('gives no contribution to a feature that no tree reads', () => {
    const model = arbitrary.booster({ features: 3, depth: 3, groups: 1 });
    fc.assert(
      fc.property(model, arbitrary.row(4), (booster, row) => {
        const contributions = new Float64Array(4);
        createTreeExplainer({ ...booster, featureCount: 4 }, [1]).explain(row, contributions);
        assert.equal(contributions[3], 0);
      }),
    );
  });
});

describe('TreeSHAP in WebAssembly', () => {
  // Three points are exact to depth 6; six take the kernel's path for deep trees.
  for (const points of [3, 6])
    it(`gives what plain TypeScript gives with ${points} points, row after row, for any trees`, () => {
      const rows = fc.array(arbitrary.row(5), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(
          arbitrary.booster({ features: 5, depth: 6, groups: 2 }),
          rows,
          (booster, sample) => {
            const table = buildTable(booster, [1, -1], points);
            const [wasm, plain] = [createWasmPasses(table, 5), createPlainPasses(table)];
            for (const row of sample) {
              const [a, b] = [new Float64Array(5).fill(9), new Float64Array(5)];
              wasm(row, a);
              plain(row, b);
              a.forEach((value, i) => {
                assert.ok(Math.abs(value - b[i]!) < 1e-10, `${value} ${b[i]}`);
              });
            }
          },
        ),
        { numRuns: 300 },
      );
    });
});

describe('Gauss-Legendre quadrature', () => {
  it('integrates every power up to 2n − 1 exactly on [0, 1]', () => {
    for (let n = 1; n <= 16; n++) {
      const { points, weights } = gaussLegendre(n);
      for (let power = 0; power < 2 * n; power++) {
        const integral = points.reduce((sum, t, i) => sum + weights[i]! * t ** power, 0);
        assert.ok(Math.abs(integral - 1 / (power + 1)) < 1e-13, `n=${n} power=${power}`);
      }
    }
  });
});
