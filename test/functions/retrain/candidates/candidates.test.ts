/** Candidates of model.json: compared over time before the model is trained, the test unseen. */
import assert from 'node:assert/strict';
import type { Context } from '../../../../functions/retrain/context.ts';
import { type RunSummary, run } from '../../../../functions/retrain/run.ts';
import { type Bundle, readBundle } from '../../../../shared/bundle/bundle.ts';
import { readDeployment } from '../../../../shared/registry/deployment.ts';
import { createServingModel } from '../../../../shared/serving/serving_model.ts';
import { datasetOf } from '../../../../shared/warehouse/names.ts';
import { type Lender, query, seedRows, useLender } from '../../support/lender.ts';
import { COMPARED, LOANS, type PortfolioFiles } from '../../support/loans.ts';
import { keepLog } from '../../support/log.ts';
import { retrainContext, retrained } from '../../support/retrained.ts';
import { AS_OF } from '../../support/rows.ts';

/** The same, without the blend, with parts of model.json replaced. */
function withModel(model: Partial<PortfolioFiles['model.json']>): PortfolioFiles {
  const { blends: _, ...compared } = COMPARED['model.json'];
  return { ...COMPARED, 'model.json': { ...compared, ...model } };
}

async function deployed({ objects }: Lender): Promise<Bundle> {
  const { deployment } = (await readDeployment(objects, 'loans'))!;
  return readBundle(objects, 'loans', deployment.champion!);
}

describe('a retraining with candidates', () => {
  const lender = useLender(COMPARED);
  let summary: RunSummary;
  let bundle: Bundle;
  before(async function () {
    this.timeout(120_000);
    await seedRows(lender);
    summary = await retrained(lender);
    bundle = await deployed(lender);
  });

  it('chooses the best on average by its objective, and says why of each', () => {
    const { candidates } = bundle.manifest;
    assert.deepEqual(
      candidates!.map(({ name }) => name),
      ['main', 'forest', 'logistic', 'weighted', 'tuned', 'blend'],
    );
    const losses = candidates!.map(({ metrics }) => metrics.log_loss.mean);
    const best = losses.indexOf(Math.min(...losses));
    candidates!.forEach(({ chosen, why, splits, metrics }, i) => {
      assert.equal(chosen, i === best);
      assert.match(why, i === best ? /^Best by truth .* over 2 splits/ : /ahead of it in \d of 2/);
      const [one, two] = splits.map(({ log_loss }) => log_loss);
      assert.ok(Math.abs(metrics.log_loss.mean - (one! + two!) / 2) < 1e-12);
      assert.ok(Math.abs(metrics.log_loss.spread - Math.abs(one! - two!) / Math.SQRT2) < 1e-12);
      assert.equal(metrics.profit, null);
    });
  });

  it('trains, proves and serves the chosen one', async () => {
    const { manifest } = bundle;
    const chosen = manifest.candidates!.find((candidate) => candidate.chosen)!;
    assert.equal(manifest.model.model_type, chosen.model_type);
    assert.deepEqual(manifest.model.options, chosen.options);
    assert.ok(summary.parity.largest_difference <= 1e-6);
    const model = await createServingModel(bundle);
    const { request, pd } = manifest.golden[0]!;
    assert.ok(Math.abs((await model.score(request, keepLog())).pd - pd) <= 1e-6);
    await model.close();
  });

  it('trains no member of a blend that did not win', async () => {
    const blend = bundle.manifest.candidates!.find(({ name }) => name === 'blend')!;
    assert.equal(blend.chosen, false);
    assert.deepEqual([blend.model_type, blend.options], ['BLEND', {}]);
    const [models] = await lender.bigquery.dataset(datasetOf('loans')).getModels();
    const names = models.map(({ id }) => id!);
    assert.ok(names.includes(`model_${summary.version}`));
    assert.deepEqual(
      names.filter((name) => name.endsWith('_member')),
      [],
    );
  });

  it('measures each split on a later block than it trained on, and none of them on the test', async () => {
    const blocks = await query(
      lender,
      `SELECT block, COUNT(*) AS applications, COUNTIF(defaulted = 1) AS bad
       FROM (
         SELECT defaulted, NTILE(4) OVER (ORDER BY applied_at) AS block
         FROM snapshot_${summary.version}
         WHERE role != 'TEST'
       )
       GROUP BY block
       ORDER BY block`,
    );
    // Two splits are of four blocks: one trains, one calibrates, one measures; the next goes one further.
    for (const { splits } of bundle.manifest.candidates!) {
      assert.deepEqual(
        splits.map(({ rows, bad }) => ({ applications: rows, bad })),
        blocks.slice(2).map(({ applications, bad }) => ({ applications, bad })),
      );
    }
  });

  it('makes probabilities true again after class weights', () => {
    const { splits } = bundle.manifest.candidates!.find(({ name }) => name === 'weighted')!;
    for (const { mean_pd, bad_rate } of splits) {
      assert.ok(Math.abs(mean_pd / bad_rate - 1) < 0.25, `${mean_pd}, bad rate ${bad_rate}`);
    }
  });

  it('says which values tuning found', () => {
    const { options } = bundle.manifest.candidates!.find(({ name }) => name === 'tuned')!;
    assert.deepEqual(Object.keys(options).sort(), [
      'EARLY_STOP',
      'L2_REG',
      'LEARN_RATE',
      'MAX_ITERATIONS',
      'MAX_TREE_DEPTH',
    ]);
    assert.ok([1, 2].includes(options.MAX_TREE_DEPTH as number));
    assert.ok((options.LEARN_RATE as number) >= 0.1 && (options.LEARN_RATE as number) <= 0.5);
  });

  it('keeps every split for analysts, once however often the run is repeated', async () => {
    await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
    const rows = await query(
      lender,
      "SELECT candidate, split, auc, chosen FROM candidates WHERE as_of >= '2000-01-01' ORDER BY candidate, split",
    );
    const expected = bundle.manifest
      .candidates!.flatMap(({ name, splits, chosen }) =>
        splits.map(({ auc }, i) => ({ candidate: name, split: i + 1, auc, chosen })),
      )
      .sort((a, b) =>
        a.candidate < b.candidate ? -1 : a.candidate > b.candidate ? 1 : a.split - b.split,
      );
    assert.deepEqual(rows, expected);
  });

  it('shows analysts means and spreads, and how far each is ahead of the first model', async () => {
    const rows = await query(
      lender,
      'SELECT candidate, splits, auc, auc_spread, auc_ahead_of_main, chosen FROM flit_views_loans.candidates',
    );
    const candidates = bundle.manifest.candidates!;
    assert.equal(rows.length, candidates.length);
    for (const { name, metrics, chosen } of candidates) {
      const row = rows.find(({ candidate }) => candidate === name)!;
      assert.deepEqual([row.splits, row.chosen], [2, chosen]);
      const near = (figure: unknown, expected: number) =>
        assert.ok(Math.abs((figure as number) - expected) < 1e-9, `${figure}, not ${expected}`);
      near(row.auc, metrics.auc.mean);
      near(row.auc_spread, metrics.auc.spread);
      near(row.auc_ahead_of_main, metrics.auc.mean - candidates[0]!.metrics.auc.mean);
    }
  });
});

