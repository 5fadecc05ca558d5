import assert from 'node:assert/strict';
import { DAY_MS } from '../dates.ts';
import { chanceOfTrouble, Health } from './health.ts';
import { Random, rootKey, split } from './random.ts';

const SPAN = 600 * DAY_MS;
const FROM = 20_000 * DAY_MS;
const PEOPLE = 20_000;

/** What so many people's health says of itself. */
function share(of: (health: Health, random: Random) => boolean | undefined): number {
  let [yes, asked] = [0, 0];
  const random = new Random(rootKey(9));
  for (let n = 0; n < PEOPLE; n += 1) {
    const answer = of(new Health(split(rootKey(3), n), 0, FROM, SPAN), random);
    if (answer !== undefined) asked += 1;
    if (answer === true) yes += 1;
  }
  return yes / asked;
}

const close = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not near ${expected}`);

describe('spells of trouble', () => {
  it('hit as many at any time: the process is stationary', () => {
    const stationary = chanceOfTrouble(false, Number.MAX_VALUE);
    for (const days of [0, 30, 250, 599]) {
      close(
        share((health) => health.troubled(FROM + days * DAY_MS)),
        stationary,
        0.008,
      );
    }
  });

  it('start and end with the chances that the recursion over time reckons with', () => {
    for (const days of [3, 14, 28, 90]) {
      for (const then of [false, true]) {
        const now = FROM + 100 * DAY_MS;
        const stays = share((health) =>
          health.troubled(now) === then ? health.troubled(now + days * DAY_MS) : undefined,
        );
        close(stays, chanceOfTrouble(then, days * DAY_MS), then ? 0.03 : 0.008);
      }
    }
  });

  it('follow from one another: two steps are as good as one', () => {
    for (const then of [false, true]) {
      const half = chanceOfTrouble(then, 10 * DAY_MS);
      const viaTrouble = half * chanceOfTrouble(true, 18 * DAY_MS);
      const viaCalm = (1 - half) * chanceOfTrouble(false, 18 * DAY_MS);
      close(viaTrouble + viaCalm, chanceOfTrouble(then, 28 * DAY_MS), 1e-12);
    }
  });
});

describe('the drift of health', () => {
  it('keeps its spread and forgets slowly', () => {
    const random = new Random(rootKey(4));
    let [early, late, both] = [0, 0, 0];
    for (let n = 0; n < PEOPLE; n += 1) {
      const health = new Health(split(rootKey(5), n), 0, FROM, SPAN);
      const a = health.calm(FROM + 50 * DAY_MS, random);
      const b = health.calm(FROM + 170 * DAY_MS, random);
      early += a * a;
      late += b * b;
      both += a * b;
    }
    close(Math.sqrt(early / PEOPLE), 0.35, 0.008);
    close(Math.sqrt(late / PEOPLE), 0.35, 0.008);
    close(both / Math.sqrt(early * late), Math.exp(-1), 0.025);
  });

  it('goes on from where it was as if it had never been put away', () => {
    const key = rootKey(6);
    const whole = new Health(key, 0.4, FROM, SPAN);
    whole.calm(FROM + 5 * DAY_MS, new Random(rootKey(1)));
    const resumed = new Health(key, 0.4, FROM, SPAN, whole.drift);
    const at = FROM + 40 * DAY_MS;
    const draw = () => new Random(rootKey(2));
    assert.equal(resumed.calm(at, draw()), whole.calm(at, draw()));
    for (let day = 0; day < 600; day += 10) {
      const moment = FROM + day * DAY_MS;
      assert.equal(resumed.troubled(moment), whole.troubled(moment));
    }
  });
});
