/** What a retraining keeps of its evaluation, and what the views make of it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keepEvaluation } from '../../../functions/retrain/evaluate.ts';
import { planRun } from '../../../functions/retrain/plan.ts';
import { run } from '../../../functions/retrain/run.ts';
import { calibrator } from '../../../shared/bridge/calibration.ts';
import { findBundle } from '../../../shared/bundle/bundle.ts';
import type { Manifest } from '../../../shared/bundle/manifest.ts';
import { createReader } from '../../../shared/policy/columns.ts';
import { createPolicies } from '../../../shared/policy/versions.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import { findPortfolio, type Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { datasetOf } from '../../../shared/warehouse/names.ts';
import { rowOf } from '../../shared/features/arbitrary_rows.ts';
import { provision } from '../../start/provision.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { LOANS, POLICY_VERSION, withPolicy } from '../support/loans.ts';
import { retrainContext } from '../support/retrained.ts';
import { AS_OF, loanRows } from '../support/rows.ts';

const VERSION = 'v20260611_000000';
const LATER = 'v20260612_000000';

/** Cut-offs of every form; those of the second version are not in force yet. */
const FILES = withPolicy(
  LOANS,
  [
    {
      ...POLICY_VERSION,
      version: 'in-force',
      cut_offs: [
        {
          name: 'new_and_large',
          when: {
            segments: ['newcomer'],
            at_least: { amount: 5000 },
            below: { amount: 20_000, days: 1500 },
          },
          review_from: 0.1,
          decline_from: 0.2,
        },
        { name: 'standard', review_from: 0.25, decline_from: 0.45 },
      ],
    },
    { ...POLICY_VERSION, version: 'to-come', effective_from: '2026-06-30T00:00:00Z' },
  ],
  ['NOT is_customer AS newcomer'],
);

const STORED = "SELECT * FROM evaluations WHERE as_of >= '2000-01-01'";

describe('what a retraining keeps of its evaluation', () => {
  const lender = useLender(FILES);
  let manifest: Manifest;
  const retrain = (asOf: string) =>
    run(retrainContext(lender), { asOf: new Date(asOf), actor: 'test' });

  before(async () => {
    await seedRows(lender);
    await retrain(AS_OF);
    manifest = (await findBundle(lender.objects, 'loans', VERSION))!.manifest;
  });

  it('is every application of the test once, with its label and the PD that would be served', async () => {
    const kept = await query(lender, `${STORED} ORDER BY application_id`);
    const tested = await query(
      lender,
      `SELECT application_id, defaulted, probability FROM predictions_${VERSION}
       WHERE role = 'TEST' ORDER BY application_id`,
    );
    assert.equal(kept.length, manifest.metrics.rows);
    assert.deepEqual(
      kept.map(({ application_id, defaulted, probability }) => ({
        application_id,
        defaulted,
        probability,
      })),
      tested,
    );
    const { calibration } = manifest;
    assert.ok(calibration.kind === 'platt');
    const pdOf = calibrator(calibration);
    for (const { probability, pd } of kept) {
      const p = probability as number;
      assert.ok(Math.abs((pd as number) - pdOf(Math.log(p / (1 - p)))) < 1e-12);
    }
    assert.deepEqual(new Set(kept.map(({ validation }) => validation)), new Set(['out_of_time']));
  });

  it('has with each the cut-off that was in force for it', async () => {
    const kept = await query(lender, STORED);
    const records = new Map(loanRows().applications.map((record) => [record.loan_id, record]));
    const names = new Set<unknown>();
    for (const row of kept) {
      const { amount, is_customer, term_months } = records.get(row.application_id as string)!;
      const held =
        !is_customer &&
        (amount as number) >= 5000 &&
        (amount as number) < 20_000 &&
        30 * (term_months as number) < 1500;
      assert.deepEqual(
        [row.policy_version, row.cut_off, row.review_from, row.decline_from],
        ['in-force', ...(held ? ['new_and_large', 0.1, 0.2] : ['standard', 0.25, 0.45])],
      );
      names.add(row.cut_off);
    }
    assert.equal(names.size, 2);
  });

  it('gives a view the very metrics of the manifest, and every view of it rows', async () => {
    const [found, ...more] = await query(lender, 'SELECT * FROM flit_views_loans.evaluation');
    assert.equal(more.length, 0);
    assert.equal(found!.registered, true);
    const { rows, ...metrics } = manifest.metrics;
    for (const [name, figure] of Object.entries({ applications: rows, ...metrics })) {
      assert.ok(Math.abs((found![name] as number) - figure) < 1e-9, name);
    }
    for (const view of ['curves', 'confusion', 'calibration', 'gains', 'score_distribution']) {
      const held = await query(lender, `SELECT * FROM flit_views_loans.${view}`);
      assert.ok(held.length > 1, view);
    }
    const gates = await query(
      lender,
      `SELECT gate, figure, gate_limit, passed, why, verdict, figure_low, figure_high,
         applications, p_value
       FROM flit_views.gates
       WHERE portfolio = 'loans' AND version = '${VERSION}'`,
    );
    const byName = (a: { gate?: unknown }, b: { gate?: unknown }) =>
      String(a.gate) < String(b.gate) ? -1 : 1;
    assert.deepEqual(
      gates.sort(byName),
      manifest.gates
        .map(({ limit, interval, n, p_value, ...gate }) => ({
          ...gate,
          gate_limit: limit,
          figure_low: interval?.[0] ?? null,
          figure_high: interval?.[1] ?? null,
          applications: n ?? null,
          p_value: p_value ?? null,
        }))
        .sort(byName),
    );
  });

  it('comes with what the run took, job by job and in all', async () => {
    const jobs = await query(lender, 'SELECT * FROM flit_views_loans.training_jobs');
    const steps = jobs.map(({ step }) => step);
    for (const step of ['snapshot', `train-model_${VERSION}`, 'predictions', 'evaluations']) {
      assert.equal(steps.filter((one) => one === step).length, 1, step);
    }
    const sums = { bytes_processed: 0, bytes_billed: 0, slot_ms: 0 };
    for (const row of jobs) {
      const [metadata] = await lender.bigquery
        .job(row.job_id as string, { location: 'US' })
        .getMetadata();
      const { startTime, endTime, totalBytesProcessed, totalSlotMs, query } = metadata.statistics;
      const expected = {
        bytes_processed: Number(totalBytesProcessed ?? 0),
        bytes_billed: Number(query?.totalBytesBilled ?? 0),
        slot_ms: Number(totalSlotMs),
      };
      for (const [name, figure] of Object.entries(expected)) {
        assert.equal(row[name], figure, `${row.step}: ${name}`);
        sums[name as keyof typeof sums] += figure;
      }
      assert.equal(row.seconds, (endTime - startTime) / 1000);
      assert.equal(row.failure, null);
    }
    const [found, ...more] = await query(lender, 'SELECT * FROM flit_views_loans.training_runs');
    assert.equal(more.length, 0);
    const { bytes_processed, bytes_billed, slot_ms } = found!;
    assert.deepEqual({ bytes_processed, bytes_billed, slot_ms }, sums);
    assert.deepEqual([found!.jobs, found!.failed_jobs], [jobs.length, 0]);
    assert.ok(sums.bytes_billed > 0 && (found!.training_seconds as number) > 0);
    assert.equal(found!.verdict, 'no gate refused it; not measurable: champion');
    const timeOf = (moment: unknown) => (moment as { value: string }).value;
    assert.equal(timeOf(found!.registered_at), new Date(AS_OF).toISOString());
    assert.equal(timeOf(found!.first_promoted_at), new Date(AS_OF).toISOString());
  });

  it('stays as it is when the run is repeated, and beside that of the next version', async () => {
    const before = await query(lender, `${STORED} ORDER BY application_id`);
    await retrain(AS_OF);
    await retrain('2026-06-12T00:00:00Z');
    const after = await query(
      lender,
      `${STORED} AND version = '${VERSION}' ORDER BY application_id`,
    );
    assert.deepEqual(after, before);
    const versions = await query(
      lender,
      'SELECT version, applications FROM flit_views_loans.evaluation ORDER BY version',
    );
    const later = (await findBundle(lender.objects, 'loans', LATER))!.manifest;
    assert.deepEqual(versions, [
      { version: VERSION, applications: manifest.metrics.rows },
      { version: LATER, applications: later.metrics.rows },
    ]);
  });
});

