import assert from 'node:assert/strict';
import { DRIFTS, type Drift, ratesOfRuns, type Size } from './injected.ts';

/** Small, to be quick; `npm run bench -- drift` has the usual size. */
const SIZE: Size = { numbers: 5, texts: 2, trained: 1500, watched: 600 };

describe('the watch, over seeded runs', function () {
  this.timeout(60_000);

  const drifts = Object.keys(DRIFTS).filter((drift) => drift !== 'none') as Drift[];

  it('cries wolf in at most 5% of 200 runs in which nothing changed, however little would matter', () => {
    const { noticed, beyondChance, tests } = ratesOfRuns('none', 200, SIZE);
    assert.ok(tests >= 45, `${tests} tests`);
    assert.ok(beyondChance <= 0.05, String(beyondChance));
    assert.ok(noticed <= beyondChance, String(noticed));
  });

  for (const drift of drifts) {
    it(`notices ${drift}, and lays it at no other door`, () => {
      const { noticed, wrong } = ratesOfRuns(drift, 30, SIZE);
      assert.ok(noticed >= 0.9, `noticed in ${noticed}`);
      assert.ok(wrong <= 0.05, `others in ${wrong}`);
    });
  }

  it("is silent at few cases, where Lewis's 0.1 would cry", () => {
    const { wrong, byLewis } = ratesOfRuns('none', 100, { ...SIZE, watched: 110 });
    assert.ok(wrong <= 0.05, String(wrong));
    assert.ok(byLewis > 0.5, String(byLewis));
  });
});
