/** What there is to read after two retrainings, a decision and a refused record: rows in every view. */
import assert from 'node:assert/strict';
import { query, seedRows, useLender } from '../../functions/support/lender.ts';
import { retrained } from '../../functions/support/retrained.ts';
import { AS_OF, loanRows } from '../../functions/support/rows.ts';

/** Of the portfolio: what retraining writes, and what was ingested. */
const OF_RETRAINING = [
  'applications',
  'calibration',
  'calibration_line',
  'confusion',
  'curves',
  'evaluation',
  'feature_importance',
  'gains',
  'global_explanations',
  'outcomes',
  'score_distribution',
  'training_jobs',
  'training_runs',
];
const OF_DECISIONS = ['champion_challenger', 'refusals'];
const COMMON = [
  'decision_arms',
  'decision_rules',
  'decisions',
  'gates',
  'registry_history',
  'swap_sets',
];

describe('the views after two retrainings', () => {
  const lender = useLender();
  const versions: string[] = [];
  before(async () => {
    await seedRows(lender, loanRows(1200));
    for (const asOf of [AS_OF, '2026-06-12T00:00:00Z']) {
      versions.push((await retrained(lender, asOf)).version);
    }
    const insert = (dataset: string, table: string, row: object) =>
      lender.bigquery.dataset(dataset).table(table).insert([row]);
    const bands = ['review', 'decline'].map((outcome, i) => ({
      rule: `standard.${outcome}`,
      kind: 'band',
      state: 'not_hit',
      hit: false,
      figure: 0.1,
      threshold: [0.2, 0.4][i],
    }));
    await insert('flit', 'decisions', {
      decision_id: 'd-1',
      portfolio: 'loans',
      application_id: 'l-1000',
      entity_id: 'c-1',
      decided_at: '2026-06-13T10:00:00Z',
      outcome: 'approve',
      pd: 0.1,
      arm: 'champion',
      model_version: versions[1],
      policy_version: 'p',
      scores: [{ version: versions[0], role: 'shadow', probability: 0.3, pd: 0.3 }],
      rules: bands,
      expected_loss: 10,
      currency: 'EUR',
      request: '{}',
    });
    await insert('flit_loans', 'quarantine', {
      quarantine_id: 'q-1',
      stream: 'applications',
      record: '{}',
      faults: [{ pointer: '/amount', problem: 'is no number' }],
      _ingest_run: 'r-1',
      _ingested_at: '2026-06-13T00:00:00Z',
    });
  });

  const views = [
    ...[...OF_RETRAINING, ...OF_DECISIONS].map((name) => `flit_views_loans.${name}`),
    ...COMMON.map((name) => `flit_views.${name}`),
  ];
  for (const view of views) {
    it(`${view} has rows`, async () => {
      const rows = await query(lender, `SELECT * FROM ${view} LIMIT 3`);
      assert.ok(rows.length > 0);
    });
  }

  it('tell the two versions apart', async () => {
    for (const view of ['calibration', 'calibration_line', 'curves', 'evaluation', 'gains']) {
      const found = await query(
        lender,
        `SELECT DISTINCT version FROM flit_views_loans.${view} ORDER BY version`,
      );
      assert.deepEqual(
        found.map(({ version }) => version),
        versions,
        view,
      );
    }
  });

  it('have no figure of calibration that is off its own counts', async () => {
    const [row] = await query(
      lender,
      `SELECT
        COUNTIF(line.applications != evaluation.applications OR line.bad != evaluation.bad) AS differing,
        COUNTIF(line.slope BETWEEN line.slope_low AND line.slope_high) AS held,
        COUNT(*) AS versions
      FROM flit_views_loans.calibration_line AS line
      JOIN flit_views_loans.evaluation AS evaluation USING (version)`,
    );
    assert.deepEqual([row!.differing, row!.held, row!.versions], [0, 2, 2]);
  });
});
