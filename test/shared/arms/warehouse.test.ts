/** Arms recomputed by an analyst: the view decision_arms, over random deployments and entities. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { assign } from '../../../shared/arms/arm.ts';
import type { Deployment } from '../../../shared/registry/deployment.ts';
import { fill } from '../../../shared/warehouse/sql.ts';
import { startBigQuery, type TestBigQuery } from '../../cloud/bigquery/testing.ts';

const REF = { version: 'v20260101_000000', manifest_sha256: '0'.repeat(64) };
const FIRST = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;

interface Case {
  readonly entity: string;
  readonly at: Date;
  readonly salt: string;
  readonly challenger: { share: number; steps: { from: string; share: number }[] } | null;
}

const text = (most: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength: most });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const moment = fc.integer({ min: 0, max: 10 * DAY });

const steps = fc
  .uniqueArray(fc.record({ from: moment, share }), { selector: ({ from }) => from, maxLength: 4 })
  .map((list) =>
    list
      .toSorted((a, b) => a.from - b.from)
      .map((step) => ({ ...step, from: new Date(FIRST + step.from).toISOString() })),
  );

const cases: fc.Arbitrary<Case> = fc.record({
  entity: text(40),
  at: moment.map((ms) => new Date(FIRST + ms)),
  salt: text(20),
  challenger: fc.option(fc.record({ share, steps })),
});

const deploymentOf = ({ salt, challenger }: Case): Deployment => ({
  portfolio: 'bnpl',
  champion: REF,
  challenger: challenger && { ...REF, ...challenger },
  shadows: [],
  salt,
  kill_switch: false,
  updated_at: '2026-01-01T00:00:00.000Z',
  updated_by: 'test',
  reason: 'test',
});

/** The deployment of each case as a row of registry_events, … */
const deploymentRow = ({ salt, challenger }: Case, i: number) => ({
  event_id: `deployment-${i}`,
  portfolio: 'bnpl',
  kind: 'split',
  occurred_at: '2026-01-01T00:00:00Z',
  actor: 'test',
  reason: 'test',
  generation: i + 1,
  champion: REF.version,
  challenger: challenger && REF.version,
  share: challenger?.share,
  steps: challenger?.steps.map(({ from, share }) => ({ begins_at: from, share })) ?? [],
  salt,
});

/** … and its decision as one of decisions. */
const decisionRow = ({ entity, at }: Case, i: number) => ({
  decision_id: String(i),
  portfolio: 'bnpl',
  application_id: 'a',
  entity_id: entity,
  decided_at: at.toISOString(),
  outcome: 'approve',
  arm: 'champion',
  policy_version: 'p',
  deployment_generation: i + 1,
  request: '{}',
});

describe('arms in the warehouse', () => {
  let warehouse: TestBigQuery;
  const DATASETS = { flit: '`flit`', views: '`flit_views`' };
  const view = fill(readFileSync('sql/views/decision_arms.sql', 'utf8'), DATASETS);

  before(async () => {
    warehouse = await startBigQuery();
    for (const name of ['flit', 'flit_views']) await warehouse.client.createDataset(name);
    const bucket = readFileSync('sql/routines/arm_bucket.sql', 'utf8');
    await warehouse.client.query(fill(bucket, { views: DATASETS.views }));
  });
  after(() => warehouse.stop());

  const load = async (table: string, rows: readonly object[]) => {
    const dataset = warehouse.client.dataset('flit');
    await dataset.table(table).delete({ ignoreNotFound: true });
    const fields = JSON.parse(readFileSync(`sql/tables/${table}.json`, 'utf8'));
    await dataset.createTable(table, { schema: { fields } });
    if (rows.length > 0) await dataset.table(table).insert([...rows]);
  };

  /** The view's rows by decision. */
  const recompute = async (decisions: readonly object[], deployments: readonly object[]) => {
    await load('decisions', decisions);
    await load('registry_events', deployments);
    const [rows] = await warehouse.client.query({ query: view });
    // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects in a row.
    return new Map<string, any>(rows.map((row) => [row.decision_id, row]));
  };

  it('are those of the decision service: bucket, share and arm to the bit, for any entity and salt', async () => {
    const batches = fc.array(cases, { minLength: 200, maxLength: 200 });
    const property = fc.asyncProperty(batches, async (batch) => {
      const found = await recompute(batch.map(decisionRow), batch.map(deploymentRow));
      assert.equal(found.size, batch.length);
      batch.forEach((one, i) => {
        const { arm, share, bucket } = assign(one.entity, deploymentOf(one), one.at);
        const row = found.get(String(i));
        assert.equal(row.bucket, bucket, JSON.stringify(one));
        assert.equal(row.share, share, JSON.stringify(one));
        assert.equal(row.arm_by_hash, arm);
        assert.equal(row.deployment_known, true);
      });
    });
    await fc.assert(property, { numRuns: 5 });
  });

  it('are known as unknown where the deployment is, and left out where no model decided', async () => {
    const one: Case = { entity: 'e', at: new Date(FIRST), salt: 's', challenger: null };
    const byPolicy = { ...decisionRow(one, 1), arm: null, deployment_generation: null };
    const found = await recompute([decisionRow(one, 0), byPolicy], []);
    assert.deepEqual([...found.keys()], ['0']);
    assert.equal(found.get('0').deployment_known, false);
    assert.equal(found.get('0').bucket, null);
  });

  it('count a deployment once that was copied twice', async () => {
    const one: Case = {
      entity: 'e',
      at: new Date(FIRST),
      salt: 's',
      challenger: { share: 1, steps: [] },
    };
    const deployment = deploymentRow(one, 0);
    await load('decisions', [decisionRow(one, 0)]);
    await load('registry_events', [deployment, deployment]);
    const [rows] = await warehouse.client.query({ query: view });
    assert.equal(rows.length, 1);
    assert.equal(rows[0].arm_by_hash, 'challenger');
  });
});
