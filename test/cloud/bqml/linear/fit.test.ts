import assert from 'node:assert/strict';
import fc from 'fast-check';
import { randoms } from '../testing.ts';
import { type Design, type DesignColumn, widthOf } from './design.ts';
import { type FitIteration, type FitRequest, fitLinear } from './fit.ts';
import type { LossName } from './losses.ts';
import { type Examples, MeanLoss, ridgeOf } from './objective.ts';

const DEFAULTS = {
  l1: 0,
  l2: 0,
  maxIterations: 50,
  earlyStop: true,
  minRelProgress: 0.01,
  standardErrors: false,
};

function run(request: Partial<FitRequest> & Pick<FitRequest, 'training' | 'loss' | 'classCount'>) {
  const steps = fitLinear({ ...DEFAULTS, ...request });
  const iterations: FitIteration[] = [];
  let step = steps.next();
  for (; !step.done; step = steps.next()) iterations.push(step.value);
  return { ...step.value, iterations };
}

const dense = (...values: number[]): DesignColumn => ({
  kind: 'dense',
  values: Float64Array.from(values),
});

const design = (rowCount: number, columns: DesignColumn[], intercept = true): Design => ({
  rowCount,
  columns,
  intercept,
});

/** [x, label] repeated so often; class 0 is the positive one. */
function counted(cells: readonly (readonly [x: number, label: number, count: number])[]): Examples {
  const rows = cells.flatMap(([x, label, count]) =>
    Array.from({ length: count }, () => [x, label] as const),
  );
  return {
    design: design(rows.length, [dense(...rows.map(([x]) => x))]),
    targets: Float64Array.from(rows, ([, label]) => label),
  };
}

function close(actual: number, expected: number, tolerance = 1e-8): void {
  const scale = Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= tolerance * scale, `${actual} is not ${expected}`);
}

/** The largest violation of the optimality conditions, per row. */
function violation(request: FitRequest, weights: Float64Array): number {
  const { training, loss, classCount, l1, l2 } = request;
  const objective = new MeanLoss(training, loss, classCount, l2);
  objective.value(weights);
  const gradient = new Float64Array(weights.length);
  objective.gradient(gradient);
  const total = training.weights?.reduce((a, b) => a + b, 0) ?? training.design.rowCount;
  const width = widthOf(training.design);
  const pull = ridgeOf(width, weights.length / width, training.design.intercept, l1 / total);
  return Math.max(
    ...gradient.map((g, i) =>
      weights[i] === 0
        ? Math.max(Math.abs(g) - pull[i]!, 0)
        : Math.abs(g + pull[i]! * Math.sign(weights[i]!)),
    ),
  );
}

