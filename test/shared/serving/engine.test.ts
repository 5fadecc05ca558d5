import assert from 'node:assert/strict';
import type { Scorer } from '../../../shared/scorer/scorer.ts';
import { createEngine } from '../../../shared/serving/engine.ts';
import { keepLog } from '../../functions/support/log.ts';

const ROW = Float64Array.of(1);

const scorer = (pd: number, changes: Partial<Scorer> = {}): Scorer => ({
  width: 1,
  score: async () => ({ probability: Float64Array.of(pd), pd: Float64Array.of(pd) }),
  close: async () => {},
  ...changes,
});

describe('the engine of a served model', () => {
  it('is onnxruntime for as long as it answers', async () => {
    const log = keepLog();
    const engine = createEngine(scorer(0.1), scorer(0.2));
    assert.deepEqual(await engine.score(ROW, log), { probability: 0.1, pd: 0.1 });
    assert.deepEqual(log.lines, []);
  });

  for (const [what, score] of [
    [
      'throws',
      async () => {
        throw new Error('out of memory');
      },
    ],
    ['answers NaN', scorer(Number.NaN).score],
    ['answers nothing', async () => ({ probability: new Float64Array(), pd: new Float64Array() })],
  ] as const) {
    it(`is the kernel where onnxruntime ${what}, and says so`, async () => {
      const log = keepLog();
      const engine = createEngine(scorer(0.1, { score }), scorer(0.2));
      assert.equal((await engine.score(ROW, log)).pd, 0.2);
      assert.equal(log.of('onnxruntime failed; the kernel scores').length, 1);
    });
  }

  it('has no answer where neither has a number', async () => {
    const engine = createEngine(scorer(Number.NaN), scorer(Number.POSITIVE_INFINITY));
    await assert.rejects(engine.score(ROW, keepLog()), /no probabilities/);
  });

  it('closes onnxruntime after the last row in it, and is the kernel from then on', async () => {
    const happened: string[] = [];
    const answer = Promise.withResolvers<void>();
    const onnx = scorer(0.1, {
      async score() {
        await answer.promise;
        happened.push('scored');
        return { probability: Float64Array.of(0.1), pd: Float64Array.of(0.1) };
      },
      async close() {
        happened.push('closed');
      },
    });
    const log = keepLog();
    const engine = createEngine(onnx, scorer(0.2));
    const early = engine.score(ROW, log);
    const closing = engine.close();
    const late = await engine.score(ROW, log);
    assert.equal(late.pd, 0.2);
    answer.resolve();
    assert.equal((await early).pd, 0.1);
    await closing;
    assert.deepEqual(happened, ['scored', 'closed']);
    assert.deepEqual(log.lines, []);
  });
});
