import assert from 'node:assert/strict';
import { checkSchedule, nextRun, withOffset } from './cron.ts';

/** The next times after an instant, in ISO 8601. */
function times(schedule: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let time = Date.parse(after);
  for (let n = 0; n < count; n++) {
    time = nextRun(schedule, timeZone, time) ?? Number.NaN;
    found.push(new Date(time).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('schedules', () => {
  for (const [schedule, expected] of [
    ['* * * * *', ['2026-01-01T00:01Z', '2026-01-01T00:02Z']],
    ['*/20 5 * * *', ['2026-01-01T05:00Z', '2026-01-01T05:20Z']],
    ['0 0-23/6 * * *', ['2026-01-01T06:00Z', '2026-01-01T12:00Z']],
    ['30 4,16 * * *', ['2026-01-01T04:30Z', '2026-01-01T16:30Z']],
    ['0 9 * * 1-5', ['2026-01-01T09:00Z', '2026-01-02T09:00Z', '2026-01-05T09:00Z']],
    ['0 9 * * MON', ['2026-01-05T09:00Z', '2026-01-12T09:00Z']],
    ['0 9 * * 7', ['2026-01-04T09:00Z']],
    ['0 0 1 JAN,JUL *', ['2026-07-01T00:00Z', '2027-01-01T00:00Z']],
    // Either of the two days will do when both are restricted.
    ['0 0 2 * SAT', ['2026-01-02T00:00Z', '2026-01-03T00:00Z', '2026-01-10T00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00Z']],
  ] as const) {
    it(`${schedule} after New Year 2026 is ${expected.join(', ')}`, () => {
      checkSchedule(schedule, 'Etc/UTC');
      assert.deepEqual(
        times(schedule, 'Etc/UTC', '2026-01-01T00:00:00Z', expected.length),
        expected,
      );
    });
  }

  it('are on the clock of their time zone', () => {
    const found = times('0 9 * * *', 'America/New_York', '2026-03-07T00:00:00Z', 3);
    assert.deepEqual(found, ['2026-03-07T14:00Z', '2026-03-08T13:00Z', '2026-03-09T13:00Z']);
  });

  it('at a time that is skipped in spring run once, behind the gap', () => {
    const found = times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2);
    assert.deepEqual(found, ['2026-03-29T01:00Z', '2026-03-30T00:30Z']);
  });

  it('at a time that comes twice in autumn run once, at the first', () => {
    const found = times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2);
    assert.deepEqual(found, ['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
  });

  it('at an interval go on through both changes', () => {
    const spring = times('0,30 * * * *', 'Europe/Berlin', '2026-03-29T00:15:00Z', 3);
    assert.deepEqual(spring, ['2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z']);
    const autumn = times('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:15:00Z', 4);
    assert.deepEqual(autumn, [
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
    ]);
  });

  for (const [schedule, timeZone] of [
    ['', 'UTC'],
    ['* * * *', 'UTC'],
    ['0 * * * * *', 'UTC'],
    ['60 * * * *', 'UTC'],
    ['* 24 * * *', 'UTC'],
    ['* * 0 * *', 'UTC'],
    ['* * * 13 *', 'UTC'],
    ['* * * * 8', 'UTC'],
    ['5-1 * * * *', 'UTC'],
    ['*/0 * * * *', 'UTC'],
    ['0 0 L * *', 'UTC'],
    ['0 0 15W * *', 'UTC'],
    ['0 0 ? * 1', 'UTC'],
    ['0 0 * * 1#2', 'UTC'],
    ['@daily', 'UTC'],
    ['* * * FOO *', 'UTC'],
    ['0 0 31 2 *', 'UTC'],
    ['* * * * *', 'Mars/Olympus'],
  ] as const) {
    it(`refuse '${schedule}' in ${timeZone}`, () => {
      assert.throws(() => checkSchedule(schedule, timeZone), { status: 400 });
    });
  }

  for (const schedule of [
    'every 5 minutes',
    'every mon 09:00',
    '1st,3rd tuesday of month 10:00',
    'first sunday of jan 1:00',
  ]) {
    it(`refuse by name the English-like '${schedule}'`, () => {
      assert.throws(() => checkSchedule(schedule, 'UTC'), { status: 501, message: /unix-cron/ });
    });
  }

  for (const [time, timeZone, expected] of [
    ['2026-03-29T00:30:00Z', 'Europe/Berlin', '2026-03-29T01:30:00+01:00'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29T03:00:00+02:00'],
    ['2026-01-01T00:00:00Z', 'America/Los_Angeles', '2025-12-31T16:00:00-08:00'],
    ['2026-01-01T00:00:00Z', 'Asia/Kolkata', '2026-01-01T05:30:00+05:30'],
    ['2026-01-01T00:00:00Z', 'utc', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00.250Z', 'Europe/London', '2026-01-01T00:00:00.250Z'],
  ] as const) {
    it(`${time} is ${expected} in ${timeZone}`, () => {
      assert.equal(withOffset(Date.parse(time), timeZone), expected);
      assert.equal(Date.parse(expected), Date.parse(time));
    });
  }
});
