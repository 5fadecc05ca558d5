import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gatherEvidence } from '../../../shared/arms/evidence.ts';
import { createGuard, type Trip } from '../../../shared/arms/guard.ts';
import { GUARD_DEFAULTS, type GuardLimits, guardSchema } from '../../../shared/arms/limits.ts';
import { distanceOf, noiseOf } from '../../../shared/statistics/kolmogorov_smirnov.ts';

/** Numbers in [0, 1), the same for a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A guard whose clock a test moves, and what it told. */
function start(limits: Partial<GuardLimits> = {}) {
  let now = 0;
  const told: Trip[] = [];
  const guard = createGuard(
    { ...GUARD_DEFAULTS, ...limits },
    () => now,
    (trip) => told.push(trip),
  );
  const decide = (pd: number, ms = 1) =>
    guard.watch(async () => {
      now += ms;
      return { scored: { pd } };
    });
  const fail = () =>
    assert.rejects(
      guard.watch(async () => {
        throw new Error('no');
      }),
      /^Error: no$/,
    );
  return { guard, told, decide, fail };
}

describe('the guard of a challenger', () => {
  it('lets what was decided, and what was thrown, pass as it is', async () => {
    const { guard, fail } = start();
    const decided = { scored: { pd: 0.1 }, more: 'x' };
    assert.equal(await guard.watch(async () => decided), decided);
    await fail();
    assert.equal(guard.trip, undefined);
  });

  it('always takes out a challenger that fails every time, whatever it did before: within ten decisions', async () => {
    const history = fc.array(
      fc.record({ pd: fc.double({ min: 0, max: 1, noNaN: true }), ms: fc.nat({ max: 90 }) }),
      { maxLength: 400 },
    );
    const property = fc.asyncProperty(history, async (decisions) => {
      const { guard, told, decide, fail } = start();
      for (const { pd, ms } of decisions) await decide(pd, ms);
      for (let i = 0; i < 10; i++) await fail();
      assert.equal(guard.trip?.test, 'errors');
      assert.equal(guard.trip?.limit, 0.01);
      assert.ok(guard.trip!.figure > 0.01);
      assert.deepEqual(told, [guard.trip]);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it('takes out a challenger that is too often slow, and not one that is slow as often as it may be', async () => {
    const slow = start({ slow_ms: 50 });
    for (let i = 0; i < 1000; i++) await slow.decide(0.1, i % 3 === 0 ? 51 : 1);
    assert.equal(slow.guard.trip?.test, 'latency');
    assert.ok(slow.guard.trip!.figure > 0.3);
    const punctual = start({ slow_ms: 50 });
    // One in twenty is the limit; 50 ms are not more than 50 ms.
    for (let i = 0; i < 5000; i++) await punctual.decide(0.1, i % 20 === 0 ? 51 : 50);
    assert.equal(punctual.guard.trip, undefined);
  });

  it('takes out a challenger whose PDs are others than the champion’s, once there are enough of both', async () => {
    const random = seeded(1);
    const { guard, decide } = start({ pds_compared: 100 });
    for (let i = 0; i < 99; i++) await decide(0.5 + random() / 2);
    for (let i = 0; i < 1000; i++) guard.compare(random() / 2);
    assert.equal(guard.trip, undefined);
    await decide(0.9);
    assert.deepEqual(guard.trip, { test: 'scores', figure: 1, limit: 0.15, decisions: 100 });
  });

  it('takes out a challenger that says the same of everybody', async () => {
    const random = seeded(2);
    const { guard, decide } = start();
    for (let i = 0; i < GUARD_DEFAULTS.pds_compared; i++) {
      await decide(0.02);
      guard.compare(random() * 0.1);
    }
    assert.equal(guard.trip?.test, 'scores');
  });

  it('says nothing of PDs without a champion to compare with', async () => {
    const { guard, decide } = start();
    for (let i = 0; i < 2000; i++) await decide(i % 2);
    assert.equal(guard.trip, undefined);
  });

  it('tells once, and keeps the first reason', async () => {
    const { guard, told, fail, decide } = start();
    for (let i = 0; i < 30; i++) await fail();
    for (let i = 0; i < 2000; i++) await decide(0.1, 1000);
    assert.equal(told.length, 1);
    assert.equal(guard.trip?.test, 'errors');
  });

  it('takes no challenger out by mistake that is like the champion, in 200 runs of 2,000 decisions', async () => {
    // Expected by the stated rate: 3 tests × 200 × 2,000 / 1,000,000 = 1.2 at the very limits.
    for (let run = 0; run < 200; run++) {
      const random = seeded(run);
      const { guard, decide, fail } = start();
      for (let i = 0; i < 2000; i++) {
        const pd = random() ** 3;
        if (random() < 0.005) await fail();
        else await decide(pd, random() < 0.02 ? 200 : 5);
        guard.compare(random() ** 3);
      }
      assert.equal(guard.trip, undefined, `run ${run}`);
    }
  });
});

describe('the stated rate of false alarms', () => {
  const RUNS = 2000;

  it('holds for a rate exactly at its limit', () => {
    const [limit, trials, enough] = [0.05, 200, 1000];
    let alarms = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = seeded(run);
      const evidence = gatherEvidence(limit);
      let most = 0;
      for (let i = 0; i < trials; i++) most = Math.max(most, evidence.add(random() < limit));
      if (most >= enough) alarms++;
    }
    assert.ok(alarms > 0, 'the test says nothing when there is never an alarm');
    assert.ok(alarms / RUNS <= trials / enough, String(alarms));
  });

  it('holds for the distance of samples from one distribution, continuous or in steps', () => {
    const [size, alpha] = [50, 0.2];
    for (const draw of [(x: number) => x, (x: number) => Math.floor(x * 4) / 4]) {
      let beyond = 0;
      for (let run = 0; run < RUNS; run++) {
        const random = seeded(run);
        const sample = () => Array.from({ length: size }, () => draw(random()));
        if (distanceOf(sample(), sample()) > noiseOf(size, alpha)) beyond++;
      }
      assert.ok(beyond / RUNS <= alpha, String(beyond));
    }
  });

  it('costs little: a rate of three times its limit does not last', () => {
    for (const limit of [0.01, 0.05, 0.2, 0.45]) {
      const evidence = gatherEvidence(limit);
      const random = seeded(7);
      let trials = 0;
      while (evidence.add(random() < Math.min(0.99, 3 * limit)) < 1e6) trials++;
      assert.ok(trials < 20_000, `${limit}: ${trials}`);
    }
  });
});

describe('the distance of two samples', () => {
  const sample = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: 20,
    maxLength: 20,
  });

  it('is the largest difference of their shares below any number', () => {
    const property = fc.property(sample, sample, (one, other) => {
      const below = (values: number[], x: number) =>
        values.filter((value) => value <= x).length / values.length;
      const naive = Math.max(
        ...[...one, ...other].map((x) => Math.abs(below(one, x) - below(other, x))),
      );
      assert.ok(Math.abs(distanceOf(one, other) - naive) < 1e-12);
    });
    fc.assert(property);
  });

  it('is nought of a sample and itself, and one of samples with nothing between them', () => {
    assert.equal(distanceOf([0.1, 0.1, 0.3], [0.3, 0.1, 0.1]), 0);
    assert.equal(distanceOf([0.1, 0.2], [0.3, 0.4]), 1);
  });
});

describe('limits of a guard', () => {
  it('fit their own schema, and refuse what means nothing', () => {
    assert.deepEqual(guardSchema.parse(GUARD_DEFAULTS), GUARD_DEFAULTS);
    for (const wrong of [
      { error_rate_at_most: 0 },
      { slow_share_at_most: 1 },
      { slow_ms: 0 },
      { pd_distance_at_most: 1.1 },
      { pds_compared: 10 },
      { decisions_per_false_alarm: 1 },
      { errors: 0.1 },
    ]) {
      assert.equal(guardSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });
});