/** A first model that knows nothing (one split, hardly any step) beside a candidate. */
const weakBeside = (name: string, by: 'auc' | 'profit'): PortfolioFiles =>
  withModel({
    options: {
      ...LOANS['model.json'].options,
      MAX_ITERATIONS: 1,
      MAX_TREE_DEPTH: 1,
      LEARN_RATE: 0.01,
    },
    candidates: COMPARED['model.json'].candidates!.filter((candidate) => candidate.name === name),
    selection: { by, splits: 2 },
  });

describe('a retraining whose best candidate is another kind of model', () => {
  for (const name of ['forest', 'logistic', 'weighted']) {
    describe(name, () => {
      const lender = useLender(weakBeside(name, 'auc'));
      before(() => seedRows(lender));

      it('is what BigQuery ML says, within a millionth, its PDs as many as there are bads', async () => {
        const summary = await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
        const { manifest } = await deployed(lender);
        assert.equal(manifest.version, summary.version);
        const { candidates, model, metrics } = manifest;
        assert.equal(candidates!.find(({ chosen }) => chosen)!.name, name);
        assert.equal(model.model_type, candidates!.find((one) => one.name === name)!.model_type);
        assert.ok(
          summary.parity.largest_difference <= 1e-6,
          `${summary.parity.largest_difference}`,
        );
        assert.ok(Math.abs(metrics.mean_pd / metrics.bad_rate - 1) < 0.25);
      });
    });
  }
});

describe('a retraining that chooses by profit', () => {
  const lender = useLender(weakBeside('logistic', 'profit'));
  before(() => seedRows(lender));

  it('takes what earned most on average, were the policy to decide by it', async () => {
    await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
    const { candidates } = (await deployed(lender)).manifest;
    const profits = candidates!.map(({ metrics }) => metrics.profit!.mean);
    const best = profits.indexOf(Math.max(...profits));
    assert.deepEqual(
      candidates!.map(({ chosen }) => chosen),
      profits.map((_, i) => i === best),
    );
    assert.notEqual(profits[0], profits[1]);
    for (const { splits, metrics } of candidates!) {
      const [one, two] = splits.map(({ profit }) => profit!);
      assert.ok(Math.abs(metrics.profit!.mean - (one! + two!) / 2) < 1e-9);
    }
  });
});

describe('a comparison that is killed', () => {
  const [, logistic] = COMPARED['model.json'].candidates!;
  const lender = useLender(
    withModel({ candidates: [logistic!], selection: { by: 'auc', splits: 2 } }),
  );
  before(() => seedRows(lender));

  /** A context whose warehouse dies after so many jobs, the last one done and nobody told. */
  function dyingAfter(jobs: number): Context {
    const context = retrainContext(lender);
    let done = 0;
    const warehouse: Context['warehouse'] = {
      ...context.warehouse,
      async run(...statement) {
        const rows = await context.warehouse.run(...statement);
        if (++done === jobs) throw new Error('killed');
        return rows;
      },
    };
    return { ...context, warehouse };
  }

  it('goes on with what was trained: no candidate is trained twice', async () => {
    const request = { asOf: new Date(AS_OF), actor: 'test' };
    // Of the snapshot, then of the comparison: its splits, a training, predictions.
    for (const jobs of [3, 1, 2, 3, 7]) {
      await assert.rejects(run(dyingAfter(jobs), request), /killed/);
    }
    const { version } = await run(retrainContext(lender), request);
    const [jobs] = await lender.bigquery.getJobs();
    const trained = jobs.map(({ id }) => id!).filter((id) => /-train-model_/.test(id));
    const splits = ['logistic', 'main'].flatMap((name) =>
      [1, 2].map((number) => `${version}_${name}_split_${number}`),
    );
    assert.deepEqual(
      trained.map((id) => id.replace(/^.*-train-model_/, '')).sort(),
      [version, ...splits].sort(),
    );
    const { manifest } = await deployed(lender);
    assert.deepEqual(
      manifest.candidates!.map(({ name, splits }) => [name, splits.length]),
      [
        ['main', 2],
        ['logistic', 2],
      ],
    );
  });
});
