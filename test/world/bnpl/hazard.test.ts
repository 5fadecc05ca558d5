import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DAY_MS } from '../dates.ts';
import { tune } from './calibration.ts';
import { conditionsBy } from './conditions.ts';
import { defaultProbability, type LogOdds, missChance } from './hazard.ts';
import { chanceOfTrouble } from './health.ts';
import { Life } from './life.ts';
import { Population } from './population.ts';
import { Random, rootKey } from './random.ts';

const AT = 20_000 * DAY_MS + 12_345;

const logOdds = fc.double({ min: -9, max: 4, noNaN: true });
const cases = fc.record({
  odds: fc.record({ calm: logOdds, troubled: logOdds }),
  troubled: fc.boolean(),
  gaps: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
});

const moments = (gaps: readonly number[]): number[] => {
  let at = AT;
  return gaps.map((days) => {
    at += days * DAY_MS;
    return at;
  });
};

/** 1 − the sum over every path of the state through all due moments of never missing. */
function byEnumeration(odds: LogOdds, troubledNow: boolean, due: readonly number[]): number {
  let survival = 0;
  for (let path = 0; path < 1 << due.length; path += 1) {
    let chance = 1;
    let [then, state] = [AT, troubledNow];
    due.forEach((moment, i) => {
      const next = ((path >> i) & 1) === 1;
      const troubled = chanceOfTrouble(state, moment - then);
      chance *= next ? troubled : 1 - troubled;
      chance *= 1 - missChance(odds, next, i + 2);
      [then, state] = [moment, next];
    });
    survival += chance;
  }
  return 1 - survival;
}

describe('the true probability of default', () => {
  it('is the sum over all ways that health can go', () => {
    fc.assert(
      fc.property(cases, ({ odds, troubled, gaps }) => {
        const due = moments(gaps);
        const exact = defaultProbability(odds, AT, troubled, due);
        assert.ok(Math.abs(exact - byEnumeration(odds, troubled, due)) < 1e-12);
      }),
    );
  });

  it('is 1 − Π (1 − hazard) where trouble changes nothing', () => {
    fc.assert(
      fc.property(cases, ({ odds: { calm }, troubled, gaps }) => {
        const odds = { calm, troubled: calm };
        const product = gaps.reduce((left, _, i) => left * (1 - missChance(odds, false, i + 2)), 1);
        const exact = defaultProbability(odds, AT, troubled, moments(gaps));
        assert.ok(Math.abs(exact - (1 - product)) < 1e-12);
      }),
    );
  });

  it('is 0 where nothing falls due', () => {
    assert.equal(defaultProbability({ calm: 0, troubled: 1 }, AT, true, []), 0);
  });

  it('is higher in trouble than out of it, where trouble is worse', () => {
    const odds = { calm: -4, troubled: -2 };
    const due = moments([14, 14]);
    assert.ok(defaultProbability(odds, AT, true, due) > defaultProbability(odds, AT, false, due));
  });
});

describe('the tuning', () => {
  /** Mean and spread of the true probabilities of some customers' checkouts. */
  function spread(signal: number, rate: number): { mean: number; sd: number } {
    const population = new Population(rootKey(77), 100, 16_000);
    const around = {
      conditions: conditionsBy(0, []),
      tuning: tune(signal, rate),
      dueWithinDays: 28,
    };
    const random = new Random(rootKey(0));
    const seen: number[] = [];
    for (let born = 15_000; born < 15_365; born += 1) {
      const { first, end } = population.bornOn(born);
      for (let number = first; number < end; number += 1) {
        const life = new Life(population.lifeline(number, born, random), around);
        while (life.next !== undefined) {
          const { plan, defaultProbability } = life.visit(random);
          if (plan !== null) seen.push(defaultProbability);
        }
      }
    }
    const mean = seen.reduce((a, b) => a + b, 0) / seen.length;
    const sd = Math.sqrt(seen.reduce((a, b) => a + (b - mean) ** 2, 0) / seen.length);
    return { mean, sd };
  }

  it('keeps the base rate whatever the signal', () => {
    for (const [signal, rate] of [
      [0, 0.05],
      [0.5, 0.02],
      [1, 0.05],
      [2, 0.05],
      [3, 0.2],
    ] as const) {
      const { mean } = spread(signal, rate);
      assert.ok(Math.abs(mean / rate - 1) < 0.08, `signal ${signal}: ${mean} for ${rate}`);
    }
  });

  it('spreads the probabilities the more the stronger the signal, and not at all without', () => {
    const spreads = [0, 0.5, 1, 2].map((signal) => spread(signal, 0.05).sd);
    // The season is all that is left: a fifth of the log-odds at most.
    assert.ok(spreads[0]! < 0.005, `${spreads[0]}`);
    assert.ok(
      spreads.every((sd, i) => i === 0 || sd > 1.3 * spreads[i - 1]!),
      spreads.join(),
    );
  });

  it('reaches the ends of what a client may ask for', () => {
    for (const signal of [0, 3]) {
      for (const rate of [0.005, 0.4]) assert.ok(Number.isFinite(tune(signal, rate).intercept));
    }
  });
});
