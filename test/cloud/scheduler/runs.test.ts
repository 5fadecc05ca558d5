import assert from 'node:assert/strict';
import { code, PARENT, startScheduler, type TestOptions, type TestScheduler } from './testing.ts';

const NAME = `${PARENT}/jobs/job`;
const MINUTE = 60_000;

describe('scheduled runs', () => {
  let scheduler: TestScheduler;
  afterEach(() => scheduler.stop());

  const start = async (job: object, options: TestOptions = {}) => {
    scheduler = await startScheduler(options);
    const whole = { name: NAME, timeZone: 'UTC', httpTarget: { uri: 'http://target/x' }, ...job };
    await scheduler.client.createJob({ parent: PARENT, job: whole });
  };
  const get = async () => {
    const response = await fetch(`${scheduler.origin}/v1/${NAME}`);
    return (await response.json()) as {
      status?: { code?: number; message?: string };
      scheduleTime?: string;
      lastAttemptTime?: string;
    };
  };
  /** Answers 500 so many times, then 200. */
  const failing = (times: number) => {
    let left = times;
    return async () => (left-- > 0 ? 500 : 200);
  };

  it('drive a day in no time', async () => {
    await start({ schedule: '0 */6 * * *' });
    await scheduler.clock.advanceTo('2026-01-02T00:00:00Z');
    assert.deepEqual(scheduler.times(), [
      '2026-01-01 06:00',
      '2026-01-01 12:00',
      '2026-01-01 18:00',
      '2026-01-02 00:00',
    ]);
    assert.deepEqual(
      await get().then(({ status, scheduleTime, lastAttemptTime }) => ({
        status,
        scheduleTime,
        lastAttemptTime,
      })),
      {
        status: {},
        scheduleTime: '2026-01-02T06:00:00.000Z',
        lastAttemptTime: '2026-01-02T00:00:00.000Z',
      },
    );
  });

  it('follow the clock of their zone over both of its changes', async () => {
    const start1 = '2026-03-27T12:00:00Z';
    await start({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' }, { start: start1 });
    await scheduler.clock.advanceTo('2026-03-31T00:00:00Z');
    assert.deepEqual(scheduler.times(), [
      '2026-03-28 01:30',
      '2026-03-29 01:00',
      '2026-03-30 00:30',
    ]);
    scheduler.sent.length = 0;
    await scheduler.clock.advanceTo('2026-10-24T12:00:00Z');
    scheduler.sent.length = 0;
    await scheduler.clock.advanceTo('2026-10-27T00:00:00Z');
    assert.deepEqual(scheduler.times(), ['2026-10-25 00:30', '2026-10-26 01:30']);
  });

  it('tell their target who calls, and for when', async () => {
    await start({
      schedule: '0 9 * * *',
      timeZone: 'America/New_York',
      httpTarget: {
        uri: 'http://target/run',
        headers: {
          'X-Mine': 'yes',
          'User-Agent': 'me',
          Host: 'elsewhere',
          'X-CloudScheduler': 'no',
          'X-Google-A': 'b',
        },
        body: Buffer.from('hello'),
        oidcToken: { serviceAccountEmail: 'job@p.iam.gserviceaccount.com' },
      },
    });
    await scheduler.clock.advanceTo('2026-01-01T14:00:00Z');
    const [{ at: _, ...call } = { at: '' }] = scheduler.sent;
    assert.deepEqual(call, {
      method: 'POST',
      url: 'http://target/run',
      headers: {
        'content-type': 'application/octet-stream',
        'x-mine': 'yes',
        'user-agent': 'Google-Cloud-Scheduler',
        'x-cloudscheduler': 'true',
        'x-cloudscheduler-jobname': 'job',
        'x-cloudscheduler-scheduletime': '2026-01-01T09:00:00-05:00',
        authorization: 'Bearer token of job@p.iam.gserviceaccount.com for http://target/run',
      },
      body: Buffer.from('hello'),
    });
  });

  it('publish to Pub/Sub, and tell what it says', async () => {
    const published: unknown[] = [];
    const publish = async (topic: string, messages: unknown) => {
      published.push(topic, messages);
      if (published.length > 2) throw Object.assign(new Error('no such topic'), { code: 5 });
      return [];
    };
    const pubsubTarget = {
      topicName: 'projects/p/topics/t',
      data: Buffer.from('hi'),
      attributes: { a: 'b' },
    };
    await start({ schedule: '0 * * * *', httpTarget: undefined, pubsubTarget }, { publish });
    await scheduler.clock.advance(60 * MINUTE);
    assert.deepEqual(published, [
      'projects/p/topics/t',
      [{ data: Buffer.from('hi'), attributes: { a: 'b' } }],
    ]);
    assert.deepEqual((await get()).status, {});
    await scheduler.clock.advance(60 * MINUTE);
    assert.deepEqual((await get()).status, { code: 5, message: 'no such topic' });
  });

  describe('that fail', () => {
    it('are not repeated unless they are to be', async () => {
      await start({ schedule: '0 * * * *' }, { send: failing(1) });
      await scheduler.clock.advance(119 * MINUTE);
      assert.deepEqual(scheduler.times(), ['2026-01-01 01:00']);
      assert.deepEqual((await get()).status, {
        code: 13,
        message: 'http://target/x answered 500.',
      });
      await scheduler.clock.advance(MINUTE);
      assert.deepEqual((await get()).status, {});
    });

    it('are repeated with growing pauses, for the same scheduled time', async () => {
      const retryConfig = { retryCount: 5, minBackoffDuration: { seconds: 60 }, maxDoublings: 2 };
      await start({ schedule: '0 * * * *', retryConfig }, { send: failing(4) });
      await scheduler.clock.advance(61 * MINUTE);
      assert.equal((await get()).scheduleTime, '2026-01-01T01:03:00.000Z');
      await scheduler.clock.advance(58 * MINUTE);
      const expected = ['01:00', '01:01', '01:03', '01:07', '01:15'].map(
        (time) => `2026-01-01 ${time}`,
      );
      assert.deepEqual(scheduler.times(), expected);
      const times = scheduler.sent.map(({ headers }) => headers['x-cloudscheduler-scheduletime']);
      assert.deepEqual(new Set(times), new Set(['2026-01-01T01:00:00Z']));
      assert.deepEqual((await get()).status, {});
      assert.equal((await get()).scheduleTime, '2026-01-01T02:00:00.000Z');
    });

    it('are repeated as often as allowed, and not into the next run', async () => {
      const retryConfig = {
        retryCount: 2,
        minBackoffDuration: { seconds: 60 },
        maxBackoffDuration: { seconds: 60 },
      };
      await start({ schedule: '*/10 * * * *', retryConfig }, { send: failing(99) });
      await scheduler.clock.advance(19 * MINUTE);
      assert.deepEqual(scheduler.times(), [
        '2026-01-01 00:10',
        '2026-01-01 00:11',
        '2026-01-01 00:12',
      ]);
      await scheduler.client.updateJob({
        job: {
          name: NAME,
          retryConfig: {
            retryCount: 5,
            minBackoffDuration: { seconds: 360 },
            maxBackoffDuration: { seconds: 3600 },
          },
        },
        updateMask: { paths: ['retry_config'] },
      });
      scheduler.sent.length = 0;
      await scheduler.clock.advance(19 * MINUTE);
      // After 26 come 38, which is behind the next run at 30, and so on.
      const expected = ['00:20', '00:26', '00:30', '00:36'].map((time) => `2026-01-01 ${time}`);
      assert.deepEqual(scheduler.times(), expected);
    });

    it('are repeated until both limits are reached', async () => {
      const retryConfig = {
        retryCount: 1,
        maxRetryDuration: { seconds: 240 },
        minBackoffDuration: { seconds: 60 },
        maxBackoffDuration: { seconds: 60 },
      };
      await start({ schedule: '0 1 * * *', retryConfig }, { send: failing(99) });
      await scheduler.clock.advance(120 * MINUTE);
      const expected = ['01:00', '01:01', '01:02', '01:03', '01:04'].map(
        (time) => `2026-01-01 ${time}`,
      );
      assert.deepEqual(scheduler.times(), expected);
    });

    for (const [http, expected] of [
      [204, {}],
      [302, { code: 2, message: 'http://target/x answered 302.' }],
      [400, { code: 3, message: 'http://target/x answered 400.' }],
      [403, { code: 7, message: 'http://target/x answered 403.' }],
      [404, { code: 5, message: 'http://target/x answered 404.' }],
      [418, { code: 9, message: 'http://target/x answered 418.' }],
      [429, { code: 8, message: 'http://target/x answered 429.' }],
      [503, { code: 14, message: 'http://target/x answered 503.' }],
    ] as const) {
      it(`with ${http} have the status ${JSON.stringify(expected)}`, async () => {
        await start({ schedule: '* * * * *' }, { send: async () => http });
        await scheduler.clock.advance(MINUTE);
        assert.deepEqual((await get()).status, expected);
      });
    }

    it('since the target can’t be reached, or there is no token, say so', async () => {
      const send = async () => {
        throw new Error('ECONNREFUSED');
      };
      await start({ schedule: '* * * * *' }, { send });
      await scheduler.clock.advance(MINUTE);
      const message = "http://target/x can't be reached: ECONNREFUSED";
      assert.deepEqual((await get()).status, { code: 14, message });
    });
  });

  describe('that take long', () => {
    /** A target that answers when it is told to, or is broken off. */
    const slow = () => {
      const open: PromiseWithResolvers<number>[] = [];
      const send = (_: unknown, signal: AbortSignal) => {
        const answer = Promise.withResolvers<number>();
        signal.addEventListener('abort', () => answer.reject(signal.reason));
        open.push(answer);
        return answer.promise;
      };
      return { send, answer: (n: number) => open[n]?.resolve(200) };
    };

    it('are broken off at their deadline', async () => {
      await start({ schedule: '0 * * * *', attemptDeadline: { seconds: 15 } }, slow());
      await scheduler.clock.advance(60 * MINUTE + 14_999);
      assert.equal((await get()).status, undefined);
      await scheduler.clock.advance(1);
      assert.deepEqual((await get()).status, { code: 4, message: 'No answer within 15 s.' });
    });

    it('are waited for: never two at a time, and one makes up for all that were missed', async () => {
      const target = slow();
      await start({ schedule: '* * * * *', attemptDeadline: { seconds: 1800 } }, target);
      await scheduler.clock.advance(15.5 * MINUTE);
      assert.deepEqual(scheduler.times(), ['2026-01-01 00:01']);
      target.answer(0);
      await scheduler.clock.advance(0);
      assert.deepEqual(scheduler.times().slice(1), ['2026-01-01 00:15']);
      assert.equal(
        scheduler.sent[1]?.headers['x-cloudscheduler-scheduletime'],
        '2026-01-01T00:02:00Z',
      );
      target.answer(1);
      await scheduler.clock.advance(MINUTE / 2);
      assert.equal(
        scheduler.sent[2]?.headers['x-cloudscheduler-scheduletime'],
        '2026-01-01T00:16:00Z',
      );
    });

    it('are forgotten when the job is deleted', async () => {
      const target = slow();
      await start({ schedule: '* * * * *', retryConfig: { retryCount: 5 } }, target);
      await scheduler.clock.advance(MINUTE);
      await scheduler.client.deleteJob({ name: NAME });
      await scheduler.clock.advance(10 * MINUTE);
      assert.equal(scheduler.sent.length, 1);
    });
  });

  describe('at once', () => {
    it('begin without waiting for the schedule, which stays', async () => {
      await start({ schedule: '0 0 1 1 *' });
      await scheduler.clock.advance(1234);
      const [job] = await scheduler.client.runJob({ name: NAME });
      assert.equal(job.name, NAME);
      await scheduler.clock.advance(0);
      assert.equal(
        scheduler.sent[0]?.headers['x-cloudscheduler-scheduletime'],
        '2026-01-01T00:00:01.234Z',
      );
      const { status, scheduleTime, lastAttemptTime } = await get();
      assert.deepEqual(
        [status, scheduleTime, lastAttemptTime],
        [{}, '2027-01-01T00:00:00.000Z', '2026-01-01T00:00:01.234Z'],
      );
    });

    it('work for a paused job too, which the schedule does not run', async () => {
      await start({ schedule: '* * * * *' });
      await scheduler.client.pauseJob({ name: NAME });
      await scheduler.clock.advance(10 * MINUTE);
      assert.equal(scheduler.sent.length, 0);
      await scheduler.client.runJob({ name: NAME });
      await scheduler.clock.advance(10 * MINUTE);
      assert.equal(scheduler.sent.length, 1);
      await scheduler.client.resumeJob({ name: NAME });
      await scheduler.clock.advance(2 * MINUTE);
      assert.equal(scheduler.sent.length, 3);
    });

    it('need a job', async () => {
      await start({ schedule: '* * * * *' });
      const other = { name: `${PARENT}/jobs/other` };
      await assert.rejects(scheduler.client.runJob(other), code(5));
    });
  });
});
