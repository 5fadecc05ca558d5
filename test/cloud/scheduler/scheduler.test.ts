import assert from 'node:assert/strict';
import { memoryDocuments } from '../state/documents.ts';
import { code, PARENT, startScheduler, type TestScheduler } from './testing.ts';

const NAME = `${PARENT}/jobs/nightly`;
const JOB = {
  name: NAME,
  schedule: '0 3 * * *',
  timeZone: 'Europe/Berlin',
  httpTarget: { uri: 'http://127.0.0.1:9/retrain', httpMethod: 'POST' as const },
};

describe('the Cloud Scheduler API', () => {
  let scheduler: TestScheduler;
  beforeEach(async () => {
    scheduler = await startScheduler({ publish: async () => [] });
  });
  afterEach(() => scheduler.stop());

  const create = async (job: object = JOB) =>
    (await scheduler.client.createJob({ parent: PARENT, job }))[0];
  const get = async (name = NAME) => (await scheduler.client.getJob({ name }))[0];
  const raw = async (method: string, path: string, body?: object) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${scheduler.origin}/v1/${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('makes jobs with the defaults of the real one', async () => {
    await create();
    const { body } = await raw('GET', NAME);
    assert.deepEqual(body, {
      name: NAME,
      httpTarget: { uri: 'http://127.0.0.1:9/retrain', httpMethod: 'POST' },
      schedule: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      userUpdateTime: '2026-01-01T00:00:00.000Z',
      state: 'ENABLED',
      scheduleTime: '2026-01-01T02:00:00.000Z',
      retryConfig: {
        retryCount: 0,
        maxRetryDuration: '0s',
        minBackoffDuration: '5s',
        maxBackoffDuration: '3600s',
        maxDoublings: 5,
      },
      attemptDeadline: '180s',
    });
  });

  it('gives back to the client what it was given', async () => {
    const job = {
      ...JOB,
      description: 'trains a model',
      attemptDeadline: { seconds: 20, nanos: 500_000_000 },
      retryConfig: {
        retryCount: 3,
        minBackoffDuration: { seconds: 1 },
        maxBackoffDuration: { seconds: 60 },
        maxRetryDuration: { seconds: 600 },
        maxDoublings: 2,
      },
      httpTarget: {
        uri: 'https://example.com/x?y=1',
        httpMethod: 'PUT' as const,
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from('{"a":1}'),
        oidcToken: { serviceAccountEmail: 'a@b.c', audience: 'https://example.com' },
      },
    };
    await create(job);
    const found = await get();
    assert.equal(found.description, 'trains a model');
    assert.equal(found.state, 'ENABLED');
    assert.deepEqual([found.attemptDeadline?.seconds, found.attemptDeadline?.nanos].map(String), [
      '20',
      '500000000',
    ]);
    assert.equal(found.retryConfig?.retryCount, 3);
    assert.equal(String(found.retryConfig?.maxRetryDuration?.seconds), '600');
    assert.equal(found.httpTarget?.httpMethod, 'PUT');
    assert.equal(String(found.httpTarget?.body), '{"a":1}');
    assert.deepEqual(found.httpTarget?.headers, { 'Content-Type': 'application/json' });
    assert.equal(found.httpTarget?.oidcToken?.audience, 'https://example.com');
  });

  it('makes up a name where there is none, and refuses one that is taken', async () => {
    const { name: _, ...nameless } = JOB;
    assert.equal((await create(nameless)).name, `${PARENT}/jobs/generated-0`);
    await create();
    await assert.rejects(create(), code(6, /already exists/));
  });

  for (const [what, change, message] of [
    ['another parent', { name: 'projects/q/locations/us-central1/jobs/x' }, /Job name must be/],
    ['a name with a point', { name: `${PARENT}/jobs/a.b` }, /Job name must be/],
    ['no schedule', { schedule: '' }, /job.schedule/],
    ['a schedule that is none', { schedule: 'now' }, /Schedule or time zone is invalid/],
    ['a time zone that is none', { timeZone: 'Mars' }, /Schedule or time zone is invalid/],
    ['no target', { httpTarget: undefined }, /exactly one target/],
    [
      'two targets',
      { pubsubTarget: { topicName: 'projects/p/topics/t', data: 'aGk=' } },
      /exactly one target/,
    ],
    [
      'another protocol',
      { httpTarget: { uri: 'ftp://x' } },
      /job.httpTarget.uri: must begin with http/,
    ],
    [
      'a body on GET',
      { httpTarget: { uri: 'http://x', httpMethod: 'GET', body: 'aGk=' } },
      /goes with POST/,
    ],
    [
      'a short deadline',
      { attemptDeadline: '14s' },
      /job.attemptDeadline: is between 15s and 1800s/,
    ],
    ['a duration that is none', { attemptDeadline: '3 minutes' }, /job.attemptDeadline/],
    ['many retries', { retryConfig: { retryCount: 6 } }, /job.retryConfig.retryCount/],
    [
      'a minimum above the maximum',
      { retryConfig: { minBackoffDuration: '9s', maxBackoffDuration: '5s' } },
      /minBackoffDuration is above/,
    ],
    ['an unknown field', { scedule: '* * * * *' }, /scedule/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { status, body } = await raw('POST', `${PARENT}/jobs`, { ...JOB, ...change });
      assert.equal(status, 400);
      const { error } = body as { error: { message: string; status: string } };
      assert.equal(error.status, 'INVALID_ARGUMENT');
      assert.match(error.message, message);
      assert.deepEqual((await raw('GET', `${PARENT}/jobs`)).body, { jobs: [] });
    });
  }

  it('refuses a Pub/Sub message of nothing, and topics that are none', async () => {
    const { httpTarget: _, ...job } = JOB;
    const pubsub = (target: object) =>
      raw('POST', `${PARENT}/jobs`, { ...job, pubsubTarget: target });
    assert.equal((await pubsub({ topicName: 'projects/p/topics/t' })).status, 400);
    assert.equal((await pubsub({ topicName: 't', data: 'aGk=' })).status, 400);
    assert.equal((await pubsub({ topicName: 'projects/p/topics/t', data: 'aGk=' })).status, 200);
  });

  it('refuses by name what it does not do', async () => {
    const post = (change: object) => raw('POST', `${PARENT}/jobs`, { ...JOB, ...change });
    const uri = 'http://x';
    for (const [change, message] of [
      [{ httpTarget: undefined, appEngineHttpTarget: {} }, /App Engine/],
      [{ httpTarget: { uri, oauthToken: {} } }, /OAuth/],
      [{ schedule: 'every 5 minutes' }, /English-like/],
    ] as const) {
      const { status, body } = await post(change);
      assert.equal(status, 501);
      assert.match((body.error as Error).message, message);
    }
    const without = await startScheduler();
    const target = { topicName: 'projects/p/topics/t', data: Buffer.from('x') };
    const job = { schedule: '* * * * *', pubsubTarget: target };
    await assert.rejects(without.client.createJob({ parent: PARENT, job }), code(12, /Pub\/Sub/));
    await without.stop();
  });

  it('lists the jobs of a location, in pages', async () => {
    for (const id of ['c', 'a', 'b']) await create({ ...JOB, name: `${PARENT}/jobs/${id}` });
    const [jobs] = await scheduler.client.listJobs({ parent: PARENT });
    assert.deepEqual(
      jobs.map(({ name }) => name?.split('/').at(-1)),
      ['a', 'b', 'c'],
    );
    const first = await raw('GET', `${PARENT}/jobs?pageSize=2`);
    const second = await raw(
      'GET',
      `${PARENT}/jobs?pageSize=2&pageToken=${first.body.nextPageToken}`,
    );
    assert.deepEqual(
      [first, second].map(({ body }) => (body.jobs as unknown[]).length),
      [2, 1],
    );
    assert.equal(second.body.nextPageToken, undefined);
    const [none] = await scheduler.client.listJobs({ parent: 'projects/p/locations/europe-west1' });
    assert.deepEqual(none, []);
  });

  it('changes what the mask names, or all', async () => {
    await create({ ...JOB, description: 'old', retryConfig: { retryCount: 2 } });
    await scheduler.clock.advance(1000);
    const paths = ['schedule', 'http_target.uri', 'description'];
    const job = { name: NAME, schedule: '30 4 * * *', httpTarget: { uri: 'http://new' } };
    const [masked] = await scheduler.client.updateJob({ job, updateMask: { paths } });
    assert.equal(masked.schedule, '30 4 * * *');
    assert.equal(masked.httpTarget?.uri, 'http://new');
    assert.equal(masked.description, '');
    assert.equal(masked.retryConfig?.retryCount, 2);
    assert.equal(masked.timeZone, 'Europe/Berlin');
    assert.equal((await raw('GET', NAME)).body.scheduleTime, '2026-01-01T03:30:00.000Z');
    const [whole] = await scheduler.client.updateJob({ job });
    assert.deepEqual([whole.retryConfig?.retryCount, whole.timeZone], [0, 'Etc/UTC']);
    const bad = { ...job, schedule: 'x' };
    await assert.rejects(scheduler.client.updateJob({ job: bad }), code(3));
    assert.equal((await get()).schedule, '30 4 * * *');
    const none = { ...job, name: `${PARENT}/jobs/none` };
    await assert.rejects(scheduler.client.updateJob({ job: none }), code(5, /Job not found/));
  });

  it('merges headers under a mask, and takes away what the change does not have', async () => {
    const oidcToken = { serviceAccountEmail: 'a@b.c' };
    await create({
      ...JOB,
      httpTarget: { uri: 'http://x', headers: { A: '1', B: '2' }, oidcToken },
    });
    const patch = async (updateMask: string, httpTarget: object) =>
      (await raw('PATCH', `${NAME}?updateMask=${updateMask}`, { httpTarget })).body.httpTarget;
    const base = { uri: 'http://x', httpMethod: 'POST' };
    const merged = await patch('httpTarget.headers', { headers: { A: null, C: '3' } });
    assert.deepEqual(merged, { ...base, headers: { B: '2', C: '3' }, oidcToken });
    const token = 'httpTarget.oidcToken.serviceAccountEmail,httpTarget.oauthToken.scope';
    assert.deepEqual(await patch(token, {}), { ...base, headers: { B: '2', C: '3' } });
    assert.deepEqual(await patch('httpTarget.headers', {}), base);
  });

  it('pauses and resumes, each from the other', async () => {
    await create();
    const [paused] = await scheduler.client.pauseJob({ name: NAME });
    assert.deepEqual([paused.state, paused.scheduleTime], ['PAUSED', null]);
    await assert.rejects(scheduler.client.pauseJob({ name: NAME }), code(9, /must be ENABLED/));
    const [resumed] = await scheduler.client.resumeJob({ name: NAME });
    assert.equal(resumed.state, 'ENABLED');
    await assert.rejects(scheduler.client.resumeJob({ name: NAME }), code(9, /must be PAUSED/));
  });

  it('deletes, and does not find what is not there', async () => {
    await create();
    await scheduler.client.deleteJob({ name: NAME });
    for (const method of ['getJob', 'deleteJob', 'pauseJob', 'resumeJob', 'runJob'] as const) {
      await assert.rejects(scheduler.client[method]({ name: NAME }), code(5, /Job not found/));
    }
  });

  it('keeps jobs over a restart, and makes up for no run that was missed', async () => {
    const documents = memoryDocuments();
    const before = await startScheduler({ documents });
    const { client } = before;
    await client.createJob({ parent: PARENT, job: { ...JOB, timeZone: 'UTC' } });
    const paused = { ...JOB, name: `${PARENT}/jobs/paused` };
    await client.createJob({ parent: PARENT, job: paused });
    await client.pauseJob({ name: paused.name });
    await before.clock.advanceTo('2026-01-01T04:00:00Z');
    assert.deepEqual(before.times(), ['2026-01-01 03:00']);
    await before.stop();
    await before.clock.advanceTo('2026-01-05T00:00:00Z');
    assert.equal(before.sent.length, 1, 'nothing runs after stop');
    const after = await startScheduler({ documents, start: '2026-01-05T12:00:00Z' });
    const [job] = await after.client.getJob({ name: NAME });
    assert.equal(
      new Date(Number(job.lastAttemptTime?.seconds) * 1000).toISOString(),
      '2026-01-01T03:00:00.000Z',
    );
    assert.equal((await after.client.getJob({ name: paused.name }))[0].state, 'PAUSED');
    await after.clock.advanceTo('2026-01-06T12:00:00Z');
    assert.deepEqual(after.times(), ['2026-01-06 03:00']);
    await after.stop();
  });
});
