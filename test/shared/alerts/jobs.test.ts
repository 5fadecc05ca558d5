import assert from 'node:assert/strict';
import { missedJobs } from '../../../shared/alerts/jobs.ts';
import { day } from './breaches.ts';

const WATCHED = {
  id: 'loans',
  alerts: { jobs: { ingest: 26, retrain: 192, drift: 26 } },
};
const AT = day(10);
const hoursAgo = (hours: number) => new Date(AT.getTime() - hours * 3_600_000);

const missed = (ingest: Date | null, retrain: Date | null, drift: Date | null) =>
  missedJobs(
    WATCHED,
    new Map([
      ['ingest', ingest],
      ['retrain', retrain],
      ['drift', drift],
    ]),
    AT,
  ).map(({ subject, severity, figure }) => `${subject} ${severity} ${figure}`);

describe('jobs that did not run', () => {
  it('are none while each has left a trace in time', () => {
    assert.deepEqual(missed(hoursAgo(26), hoursAgo(192), hoursAgo(26)), []);
    assert.deepEqual(missed(hoursAgo(-5), hoursAgo(0), hoursAgo(1)), []);
  });

  it('are those whose last trace is too old; twice too old is critical', () => {
    assert.deepEqual(missed(hoursAgo(27), hoursAgo(385), hoursAgo(53)), [
      'ingest-loans warning 27',
      'retrain-loans critical 385',
      'drift-loans critical 53',
    ]);
  });

  it('are those that never left one, but for the watch itself at its first run', () => {
    assert.deepEqual(missed(null, null, null), [
      'ingest-loans critical null',
      'retrain-loans critical null',
    ]);
  });

  it('are looked for where the portfolio says how often they run', () => {
    assert.deepEqual(missedJobs({ id: 'loans' }, new Map(), AT), []);
  });

  it('are told in a sentence', () => {
    const traces = new Map([['ingest', hoursAgo(30)] as const]);
    const [breach] = missedJobs({ id: 'loans', alerts: { jobs: { ingest: 26 } } }, traces, AT);
    assert.equal(
      breach!.text,
      'ingest-loans has left no trace since 2026-06-09T18:00:00.000Z; it should every 26 hours.',
    );
  });
});
