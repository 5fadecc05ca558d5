/** The function as Cloud Scheduler and people call it, over HTTP. */
import assert from 'node:assert/strict';
import { createIngestHandler } from '../../../functions/ingest/handler.ts';
import { ConfigError } from '../../../shared/config.ts';
import { query, useLender } from '../support/lender.ts';
import { keepLog } from '../support/log.ts';
import { loanRows } from '../support/rows.ts';
import { post, type Served, serveFunction } from '../support/serve.ts';
import { records, refusal, startSource, type TestSource } from './source.ts';

describe('the function ingest', () => {
  const lender = useLender();
  const log = keepLog();
  let source: TestSource;
  let served: Served;
  before(async () => {
    source = await startSource();
    const environment = { ...lender.environment, SOURCE_URL: source.url };
    served = await serveFunction(createIngestHandler(environment, log));
  });
  after(async () => {
    await served.stop();
    await source.stop();
  });
  beforeEach(async () => {
    source.asked.length = 0;
    log.lines.length = 0;
    for (const name of Object.keys(source.scripts)) delete source.scripts[name];
    await query(lender, 'TRUNCATE TABLE ingested_days');
  });

  const askedDays = () =>
    source.asked.map(({ body }) => [body.start_date, body.end_date].join()).sort();

  it('brings the day before the scheduled time, and names the run after it', async () => {
    source.scripts.loans = records(loanRows(30).applications);
    const { status, body } = await post(
      served.url,
      { portfolio: 'loans' },
      { 'x-cloudscheduler-scheduletime': '2026-04-02T01:15:00Z' },
    );
    assert.equal(status, 200);
    assert.equal(body.run, '20260402T011500000');
    assert.deepEqual(body.range, { start: '2026-04-01', end: '2026-04-01' });
    assert.equal(body.applications.accepted, 30);
    assert.deepEqual(askedDays(), ['2026-04-01,2026-04-01', '2026-04-01,2026-04-01']);
    const runs = await query(
      lender,
      "SELECT DISTINCT _ingest_run AS run, FORMAT_TIMESTAMP('%FT%T', _ingested_at) AS due FROM applications WHERE asked_at >= '2000-01-01'",
    );
    assert.deepEqual(runs, [{ run: '20260402T011500000', due: '2026-04-02T01:15:00' }]);
  });

  it('brings the days that it is told', async () => {
    const days = { start_date: '2026-04-01', end_date: '2026-04-03' };
    const { status } = await post(served.url, { portfolio: 'loans', ...days });
    assert.equal(status, 200);
    // One to see how long a day takes, then as many as go into the time.
    const asked = ['2026-04-01,2026-04-01', '2026-04-02,2026-04-03'];
    assert.deepEqual(askedDays(), [asked[0], asked[0], asked[1], asked[1]]);
  });

  it('asks for no day twice, unless it is told to', async () => {
    const days = { start_date: '2026-04-01', end_date: '2026-04-02' };
    await post(served.url, { portfolio: 'loans', start_date: '2026-04-01' });
    source.asked.length = 0;
    const { body } = await post(served.url, { portfolio: 'loans', ...days });
    assert.deepEqual(body.days, { known: 1, ingested: 1, left: 0 });
    assert.deepEqual(askedDays(), ['2026-04-02,2026-04-02', '2026-04-02,2026-04-02']);
    const moment = new Date().toISOString();
    const again = await post(served.url, { portfolio: 'loans', ...days, again_before: moment });
    assert.deepEqual(again.body.days, { known: 0, ingested: 2, left: 0 });
    const repeated = await post(served.url, { portfolio: 'loans', ...days, again_before: moment });
    assert.deepEqual(repeated.body.days, { known: 2, ingested: 0, left: 0 });
  });

  it('catches up on days that were missed, once there was a first', async () => {
    const at = (time: string) => ({ 'x-cloudscheduler-scheduletime': time });
    await post(served.url, { portfolio: 'loans' }, at('2026-04-02T01:15:00Z'));
    source.asked.length = 0;
    await post(served.url, { portfolio: 'loans' }, at('2026-04-05T01:15:00Z'));
    const asked = ['2026-04-02,2026-04-02', '2026-04-03,2026-04-04'];
    assert.deepEqual(askedDays(), [asked[0], asked[0], asked[1], asked[1]]);
  });

  it('asks again for a day that was not over when it was asked for', async () => {
    const today = new Date().toISOString().slice(0, 10);
    await post(served.url, { portfolio: 'loans', start_date: today });
    const { body } = await post(served.url, { portfolio: 'loans', start_date: today });
    assert.deepEqual(body.days, { known: 0, ingested: 1, left: 0 });
  });

  it('takes a start alone for one day', async () => {
    await post(served.url, { portfolio: 'loans', start_date: '2026-04-01' });
    assert.deepEqual(askedDays(), ['2026-04-01,2026-04-01', '2026-04-01,2026-04-01']);
  });

  it('takes quarantine through the contract again', async () => {
    source.scripts.loans = records([{ ...loanRows(30).applications[0], amount: -1 }]);
    await post(served.url, { portfolio: 'loans', start_date: '2026-04-01' });
    const { status, body } = await post(`${served.url}/quarantine`, { portfolio: 'loans' });
    assert.equal(status, 200);
    assert.deepEqual(body.applications, { taken: 1, released: 0, still_refused: 1 });
    const wrong = await post(`${served.url}/quarantine`, { portfolio: 'loans', stream: 'all' });
    assert.equal(wrong.status, 400);
  });

  it('answers 202 when its time is over, and goes on when it is called again', async () => {
    const environment = { ...lender.environment, SOURCE_URL: source.url, TIMEOUT_SECONDS: '0' };
    const hurried = await serveFunction(createIngestHandler(environment, log));
    const days = { portfolio: 'loans', start_date: '2026-04-01', end_date: '2026-04-03' };
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await post(hurried.url, days));
    await hurried.stop();
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.state, body.days.left]),
      [
        [202, 'unfinished', 2],
        [202, 'unfinished', 1],
        [200, 'done', 0],
      ],
    );
  });

  const refused: [string, unknown, number, RegExp, string[]?][] = [
    ['no body', '', 400, /contract/, ['/portfolio']],
    ['a body that is no object', [1], 400, /contract/, ['']],
    ['an unknown portfolio', { portfolio: 'nothing' }, 404, /There is no portfolio "nothing"/],
    ['a name that is no portfolio’s', { portfolio: '../etc' }, 400, /contract/, ['/portfolio']],
    [
      'dates that do not exist',
      { portfolio: 'loans', start_date: '2026-02-30', end_date: 'soon' },
      400,
      /contract/,
      ['/start_date', '/end_date'],
    ],
    [
      'an end before the start',
      { portfolio: 'loans', start_date: '2026-04-02', end_date: '2026-04-01' },
      400,
      /start_date 2026-04-02 is after end_date 2026-04-01/,
    ],
    [
      'what the contract does not know',
      { portfolio: 'loans', date: '2026-04-01' },
      400,
      /contract/,
    ],
  ];
  for (const [title, body, status, detail, pointers] of refused) {
    it(`refuses ${title}, and asks the source for nothing`, async () => {
      const answer = await post(served.url, body);
      assert.equal(answer.status, status);
      assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/);
      assert.match(answer.body.detail, detail);
      const found = answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);
      if (pointers) assert.deepEqual(found, pointers);
      assert.deepEqual(source.asked, []);
    });
  }

  it('answers 503 and says why when the source fails, so that Cloud Scheduler tries again', async () => {
    source.scripts.loans = refusal(500, 'out of memory');
    const { status, body } = await post(served.url, { portfolio: 'loans' });
    assert.deepEqual([status, body.code], [503, 'unavailable']);
    assert.match(body.detail, /stream\/loans answered 500: out of memory/);
    assert.equal(log.of('request failed').length, 1);
  });

  it('does not start without its settings, and names each', () => {
    const { LANDING_BUCKET: _, ...environment } = lender.environment;
    const settings = { ...environment, SOURCE_URL: 'no url', SOURCE_PARAMETERS: '[1]' };
    assert.throws(
      () => createIngestHandler(settings, log),
      (error) =>
        error instanceof ConfigError &&
        [
          'LANDING_BUCKET is not set',
          'SOURCE_URL:',
          'SOURCE_PARAMETERS: must be a JSON object',
        ].every((part) => error.message.includes(part)),
    );
  });
});
