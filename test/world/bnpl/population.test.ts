import assert from 'node:assert/strict';
import { DAY_MS, dayOf } from '../dates.ts';
import { LIFE_DAYS, Population } from './population.ts';
import { Random, rootKey } from './random.ts';
import { volumeFactor } from './volume.ts';

const FROM = dayOf('2025-03-01');
const TO = dayOf('2025-06-30');
const random = new Random(rootKey(0));

/** Checkouts by day, and how many were a customer's first. */
function count(population: Population, from: number, to: number) {
  const byDay = new Map<number, number>();
  let first = 0;
  for (let born = from - LIFE_DAYS + 1; born <= to; born += 1) {
    const { first: number, end } = population.bornOn(born);
    for (let n = number; n < end; n += 1) {
      for (const at of population.lifeline(n, born, random).visits) {
        const day = Math.floor(at / DAY_MS);
        if (day < from || day > to) continue;
        byDay.set(day, (byDay.get(day) ?? 0) + 1);
        if (day === born) first += 1;
      }
    }
  }
  return { byDay, first };
}

describe('the population', () => {
  const days = TO - FROM + 1;
  let population: Population;
  let counted: ReturnType<typeof count>;
  let ratios: number[];
  before(() => {
    population = new Population(rootKey(1), 500, TO);
    counted = count(population, FROM, TO);
    ratios = Array.from(counted.byDay, ([day, n]) => n / (500 * volumeFactor(day)));
  });

  it('makes as many checkouts as the volume model says', () => {
    const mean = ratios.reduce((a, b) => a + b, 0) / days;
    assert.ok(Math.abs(mean - 1.005) < 0.035, `${mean}`);
  });

  it('strays from the model by a tenth a day, as the log-normal noise has it', () => {
    const logs = ratios.map(Math.log);
    const mean = logs.reduce((a, b) => a + b, 0) / days;
    const sd = Math.sqrt(logs.reduce((a, b) => a + (b - mean) ** 2, 0) / (days - 1));
    // The counts themselves add about 1/√500 to it.
    assert.ok(sd > 0.085 && sd < 0.14, `${sd}`);
  });

  it('has three newcomers in ten checkouts', () => {
    const total = [...counted.byDay.values()].reduce((a, b) => a + b, 0);
    const share = counted.first / total;
    assert.ok(Math.abs(share - 0.3) < 0.01, `${share}`);
  });

  it('numbers customers without gaps from day to day', () => {
    for (let day = FROM; day < TO; day += 1) {
      assert.equal(population.bornOn(day + 1).first, population.bornOn(day).end);
    }
    assert.equal(population.bornOn(dayOf('2010-01-01')).first, 1);
  });

  it('is empty before its epoch', () => {
    const { first, end } = population.bornOn(dayOf('2009-12-31'));
    assert.equal(end - first, 0);
  });

  it('lets visits begin on the day of birth, ascend and end within a year', () => {
    let most = 0;
    for (let day = FROM - LIFE_DAYS; day < FROM - LIFE_DAYS + 20; day += 1) {
      const { first, end } = population.bornOn(day);
      for (let number = first; number < end; number += 1) {
        const { visits } = population.lifeline(number, day, random);
        most = Math.max(most, visits.length);
        assert.equal(Math.floor(visits[0]! / DAY_MS), day);
        assert.ok(visits.every((at, i) => i === 0 || at >= visits[i - 1]!));
        assert.ok(visits.at(-1)! < (day + LIFE_DAYS) * DAY_MS);
      }
    }
    assert.ok(most > 15, 'some customers come very often');
  });

  it('comes out the same whatever day it is asked up to', () => {
    const longer = new Population(rootKey(1), 500, TO + 400);
    for (let day = FROM; day <= TO; day += 7) {
      assert.deepEqual(longer.bornOn(day), population.bornOn(day));
      const { first } = population.bornOn(day);
      const whole = longer.lifeline(first, day, random);
      const known = whole.visits.filter((at) => at < (TO + 1) * DAY_MS);
      assert.deepEqual(population.lifeline(first, day, random), { ...whole, visits: known });
    }
  });

  it('is another one for another seed', () => {
    const other = new Population(rootKey(2), 500, TO);
    assert.notDeepEqual(other.bornOn(FROM), population.bornOn(FROM));
  });
});