describe('the cut-offs of the portfolios of sql/', () => {
  const lender = useLender();

  for (const id of ['bnpl', 'cards']) {
    it(`are those that the policy applies, for any application of ${id}`, async () => {
      const portfolio = await findPortfolio('sql', id);
      await provision(lender.projectId, portfolio);
      const plan = planRun(portfolio, new Date('2026-11-21T00:00:00Z'));
      const applications = someApplications(portfolio, plan.until.getTime() - 3_600_000);
      const tables = lender.bigquery.dataset(datasetOf(id));
      await tables.table('applications').insert(applications);
      await lender.bigquery.query({
        query: `CREATE TABLE ${datasetOf(id)}.${plan.tables.predictions} AS
          SELECT application_id, CURRENT_TIMESTAMP() AS applied_at, 0 AS defaulted,
            '${plan.testRole}' AS role, 0.5 AS probability
          FROM UNNEST(@ids) AS application_id`,
        params: { ids: applications.map((each) => String(each[portfolio.keys.application])) },
      });
      const own = { ...lender, portfolio };
      await keepEvaluation(retrainContext(own), plan, { slope: 1, intercept: 0 });
      const kept = await query(own, `${STORED} ORDER BY application_id`);
      const policy = createPolicies(portfolio.policy, portfolio.policy_columns).at(plan.asOf);
      const read = createReader(portfolio.policy_columns);
      const thresholdsOf = (application: Record<string, unknown>) =>
        policy
          .apply(read(application), 0.5)
          .rules.filter(({ kind }) => kind === 'band')
          .map(({ rule, threshold }) => [rule, threshold]);
      assert.deepEqual(
        kept.map((row) => [
          [`${row.cut_off}.review`, row.review_from],
          [`${row.cut_off}.decline`, row.decline_from],
        ]),
        applications.map(thresholdsOf),
      );
      const { cut_offs, version } = policy.document;
      assert.deepEqual(new Set(kept.map((row) => row.cut_off)).size, cut_offs.length);
      assert.ok(kept.every((row) => row.policy_version === version && row.pd === 0.5));
    });
  }
});

/** What a contract allows, in the order of its keys, with the lineage that an ingestion adds. */
function someApplications({ application, keys }: Portfolio, at: number): Record<string, unknown>[] {
  const fields = Object.entries(application.properties);
  const texts = fields.flatMap(([, field]) => ('enum' in field ? field.enum : []));
  // The lender's own, which no checkout sends.
  const own = fields.filter(([, field]) => field.readOnly).map(([name]) => [name, texts[0]]);
  const isNumber = application.properties[keys.application]!.type === 'integer';
  const rows = fc.sample(rowOf(inputFields(application), texts), { numRuns: 200, seed: 3 });
  const time = new Date(at).toISOString();
  return rows.map((row, i) => ({
    ...row,
    ...Object.fromEntries(own),
    [keys.application]: isNumber ? 1000 + i : `a-${1000 + i}`,
    [keys.time]: time,
    _ingest_run: 'test',
    _ingested_at: time,
  }));
}
