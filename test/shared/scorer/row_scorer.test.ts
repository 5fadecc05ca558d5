import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRowScorer, type RowsScorer } from '../../../shared/scorer/row_scorer.ts';
import type { Scores } from '../../../shared/scorer/scorer.ts';

const WIDTH = 2;
const row = (i: number) => Float64Array.of(i, -i);

/** A run that the test lets begin, and end. */
interface Run {
  rows: number[];
  begin(): Promise<void>;
  end(): void;
  fail(): void;
}

/** A scorer whose runs the test makes; a row `i` scores i and 2i. */
function start(most = 64) {
  const runs: Run[] = [];
  const happened: string[] = [];
  const ended: PromiseWithResolvers<Scores>[] = [];
  let begun = 0;
  const scorer: RowsScorer = {
    width: WIDTH,
    most,
    score(all) {
      const run = runs[begun]!;
      run.rows = Array.from({ length: all.length / WIDTH }, (_, i) => all[i * WIDTH]!);
      run.rows.forEach((value, i) => {
        assert.equal(all[i * WIDTH + 1], -value);
      });
      return ended[begun++]!.promise;
    },
    close: async () => void happened.push('closed'),
  };
  const begins = () => {
    const beginning = Promise.withResolvers<void>();
    const end = Promise.withResolvers<Scores>();
    ended.push(end);
    runs.push({
      rows: [],
      async begin() {
        beginning.resolve();
        await Promise.resolve();
      },
      end() {
        happened.push('ended');
        end.resolve({
          probability: Float64Array.from(this.rows),
          pd: Float64Array.from(this.rows, (value) => 2 * value),
        });
      },
      fail: () => end.reject(new Error('out of memory')),
    });
    return beginning.promise;
  };
  return { rows: createRowScorer(scorer, begins), runs, happened };
}

const assertScores = (scores: Scores, i: number) =>
  assert.deepEqual([[...scores.probability], [...scores.pd]], [[i], [2 * i]]);

describe('a scorer of single rows', () => {
  it('scores the rows that came before a run began in that run, and the rest in the next', async () => {
    const { rows, runs } = start();
    const first = [1, 2, 3].map((i) => rows.score(row(i)));
    await runs[0]!.begin();
    const second = [4, 5].map((i) => rows.score(row(i)));
    assert.equal(runs.length, 2);
    await runs[1]!.begin();
    runs[1]!.end();
    runs[0]!.end();
    assert.deepEqual(
      runs.map((run) => run.rows),
      [
        [1, 2, 3],
        [4, 5],
      ],
    );
    (await Promise.all([...first, ...second])).forEach((scores, i) => {
      assertScores(scores, i + 1);
    });
  });

  it('gives each row its own result, whenever runs begin and however many rows they take', async () => {
    const steps = fc.array(fc.constantFrom('row', 'row', 'row', 'begin'), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 7 }), async (taken, most) => {
        const { rows, runs } = start(most);
        const asked: Promise<Scores>[] = [];
        let begun = 0;
        const begin = () => runs[begun++]!.begin();
        for (const step of taken) {
          if (step === 'row') asked.push(rows.score(row(asked.length)));
          else if (begun < runs.length) await begin();
        }
        while (begun < runs.length) await begin();
        for (const run of runs) run.end();
        (await Promise.all(asked)).forEach(assertScores);
        assert.deepEqual(
          runs.flatMap((run) => run.rows),
          asked.map((_, i) => i),
        );
        for (const run of runs) assert.ok(run.rows.length >= 1 && run.rows.length <= most);
      }),
    );
  });

  it('begins another run where one is full', async () => {
    const { rows, runs } = start(2);
    const asked = [1, 2, 3].map((i) => rows.score(row(i)));
    for (const run of runs) {
      await run.begin();
      run.end();
    }
    assert.deepEqual(
      runs.map((run) => run.rows),
      [[1, 2], [3]],
    );
    await Promise.all(asked);
  });

  it('fails all rows of a run that fails, and no other', async () => {
    const { rows, runs } = start();
    const failing = [1, 2].map((i) => assert.rejects(rows.score(row(i)), /out of memory/));
    await runs[0]!.begin();
    const other = rows.score(row(3));
    await runs[1]!.begin();
    runs[0]!.fail();
    runs[1]!.end();
    await Promise.all(failing);
    assertScores(await other, 3);
  });

  it('takes no row of another width, which would be read as its neighbours', async () => {
    const { rows, runs } = start();
    const first = rows.score(row(1));
    await assert.rejects(rows.score(Float64Array.of(1)), /1 of 2 numbers/);
    await assert.rejects(rows.score(Float64Array.of(1, 2, 3)), /3 of 2 numbers/);
    await runs[0]!.begin();
    runs[0]!.end();
    assert.deepEqual(runs[0]!.rows, [1]);
    assertScores(await first, 1);
  });

  it('closes its scorer after the last run, be it one that fails, and takes no more rows', async () => {
    const { rows, runs, happened } = start();
    const failing = rows.score(row(1));
    await runs[0]!.begin();
    const asked = rows.score(row(2));
    const closing = rows.close();
    await assert.rejects(rows.score(row(3)), /closed/);
    runs[0]!.fail();
    await assert.rejects(failing, /out of memory/);
    assert.deepEqual(happened, []);
    await runs[1]!.begin();
    runs[1]!.end();
    assertScores(await asked, 2);
    await closing;
    assert.deepEqual(happened, ['ended', 'closed']);
  });
});
