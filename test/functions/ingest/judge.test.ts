import assert from 'node:assert/strict';
import { breachesOf } from '../../../functions/ingest/quality/breaches.ts';
import { type DayFacts, judge } from '../../../functions/ingest/quality/judge.ts';
import type { Expectation } from '../../../shared/portfolio/expectations.ts';

const DAY = '2026-05-29';
const EVERY = {
  stream: 'applications',
  name: 'it',
  severity: 'fail',
  description: 'As ever.',
} as const;
const VOLUME: Expectation = {
  ...EVERY,
  kind: 'volume',
  weeks: 4,
  deviations: 2,
  deviation_at_least: 0.1,
};

const facts = (changes: Partial<DayFacts> = {}): DayFacts => ({
  day: DAY,
  count: { received: 100, accepted: 98, quarantined: 2 },
  stored: undefined,
  acceptedOn: () => undefined,
  ...changes,
});

const stored = (about: number, failing: number) => ({
  lastTime: new Date(`${DAY}T21:30:00Z`),
  findings: new Map([[0, { about, failing }]]),
});

describe('an expectation', () => {
  const notNull: Expectation = { ...EVERY, kind: 'not_null', column: 'income', share_at_most: 0.1 };

  it('of records is met up to its share, and not beyond', () => {
    const at = (failing: number) => judge(notNull, 0, facts({ stored: stored(100, failing) }));
    assert.deepEqual([at(10).verdict, at(10).figure, at(10).failing], ['passed', 0.1, 10]);
    assert.equal(at(11).verdict, 'failed');
  });

  it('of records that there are none of can’t be measured, and is not met', () => {
    for (const one of [facts(), facts({ stored: stored(0, 0) })]) {
      const { verdict, figure } = judge(notNull, 0, one);
      assert.deepEqual([verdict, figure], ['not_measurable', null]);
    }
  });

  it('of what the contract refuses counts what came', () => {
    const refused: Expectation = { ...EVERY, kind: 'refused', share_at_most: 0.019 };
    const { verdict, figure, records, failing } = judge(refused, 0, facts());
    assert.deepEqual([verdict, figure, records, failing], ['failed', 0.02, 100, 2]);
  });

  it('of freshness counts hours of silence before the end of the day; a day without records is all silence', () => {
    const fresh: Expectation = { ...EVERY, kind: 'freshness', hours_at_most: 2.5 };
    const { verdict, figure } = judge(fresh, 0, facts({ stored: stored(1, 0) }));
    assert.deepEqual([verdict, figure], ['passed', 2.5]);
    assert.deepEqual(judge(fresh, 0, facts()).figure, 24);
  });

  describe('of volume', () => {
    const weeks = (counts: readonly (number | undefined)[]) => (day: string) =>
      counts[(Date.parse(DAY) - Date.parse(day)) / (7 * 86_400_000) - 1];

    it('is the prediction interval of the logarithms of the same weekday’s counts', () => {
      // By hand: logs have mean ln 100 and sample deviation ln(1.2)·√(2/3)·… of 100/1.2, 100, 120.
      const counts = [100 / 1.2, 100, 120];
      const { at_least, at_most } = judge(VOLUME, 0, facts({ acceptedOn: weeks(counts) }));
      const reach = 2 * Math.log(1.2) * Math.sqrt(1 + 1 / 3);
      assert.ok(Math.abs(at_least! - 100 * Math.exp(-reach)) < 1e-9);
      assert.ok(Math.abs(at_most! - 100 * Math.exp(reach)) < 1e-9);
    });

    it('does not take few weeks that are alike for a law', () => {
      const { at_least, at_most, verdict } = judge(
        VOLUME,
        0,
        facts({ acceptedOn: weeks([90, 90, 90, 90]) }),
      );
      const reach = 2 * 0.1 * Math.sqrt(1.25);
      assert.ok(Math.abs(at_most! / at_least! - Math.exp(2 * reach)) < 1e-9);
      assert.equal(verdict, 'passed');
    });

    it('fails for half of the business, and for twice of it', () => {
      const of = (n: number) => facts({ acceptedOn: weeks([n, n, n, n]) });
      assert.equal(judge(VOLUME, 0, of(196)).verdict, 'failed');
      assert.equal(judge(VOLUME, 0, of(49)).verdict, 'failed');
    });

    it('fails for a day without records, and is not misled by earlier ones', () => {
      const none = { received: 0, accepted: 0, quarantined: 0 };
      const acceptedOn = weeks([100, 0, 100, 100]);
      assert.equal(judge(VOLUME, 0, facts({ count: none, acceptedOn })).verdict, 'failed');
      assert.equal(judge(VOLUME, 0, facts({ acceptedOn })).verdict, 'passed');
    });

    it('can’t be measured with fewer than three weeks', () => {
      const acceptedOn = weeks([100, undefined, 100]);
      assert.equal(judge(VOLUME, 0, facts({ acceptedOn })).verdict, 'not_measurable');
    });
  });
});

describe('what is told of expectations that were not met', () => {
  const AT = new Date('2026-05-30T01:15:00Z');
  const found = (changes: object) => ({
    ...judge(
      { ...EVERY, kind: 'not_null', column: 'income', share_at_most: 0.1 },
      0,
      facts({ stored: stored(100, 25) }),
    ),
    ...changes,
  });

  it('is one breach each, of the youngest day, with how many others there were', () => {
    const days = ['2026-05-28', DAY, '2026-05-27'];
    const [breach, ...others] = breachesOf(
      'loans',
      days.map((day) => found({ day })),
      AT,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(breach, {
      portfolio: 'loans',
      kind: 'data_quality',
      subject: 'applications.it',
      severity: 'critical',
      figure: 0.25,
      limit: 0.1,
      n: 100,
      text:
        'applications of 2026-05-29 failed it: 0.25 (25 of 100 records), expected at most 0.1. ' +
        'As ever. So did 2 other days.',
      at: AT,
    });
  });

  it('is a warning where the expectation warns, and nothing where it is met or can’t be measured', () => {
    const [breach] = breachesOf('loans', [found({ severity: 'warn' })], AT);
    assert.equal(breach!.severity, 'warning');
    const fine = ['passed', 'not_measurable'].map((verdict) => found({ verdict }));
    assert.deepEqual(breachesOf('loans', fine, AT), []);
  });

  it('names the end of the interval that was passed', () => {
    const volume = { kind: 'volume', at_least: 50, at_most: 200, failing: null };
    const limits = [20, 300].map(
      (figure) => breachesOf('loans', [found({ ...volume, figure })], AT)[0]!.limit,
    );
    assert.deepEqual(limits, [50, 200]);
  });
});
