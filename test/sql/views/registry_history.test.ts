/** The registry as analysts read it, from the events that the registry itself makes. */
import assert from 'node:assert/strict';
import { query, useLender } from '../../functions/support/lender.ts';

const event = (portfolio: string, name: string, at: string, changes: object = {}) => ({
  event_id: `${portfolio}/${name}`,
  portfolio,
  kind: 'promoted',
  occurred_at: at,
  actor: 'somebody',
  reason: 'a reason',
  ...changes,
});

describe('the view of the registry’s history', () => {
  const lender = useLender();

  before(() =>
    lender.bigquery
      .dataset('flit')
      .table('registry_events')
      .insert([
        event('loans', 'created', '2026-06-01T00:00:00Z', { kind: 'created' }),
        event('loans', 'deployment-5', '2026-06-01T00:00:01Z', { generation: 5 }),
        event('loans', 'deployment-5', '2026-06-01T00:00:01Z', { generation: 5 }),
        // By a clock that is behind.
        event('loans', 'deployment-7', '2026-05-31T00:00:00Z', { generation: 7 }),
        event('loans', 'deployment-9', '2026-06-03T00:00:00Z', { generation: 9 }),
        event('others', 'deployment-6', '2026-06-02T00:00:00Z', { generation: 6 }),
      ]),
  );

  it('has every event once, and how long each deployment was in force, generation by generation', async () => {
    const rows = await query(
      lender,
      'SELECT event_id, in_force_until FROM flit_views.registry_history ORDER BY event_id',
    );
    assert.deepEqual(
      rows.map(({ event_id, in_force_until }) => [
        event_id,
        (in_force_until as { value: string } | null)?.value,
      ]),
      [
        ['loans/created', undefined],
        ['loans/deployment-5', '2026-05-31T00:00:00.000Z'],
        ['loans/deployment-7', '2026-06-03T00:00:00.000Z'],
        ['loans/deployment-9', undefined],
        ['others/deployment-6', undefined],
      ],
    );
  });
});
