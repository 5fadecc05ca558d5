/** How the rows that a version was made of are distributed, as its manifest fixes it. */
import assert from 'node:assert/strict';
import { type Cell, fixBaseline, numberOf } from '../../../functions/retrain/baseline.ts';
import { planRun } from '../../../functions/retrain/plan.ts';
import { run } from '../../../functions/retrain/run.ts';
import type { Baseline, Distribution } from '../../../shared/bundle/baseline.ts';
import { readManifest } from '../../../shared/bundle/bundle.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { TEXTUAL } from '../support/loans.ts';
import { retrainContext } from '../support/retrained.ts';
import { AS_OF, loanRows } from '../support/rows.ts';

const SNAPSHOT = 'snapshot_v20260611_000000';

describe('the baseline of a version', () => {
  const lender = useLender(TEXTUAL);
  let baseline: Baseline;
  const of = (name: string) => baseline.features.find((feature) => feature.name === name)!;
  const rowsOf = ({ counts, missing, ...rest }: Distribution) =>
    counts.reduce((sum, n) => sum + n, missing + ('unseen' in rest ? rest.unseen : 0));

  before(async () => {
    await seedRows(lender, loanRows(1200));
    await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
    const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
    const manifest = await readManifest(lender.objects, 'loans', deployment.champion!);
    baseline = manifest.baseline!;
  });

  it('counts every row trained on once, feature by feature', async () => {
    const [trained] = await query(
      lender,
      `SELECT COUNT(*) AS n FROM ${SNAPSHOT} WHERE role = 'TRAIN'`,
    );
    assert.deepEqual(
      baseline.features.map(({ name }) => name),
      lender.portfolio.features.features.map(({ name }) => name),
    );
    for (const feature of baseline.features)
      assert.equal(rowsOf(feature), trained!.n, feature.name);
  });

  it('is the same where there are so many rows that features are counted a few at a time', async () => {
    const plan = planRun(lender.portfolio, new Date(AS_OF));
    const { attributions } = baseline;
    for (const trained of [5_000_000, 1e9]) {
      const inputs = { attributions, trained };
      assert.deepEqual(await fixBaseline(retrainContext(lender), plan, inputs), baseline);
    }
  });

  it('parts numbers at their deciles, and tells missing ones apart', async () => {
    const income = of('income');
    assert.ok(income.kind === 'number');
    assert.equal(income.edges.length, 9);
    const [expected] = await query(
      lender,
      `SELECT COUNTIF(income IS NULL) AS missing, MIN(income) AS lowest, MAX(income) AS highest,
         COUNTIF(income < ${income.edges[0]}) AS first,
         COUNTIF(income >= ${income.edges[8]}) AS last
       FROM ${SNAPSHOT} WHERE role = 'TRAIN'`,
    );
    assert.deepEqual(
      {
        missing: income.missing,
        lowest: income.lowest,
        highest: income.highest,
        first: income.counts[0],
        last: income.counts[9],
      },
      expected,
    );
    const tenth = rowsOf(income) / 10;
    for (const n of income.counts) assert.ok(Math.abs(n - 0.9 * tenth) < 0.15 * tenth, `${n}`);
  });

  it('gives a number with few values a bin for each, the rarest with its neighbour', () => {
    const known = of('is_customer');
    assert.ok(known.kind === 'number');
    assert.deepEqual([known.edges, known.counts.length], [[1], 2]);
  });

  it('knows the texts of training, those that are missing, and that no other was seen', () => {
    const employer = of('employer');
    assert.ok(employer.kind === 'text');
    assert.deepEqual(employer.categories, ['mill', 'mine', 'school', 'shop']);
    assert.ok(employer.missing > 0);
    assert.equal(employer.unseen, 0);
  });

  it('parts PDs of the rows measured on, not of those trained on', async () => {
    const [measured] = await query(
      lender,
      "SELECT COUNT(*) AS n, MAX(pd) AS highest FROM evaluations WHERE as_of >= '2000-01-01'",
    );
    assert.equal(rowsOf(baseline.pd), measured!.n);
    assert.equal(baseline.pd.highest, measured!.highest);
  });

  it('has how much each feature counts, and how that varies', async () => {
    const kept = await query(
      lender,
      "SELECT feature, applications, attribution FROM feature_importance WHERE as_of >= '2000-01-01' ORDER BY feature",
    );
    const own = baseline.attributions.toSorted((a, b) => (a.feature < b.feature ? -1 : 1));
    assert.deepEqual(
      own.map(({ feature, rows, mean }) => ({ feature, applications: rows, attribution: mean })),
      kept,
    );
    assert.ok(own.some(({ deviation }) => deviation > 0));
  });
});

describe('a number that training never knew', () => {
  it('is missing in every row, and has one bin without an edge', () => {
    const cell: Cell = {
      name: 'x',
      cell: 'missing',
      place: null,
      category: null,
      edges: [],
      lowest: null,
      highest: null,
      n: 12,
    };
    const expected = { lowest: null, highest: null, edges: [], missing: 12, counts: [0] };
    assert.deepEqual(numberOf('x', [cell]), { kind: 'number', name: 'x', ...expected });
  });
});
