/** What the watch does about what it finds: missed jobs are told, and a retraining is started, once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDriftHandler } from '../../../functions/drift/handler.ts';
import { handToScheduler } from '../../start/stages.ts';
import { query, useLender } from '../support/lender.ts';
import { LOANS } from '../support/loans.ts';
import { keepLog } from '../support/log.ts';
import { post, type Served, serveFunction } from '../support/serve.ts';

const WATCHED = {
  ...LOANS,
  'portfolio.json': {
    ...LOANS['portfolio.json'],
    alerts: { jobs: { ingest: 26, retrain: 192, drift: 26 } },
    retraining: { kinds: { job: 'critical' as const } },
  },
};

const FIRST = '2026-06-10T05:30:00.000Z';
const SECOND = '2026-06-11T05:30:00.000Z';
const LATE = '2026-06-13T05:30:00.000Z';

describe('the function drift, about what it finds,', () => {
  const lender = useLender(WATCHED);
  const log = keepLog();
  let served: Served;
  const calls: unknown[] = [];
  const retrain = createServer((request, response) => {
    calls.push(request.headers['x-cloudscheduler-jobname']);
    response.end('{}');
  });

  before(async () => {
    retrain.listen(0, '127.0.0.1');
    await once(retrain, 'listening');
    const url = `http://127.0.0.1:${(retrain.address() as AddressInfo).port}`;
    await handToScheduler(lender.projectId, 'loans', { retrain: url });
    served = await serveFunction(createDriftHandler(lender.environment, log));
  });
  after(async () => {
    await served.stop();
    retrain.closeAllConnections();
    retrain.close();
  });

  const look = async (as_of: string) => {
    const { status, body } = await post(served.url, { portfolio: 'loans', as_of });
    assert.equal(status, 200);
    return body;
  };
  const jobAlerts = async (as_of: string) =>
    (
      await query(
        lender,
        `SELECT subject, severity, state FROM flit.alerts
         WHERE occurred_at = TIMESTAMP '${as_of}' AND kind = 'job' ORDER BY subject`,
      )
    ).map(({ subject, severity, state }) => `${subject} ${severity} ${state}`);

  it('tells of jobs that left no trace, and has the portfolio retrained as its policy asks', async () => {
    const { retraining } = await look(FIRST);
    assert.equal(retraining.state, 'started');
    assert.deepEqual(retraining.cause, { job: 'critical' });
    assert.deepEqual(await jobAlerts(FIRST), [
      'ingest-loans critical raised',
      'retrain-loans critical raised',
    ]);
    while (calls.length === 0) await once(retrain, 'request');
    const rows = await query(
      lender,
      "SELECT job, breaches FROM flit.retrainings WHERE asked_at >= '2026-01-01'",
    );
    assert.deepEqual(rows, [{ job: 'retrain-loans', breaches: 2 }]);
  });

  it('does neither again when the run is repeated, twice at a time', async () => {
    for (const body of await Promise.all([look(FIRST), look(FIRST)])) {
      assert.deepEqual([body.alerts, body.retraining.state], [0, 'started before']);
    }
    assert.deepEqual(calls, ['retrain-loans']);
  });

  it('tells that it is over when they have left one again', async () => {
    const { bigquery } = lender;
    const records = { received: 1, accepted: 1, quarantined: 0, digest: 'd' };
    await bigquery
      .dataset('flit_loans')
      .table('ingested_days')
      .insert({
        ...records,
        day: '2026-06-10T00:00:00Z',
        stream: 'applications',
        _ingest_run: 'r',
        _ingested_at: '2026-06-11T01:15:00Z',
      });
    const event = { portfolio: 'loans', actor: 'retrain-loans', reason: 'made' };
    await bigquery
      .dataset('flit')
      .table('registry_events')
      .insert({
        ...event,
        event_id: 'loans/v20260610_053000-created',
        kind: 'created',
        occurred_at: '2026-06-10T05:40:00Z',
      });
    const { retraining } = await look(SECOND);
    assert.equal(retraining.state, 'not asked for');
    assert.deepEqual(await jobAlerts(SECOND), [
      'ingest-loans critical over',
      'retrain-loans critical over',
    ]);
  });

  it('misses its own runs too', async () => {
    await look(LATE);
    assert.deepEqual(await jobAlerts(LATE), [
      'drift-loans warning raised',
      'ingest-loans critical raised',
    ]);
  });
});
