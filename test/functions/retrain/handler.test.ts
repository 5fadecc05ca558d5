/** The function as Cloud Scheduler and people call it, over HTTP. */
import assert from 'node:assert/strict';
import { createRetrainHandler } from '../../../functions/retrain/handler.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { seedRows, useLender, writeSql } from '../support/lender.ts';
import { LOANS } from '../support/loans.ts';
import { keepLog } from '../support/log.ts';
import { post, type Served, serveFunction } from '../support/serve.ts';

describe('the function retrain', () => {
  const lender = useLender();
  const log = keepLog();
  let served: Served;
  before(async () => {
    await seedRows(lender);
    served = await serveFunction(createRetrainHandler(lender.environment, log));
  });
  after(() => served.stop());
  beforeEach(() => {
    log.lines.length = 0;
  });

  it('retrains as of the time that Cloud Scheduler meant, in the job’s name', async () => {
    const answer = await post(
      served.url,
      { portfolio: 'loans' },
      {
        'x-cloudscheduler-scheduletime': '2026-06-11T02:30:00Z',
        'x-cloudscheduler-jobname': 'retrain-loans',
      },
    );
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.version, 'v20260611_023000');
    assert.equal(answer.body.promotion, 'promoted');
    const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
    assert.equal(deployment.updated_by, 'retrain-loans');
    const [told] = log.of('retrained');
    assert.deepEqual(
      [told?.severity, told?.portfolio, told?.version],
      ['NOTICE', 'loans', 'v20260611_023000'],
    );
    for (const step of ['retraining', 'snapshot taken', 'training', 'judged', 'parity proven']) {
      assert.equal(log.of(step)[0]?.version, 'v20260611_023000', step);
    }
  });

  it('retains the version, its events and its run’s records, and neither the deployment nor the applications', async () => {
    const [files] = await lender.models.getFiles();
    const ends = new Map(files.map(({ name, metadata }) => [name, metadata.retention]));
    const version = 'models/loans/v20260611_023000/';
    for (const { name, metadata } of files.filter((file) => ends.get(file.name))) {
      const ms = Date.parse(ends.get(name)!.retainUntilTime!) - Date.parse(metadata.timeCreated!);
      assert.equal(Math.round(ms / 86_400_000), 2557, name);
    }
    const held = [...ends].filter(([, retention]) => retention).map(([name]) => name);
    const { bytes } = (await lender.objects.read(`${version}manifest.json`))!;
    const listed: { name: string }[] = JSON.parse(Buffer.from(bytes).toString()).files;
    const events = await lender.objects.list('models/loans/events/');
    const steps = await lender.objects.list('models/loans/runs/');
    assert.ok(listed.length >= 3 && events.length === 3 && steps.length > 8);
    assert.deepEqual(
      held.sort(),
      [
        ...listed.map(({ name }) => version + name),
        `${version}manifest.json`,
        ...events,
        ...steps,
      ].sort(),
    );
    const rest = [...ends.keys()].filter((name) => !held.includes(name));
    assert.deepEqual(rest.sort(), [
      'models/loans/deployment.json',
      `${version}parity/applications.ndjson`,
    ]);
  });

  it('answers the same when the same run is delivered again', async () => {
    const request = { portfolio: 'loans', as_of: '2026-06-11T04:30:00+02:00', actor: 'me' };
    const answer = await post(served.url, request);
    assert.equal(answer.body.version, 'v20260611_023000');
    assert.equal(answer.body.promotion, 'promoted');
    const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
    assert.equal(deployment.updated_by, 'retrain-loans');
  });

  const refused: [string, unknown, number, RegExp, string[]?][] = [
    ['no body', '', 400, /contract/, ['/portfolio']],
    ['a body that is no object', [7], 400, /contract/, ['']],
    [
      'an unknown portfolio',
      { portfolio: 'nothing', as_of: '2026-06-11T00:00:00Z' },
      404,
      /There is no portfolio "nothing"/,
    ],
    ['a name that is no portfolio’s', { portfolio: '../loans' }, 400, /contract/, ['/portfolio']],
    ['no time', { portfolio: 'loans' }, 400, /Say "as_of", or call through Cloud Scheduler/],
    [
      'a time without an offset, and an actor without a name',
      { portfolio: 'loans', as_of: '2026-06-11T00:00:00', actor: '' },
      400,
      /contract/,
      ['/as_of', '/actor'],
    ],
    [
      'too few labels',
      { portfolio: 'loans', as_of: '2026-04-12T00:00:00Z' },
      422,
      /bad and .* 50 of each/,
    ],
  ];
  for (const [title, body, status, detail, pointers] of refused) {
    it(`refuses ${title}`, async () => {
      const answer = await post(served.url, body);
      assert.equal(answer.status, status);
      assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/);
      assert.match(answer.body.detail, detail);
      const found = answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);
      if (pointers) assert.deepEqual(found, pointers);
    });
  }

  it('says which file of a portfolio cannot be used, and where', async () => {
    await writeSql(lender.sqlDirectory, {
      ...LOANS,
      'features.sql': 'SELECT amount +\nFROM input\n',
    });
    const request = { portfolio: 'loans', as_of: '2026-06-12T00:00:00Z' };
    const { status, body } = await post(served.url, request);
    assert.deepEqual([status, body.code], [500, 'portfolio_unusable']);
    assert.match(body.detail, /^loans\/features\.sql: .*\b2\b/);
  });
});
