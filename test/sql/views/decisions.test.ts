import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PubSub } from '@google-cloud/pubsub';
import { query, useLender } from '../../functions/support/lender.ts';
import { eventually } from '../../functions/support/score.ts';
import { RESOURCES } from '../../start/provision.ts';

const COLUMNS: { name: string; description: string }[] = JSON.parse(
  readFileSync('sql/tables/decisions.json', 'utf8'),
);

const eventOf = (id: string, changes: object = {}) => ({
  decision_id: id,
  portfolio: 'loans',
  application_id: `application of ${id}`,
  entity_id: 'c-1',
  decided_at: '2026-06-12T00:00:00.000Z',
  outcome: 'decline',
  pd: 0.5,
  reasons: [{ code: 'M01', text: 'The amount is high.' }],
  policy_version: '2026-06-01',
  scores: [],
  rules: [
    { rule: 'too_large', kind: 'rule', state: 'not_hit', hit: false, figure: 500, threshold: 1000 },
  ],
  request: '{"amount":500}',
  ...changes,
});

describe('the view of decisions', () => {
  const lender = useLender();

  const rows = (what: string) => query(lender, what.replace('VIEW', 'flit_views.decisions'));

  before(async () => {
    const pubsub = new PubSub({ projectId: lender.projectId });
    const topic = pubsub.topic(RESOURCES.decisionsTopic);
    const publish = (json: object) => topic.publishMessage({ json });
    // Each in a publication of its own, one after the other.
    for (const copy of [1, 2, 3]) {
      await publish(eventOf('thrice'));
      if (copy === 2) await publish(eventOf('once'));
    }
    // A key that was used again after it had expired.
    await publish(eventOf('reused', { application_id: 'first' }));
    await publish(
      eventOf('reused', { application_id: 'second', decided_at: '2026-08-12T00:00:00.000Z' }),
    );
    await pubsub.close();
    await eventually(async () => {
      const [row] = await query(
        lender,
        "SELECT COUNT(*) AS n FROM flit.decisions WHERE decided_at >= '2000-01-01'",
      );
      return row!.n === 6 ? row : undefined;
    });
  });

  it('has a decision once, however often it came, and says how often', async () => {
    assert.deepEqual(
      await rows('SELECT decision_id, copies FROM VIEW ORDER BY decision_id, decided_at'),
      [
        { decision_id: 'once', copies: 1 },
        { decision_id: 'reused', copies: 1 },
        { decision_id: 'reused', copies: 1 },
        { decision_id: 'thrice', copies: 3 },
      ],
    );
  });

  it('has the copy that was published first', async () => {
    const [row] = await rows("SELECT recorded_at FROM VIEW WHERE decision_id = 'thrice'");
    const [first] = await query(
      lender,
      `SELECT MIN(publish_time) AS recorded_at FROM flit.decisions
       WHERE decided_at >= '2000-01-01' AND decision_id = 'thrice'`,
    );
    assert.deepEqual(row, first);
  });

  it('tells decisions of one id apart by their time', async () => {
    assert.deepEqual(
      await rows(
        `SELECT application_id FROM VIEW
         WHERE decision_id = 'reused' AND decided_at >= '2026-08-01'`,
      ),
      [{ application_id: 'second' }],
    );
  });

  it('has rows from before publication was noted, which count as the first', async () => {
    const { decision_id, decided_at } = eventOf('once');
    await query(
      lender,
      `INSERT INTO flit.decisions (
         decision_id, portfolio, application_id, entity_id, decided_at, outcome, policy_version, request
       ) VALUES ('${decision_id}', 'loans', 'old', 'c-1', '${decided_at}', 'review', 'p', '{}')`,
    );
    assert.deepEqual(
      await rows("SELECT application_id, recorded_at, copies FROM VIEW WHERE decision_id = 'once'"),
      [{ application_id: 'old', recorded_at: null, copies: 2 }],
    );
  });

  it('has every column of the table, but for what Pub/Sub writes', async () => {
    const [row] = await rows("SELECT * FROM VIEW WHERE decision_id = 'thrice'");
    const own = COLUMNS.filter(({ description }) => !description.startsWith('Written by Pub/Sub'));
    assert.deepEqual(
      Object.keys(row!).sort(),
      [...own.map(({ name }) => name), 'recorded_at', 'copies'].sort(),
    );
    const { reasons, request } = eventOf('thrice');
    assert.deepEqual([row!.reasons, row!.request], [reasons, request]);
  });
});
