import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../kernels/arena.ts';
import { createTrainerKernel } from '../kernels/trainer.ts';
import {
  logistic,
  type MakeObjective,
  mirroredSoftmax,
  softmax,
  squaredError,
} from './objective.ts';

function objectiveOf(make: MakeObjective, labels: number[], weights?: number[], margin = 0) {
  const kernel = createTrainerKernel();
  const arena = new Arena(kernel.memory, kernel.heapBase());
  const count = labels.length;
  const rows = {
    count,
    labels: arena.put(Float32Array.from(labels)),
    weights: weights ? arena.put(Float32Array.from(weights)) : 0,
  };
  const objective = make(kernel, arena, rows, margin);
  const pairs = arena.take(8 * count);
  const margins = (group: number) => arena.float32(objective.margins(group), count);
  return {
    objective,
    margins,
    /** Gradient and hessian a row. */
    gradients(group: number): [number, number][] {
      objective.update();
      objective.gradients(group, pairs);
      const numbers = arena.float32(pairs, 2 * count);
      return labels.map((_, row) => [numbers[2 * row]!, numbers[2 * row + 1]!]);
    },
    loss(): number {
      objective.update();
      return objective.loss();
    },
  };
}

const close = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );

const margin = fc.double({ min: -10, max: 10, noNaN: true }).map(Math.fround);
const weight = fc.constantFrom(0, 0.5, 1, 3);

describe('objectives', () => {
  it('start from the given margin', () => {
    for (const make of [squaredError, logistic, softmax(3)]) {
      const { objective, margins } = objectiveOf(make, [0, 1], undefined, 0.25);
      for (let group = 0; group < objective.groups; group++) {
        assert.deepEqual([...margins(group)], [0.25, 0.25]);
      }
    }
  });

  it('reg:linear pulls margins to labels, weight by weight', () => {
    const { margins, gradients, loss } = objectiveOf(squaredError, [1, -2, 5], [1, 2, 0.5]);
    margins(0).set([3, -2, 4]);
    assert.deepEqual(gradients(0), [
      [2, 1],
      [0, 2],
      [-0.5, 0.5],
    ]);
    close(loss(), Math.sqrt((4 + 0 + 0.5) / 3.5));
  });

  it('binary:logistic has gradient (p - y)w and hessian p(1 - p)w', () => {
    fc.assert(
      fc.property(margin, fc.constantFrom(0, 1), weight, (x, y, w) => {
        const { margins, gradients, loss } = objectiveOf(logistic, [y], [w]);
        margins(0)[0] = x;
        const p = 1 / (1 + Math.exp(-x));
        const [gradient, hessian] = gradients(0)[0]!;
        close(gradient, (p - y) * w);
        close(hessian, p * (1 - p) * w);
        if (w > 0) close(loss(), Math.log1p(Math.exp(y ? -x : x)));
      }),
    );
  });

  it('multi:softprob has gradient (p - [y = k])w and hessian 2p(1 - p)w for each class', () => {
    fc.assert(
      fc.property(fc.tuple(margin, margin, margin), fc.nat(2), weight, (xs, y, w) => {
        const { margins, gradients, loss } = objectiveOf(softmax(3), [y, 0], [w, 1]);
        xs.forEach((x, k) => {
          margins(k)[0] = x;
        });
        const exponentials = xs.map((x) => Math.exp(x));
        const sum = exponentials.reduce((a, b) => a + b);
        exponentials.forEach((e, k) => {
          const p = e / sum;
          const [gradient, hessian] = gradients(k)[0]!;
          close(gradient, (p - Number(y === k)) * w);
          close(hessian, 2 * p * (1 - p) * w);
        });
        close(loss() * (w + 1), Math.log(sum / exponentials[y]!) * w + Math.log(3));
      }),
    );
  });

  it('of two mirrored classes is that of both, the second margin being the negative', () => {
    fc.assert(
      fc.property(margin, fc.nat(1), weight, (x, y, w) => {
        const one = objectiveOf(mirroredSoftmax, [y], [w]);
        const both = objectiveOf(softmax(2), [y], [w]);
        one.margins(0)[0] = x;
        both.margins(0)[0] = x;
        both.margins(1)[0] = -x;
        const [own, first, second] = [one.gradients(0), both.gradients(0), both.gradients(1)];
        close(own[0]![0], first[0]![0]);
        close(-own[0]![0], second[0]![0]);
        close(own[0]![1], first[0]![1]);
        close(own[0]![1], second[0]![1]);
        close(one.loss(), both.loss());
      }),
    );
  });

  it('never have a hessian of 0 in a classification, and stay finite for sure predictions', () => {
    for (const make of [logistic, mirroredSoftmax, softmax(2)]) {
      const { margins, gradients, loss } = objectiveOf(make, [1, 0, 1], [1, 1, 1]);
      margins(0).set([500, -500, 90]);
      for (const [gradient, hessian] of gradients(0)) {
        assert.ok(hessian >= 1e-16 * 0.99 && Number.isFinite(gradient));
      }
      assert.ok(Number.isFinite(loss()) && loss() <= -Math.log(1e-16) + 1e-6);
    }
  });

  it('add up the losses of many surely wrong rows', () => {
    const { margins, loss } = objectiveOf(logistic, Array(100).fill(1));
    margins(0).fill(-200);
    close(loss(), -Math.log(1e-16));
  });

  it('have a loss where all weights are 0', () => {
    for (const make of [squaredError, logistic, softmax(2)]) {
      assert.equal(objectiveOf(make, [0, 1], [0, 0]).loss(), 0);
    }
  });
});