describe('linear models', () => {
  describe('logistic regression', () => {
    it('of a 2×2 table is its log odds ratio, with the textbook standard errors', () => {
      const training = counted([
        [1, 0, 30],
        [1, 1, 10],
        [0, 0, 20],
        [0, 1, 20],
      ]);
      const { weights, standardErrors } = run({
        training,
        loss: 'logistic',
        classCount: 2,
        standardErrors: true,
      });
      close(weights[0]!, Math.log(3));
      close(weights[1]!, 0);
      close(standardErrors![0]!, Math.sqrt(1 / 30 + 1 / 10 + 1 / 20 + 1 / 20));
      close(standardErrors![1]!, Math.sqrt(1 / 20 + 1 / 20));
    });

    it('without features is the log odds of the classes', () => {
      const targets = Float64Array.from([0, 0, 0, 1]);
      const training = { design: design(4, []), targets };
      close(run({ training, loss: 'logistic', classCount: 2 }).weights[0]!, Math.log(3));
    });

    it('weights rows as if they were repeated', () => {
      const cells = [
        [1, 0, 3],
        [1, 1, 2],
        [0, 0, 1],
        [0, 1, 4],
        [2, 0, 5],
        [2, 1, 1],
      ] as const;
      const repeated = run({ training: counted(cells), loss: 'logistic', classCount: 2, l2: 1 });
      const once = counted(cells.map(([x, label]) => [x, label, 1]));
      const weights = Float64Array.from(cells, ([, , count]) => count);
      const weighted = run({
        training: { ...once, weights },
        loss: 'logistic',
        classCount: 2,
        l2: 1,
      });
      repeated.weights.forEach((w, i) => {
        close(weighted.weights[i]!, w);
      });
    });

    it('penalises the sum over the rows: ½ · L2 · w² against Σ log loss', () => {
      // One feature, no intercept, all rows alike: w = L2⁻¹ · n · σ(−w).
      const training = {
        design: design(10, [dense(...new Array(10).fill(1))], false),
        targets: new Float64Array(10),
      };
      const { weights } = run({ training, loss: 'logistic', classCount: 2, l2: 4 });
      close(weights[0]!, (10 / 4) * (1 / (1 + Math.exp(weights[0]!))));
    });

    it('ends at large finite weights where the classes can be separated', () => {
      const training = counted([
        [-1, 1, 10],
        [1, 0, 10],
      ]);
      const request = { training, loss: 'logistic', classCount: 2, maxIterations: 20 } as const;
      const { weights, iterations } = run(request);
      assert.ok(weights[0]! > 15 && weights[0]! < 40, String(weights));
      assert.equal(iterations.length, 20);
      assert.ok(iterations.at(-1)!.trainingLoss < 1e-7);
      const few = run({ training, loss: 'logistic', classCount: 2, maxIterations: 3 });
      assert.equal(few.iterations.length, 3);
    });

    it('has standard errors only where the features are independent', () => {
      const column = [1, 2, 3, 4, 5, 6];
      const training = {
        design: design(6, [dense(...column), dense(...column.map((x) => 2 * x))]),
        targets: Float64Array.from([0, 1, 0, 1, 1, 0]),
      };
      const result = run({ training, loss: 'logistic', classCount: 2, standardErrors: true });
      assert.equal(result.standardErrors, undefined);
      assert.ok(result.weights.every(Number.isFinite));
    });
  });

  it('softmax without features gives the shares of the classes', () => {
    const targets = Float64Array.from([0, 0, 0, 0, 1, 1, 1, 2]);
    const { weights } = run({
      training: { design: design(8, []), targets },
      loss: 'softmax',
      classCount: 3,
    });
    close(weights[0]! - weights[2]!, Math.log(4));
    close(weights[1]! - weights[2]!, Math.log(3));
  });

  it('least squares of Anscombe’s first quartet have the published line and errors', () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const training = { design: design(11, [dense(...x)]), targets: Float64Array.from(y) };
    const { weights, standardErrors, iterations } = run({
      training,
      loss: 'squared',
      classCount: 0,
      standardErrors: true,
    });
    close(weights[0]!, 0.500090909090909);
    close(weights[1]!, 3.00009090909091);
    close(standardErrors![0]!, 0.117905500595634);
    close(standardErrors![1]!, 1.12474679080516);
    close(iterations.at(-1)!.trainingLoss, 13.76269 / 11);
  });

  it('ridge regression has its closed form', () => {
    const x = [1, 2, 3, 4];
    const y = [2, 3, 5, 4];
    const training = { design: design(4, [dense(...x)], false), targets: Float64Array.from(y) };
    const { weights } = run({ training, loss: 'squared', classCount: 0, l2: 5 });
    close(weights[0]!, (2 + 6 + 15 + 16) / (30 + 5));
  });

  it('the lasso of an orthogonal design shrinks each least-squares weight by its penalty', () => {
    const columns = [dense(1, 1, 1, 1), dense(1, -1, 1, -1), dense(1, 1, -1, -1)];
    const targets = Float64Array.from([5, 1, 3, 2]);
    const training = { design: design(4, columns, false), targets };
    const { weights } = run({ training, loss: 'squared', classCount: 0, l1: 2 });
    // Σxy is 11, 5 and 1; Σx² is 4.
    [(11 - 2) / 4, (5 - 2) / 4, 0].forEach((w, i) => {
      close(weights[i]!, w);
    });
    assert.equal(weights[2], 0);
  });

  it('one-hot columns and the loss on evaluation rows', () => {
    const slots: DesignColumn = { kind: 'slots', slots: Int32Array.from([0, 0, 1, 1]), width: 2 };
    const training = {
      design: design(4, [slots], false),
      targets: Float64Array.from([1, 3, 6, 8]),
    };
    const unseen: DesignColumn = { kind: 'slots', slots: Int32Array.from([-1, 1]), width: 2 };
    const evaluation = { design: design(2, [unseen], false), targets: Float64Array.from([2, 8]) };
    const result = run({ training, evaluation, loss: 'squared', classCount: 0 });
    close(result.weights[0]!, 2);
    close(result.weights[1]!, 7);
    close(result.iterations.at(-1)!.trainingLoss, 1);
    close(result.iterations.at(-1)!.evalLoss!, (4 + 1) / 2);
  });

  it('EARLY_STOP never ends away from the optimum', () => {
    const random = randoms(3);
    const rows = 200;
    const columns = [0, 1].map(() => dense(...Array.from({ length: rows }, () => random() - 0.5)));
    const targets = Float64Array.from({ length: rows }, () => Math.round(random()));
    const request: FitRequest = {
      ...DEFAULTS,
      training: { design: design(rows, columns), targets },
      loss: 'logistic',
      classCount: 2,
      // Each step improves by less than this.
      minRelProgress: 0.9,
    };
    const { weights, iterations } = run(request);
    assert.ok(violation(request, weights) < 1e-9);
    assert.ok(iterations.length < 10, 'it ends by itself');
  });

  it('reach the optimum of the penalised loss on any data', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 40 }),
      numbers: fc.integer({ min: 0, max: 4 }),
      categories: fc.integer({ min: 0, max: 4 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
      intercept: fc.boolean(),
      loss: fc.constantFrom<LossName>('squared', 'logistic', 'softmax'),
      l1: fc.constantFrom(0, 0, 0.1, 1, 10),
      l2: fc.constantFrom(0.01, 0.1, 1, 10),
      weighted: fc.boolean(),
    });
    const property = fc.property(cases, (c) => {
      const random = randoms(c.seed);
      const list = <T>(make: () => T) => Array.from({ length: c.rows }, make);
      const columns: DesignColumn[] = Array.from({ length: c.numbers }, () =>
        dense(...list(() => random() * 4 - 2)),
      );
      if (c.categories > 0) {
        const slots = Int32Array.from(list(() => Math.floor(random() * (c.categories + 1)) - 1));
        columns.push({ kind: 'slots', slots, width: c.categories });
      }
      const classCount = c.loss === 'softmax' ? 3 : 2;
      const targets = Float64Array.from(
        list(() => (c.loss === 'squared' ? random() * 100 : Math.floor(random() * classCount))),
      );
      const weights = Float64Array.from(list(() => random() + 0.1));
      const training: Examples = {
        design: design(c.rows, columns, c.intercept),
        targets,
        ...(c.weighted ? { weights } : {}),
      };
      // Without a penalty on it, the intercept of one class has no optimum.
      if (c.intercept && c.loss !== 'squared' && new Set(targets).size < classCount) return;
      if (columns.length === 0 && !c.intercept) return;
      const { loss, l1, l2 } = c;
      const request: FitRequest = {
        ...DEFAULTS,
        maxIterations: 200,
        training,
        loss,
        classCount,
        l1,
        l2,
      };
      const scale = loss === 'squared' ? 100 : 1;
      const off = violation(request, run(request).weights);
      assert.ok(off < 1e-7 * scale, `off by ${off}`);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
