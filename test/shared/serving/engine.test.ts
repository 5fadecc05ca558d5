import assert from 'node:assert/strict';
import { createRowScorer } from '../../../shared/scorer/row_scorer.ts';
import type { Scorer } from '../../../shared/scorer/scorer.ts';
import { createEngine, createLateEngine, type Engine } from '../../../shared/serving/engine.ts';
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
    const score = { probability: 0.1, pd: 0.1, engine: 'onnxruntime' };
    assert.deepEqual(await engine.score(ROW, log), score);
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
      assert.deepEqual(await engine.score(ROW, log), {
        probability: 0.2,
        pd: 0.2,
        engine: 'kernel',
      });
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
    const onnx = createRowScorer({
      width: 1,
      most: 1,
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

describe('an engine that starts onnxruntime late', () => {
  /** One with what was put off, to be run by the test. */
  function start(open: () => Promise<Engine>) {
    const works: (() => void)[] = [];
    const engine = createLateEngine(scorer(0.2), open, (work) => works.push(work));
    return { engine, works };
  }
  const opened = (closed: string[] = []) =>
    createEngine(scorer(0.1, { close: async () => void closed.push('closed') }), scorer(0.2));

  it('scores by the kernel until onnxruntime is there, and by that from then on', async () => {
    const log = keepLog();
    const ready = Promise.withResolvers<Engine>();
    const { engine, works } = start(() => ready.promise);
    assert.equal(works.length, 0);
    assert.equal((await engine.score(ROW, log)).pd, 0.2);
    assert.equal((await engine.score(ROW, log)).pd, 0.2);
    assert.equal(works.length, 1);
    works[0]!();
    assert.equal((await engine.score(ROW, log)).pd, 0.2);
    ready.resolve(opened());
    await new Promise(setImmediate);
    assert.equal((await engine.score(ROW, log)).pd, 0.1);
    assert.equal(log.of('onnxruntime scores from now on').length, 1);
  });

  it('is the kernel for good where onnxruntime cannot be had, and says so once', async () => {
    const log = keepLog();
    const { engine, works } = start(() => Promise.reject(new Error('golden row 0 scores 1 away')));
    await engine.score(ROW, log);
    works[0]!();
    await new Promise(setImmediate);
    assert.equal((await engine.score(ROW, log)).pd, 0.2);
    assert.equal(works.length, 1);
    const [line, ...more] = log.of('onnxruntime cannot be used; the kernel scores');
    assert.match(String(line!.stack_trace), /golden row 0/);
    assert.deepEqual(more, []);
    await engine.close();
  });

  it('closes onnxruntime though it comes when the engine is closed already', async () => {
    const ready = Promise.withResolvers<Engine>();
    const closed: string[] = [];
    const { engine, works } = start(() => ready.promise);
    await engine.score(ROW, keepLog());
    works[0]!();
    const closing = engine.close();
    ready.resolve(opened(closed));
    await closing;
    assert.deepEqual(closed, ['closed']);
  });

  it('does not start onnxruntime any more once it is closed', async () => {
    let count = 0;
    const { engine, works } = start(async () => {
      count++;
      return opened();
    });
    await engine.score(ROW, keepLog());
    await engine.close();
    works[0]!();
    assert.equal(count, 0);
    assert.equal((await engine.score(ROW, keepLog())).pd, 0.2);
  });
});
