/** What a retraining does not let through, and what is left behind when it does not. */
import assert from 'node:assert/strict';
import type { Context } from '../../../functions/retrain/context.ts';
import { versionOf } from '../../../functions/retrain/plan.ts';
import { run } from '../../../functions/retrain/run.ts';
import { RunRefused } from '../../../functions/retrain/steps/records.ts';
import { findBundle } from '../../../shared/bundle/bundle.ts';
import { findPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { refusedBy } from '../../../shared/registry/hurdle.ts';
import type { Warehouse } from '../../../shared/warehouse/warehouse.ts';
import { query, seedRows, useLender, writeSql } from '../support/lender.ts';
import { LOANS, type PortfolioFiles, withDocument } from '../support/loans.ts';
import { retrainContext } from '../support/retrained.ts';

type Row = Record<string, unknown>;

describe('a retraining refuses', () => {
  const lender = useLender();
  before(() => seedRows(lender));

  // So that cases share a training; whoever runs the function has to change the portfolio, or the time.
  afterEach(async () => {
    const names = await lender.objects.list('models/loans/runs/');
    const refusals = names.filter((name) => name.endsWith('/refused.json'));
    for (const name of refusals) await lender.models.file(name).delete();
  });

  let hour = -1;
  /** Every case has a time, and so a version, of its own. */
  const nextTime = () => new Date(Date.UTC(2026, 5, 11, ++hour));
  /** Of the cases that end before a bundle is there, so that they share a training. */
  const unbuilt = nextTime();
  const at = (asOf: Date) => ({ asOf, actor: 'test' });

  const contextOf = async (files: PortfolioFiles): Promise<Context> => {
    await writeSql(lender.sqlDirectory, files);
    return retrainContext(lender, { portfolio: await findPortfolio(lender.sqlDirectory, 'loans') });
  };

  /** A warehouse whose answer to one step is changed. */
  const falsified = (step: string, change: (rows: Row[]) => Row[]): Context => {
    const context = retrainContext(lender);
    const warehouse: Warehouse = {
      ...context.warehouse,
      async run(name, statement) {
        const rows = await context.warehouse.run(name, statement);
        return name.endsWith(`-${step}`) ? change(rows) : rows;
      },
    };
    return { ...context, warehouse };
  };

  const nothingWritten = async (asOf: Date) => {
    assert.equal(await findBundle(lender.objects, 'loans', versionOf(asOf)), undefined);
    await notDeployed(asOf);
  };

  const notDeployed = async (asOf: Date) => {
    const stored = await readDeployment(lender.objects, 'loans');
    assert.notEqual(stored?.deployment.champion?.version, versionOf(asOf));
  };

  it('a probability that differs by more than 1e-6, naming the row', async () => {
    const context = falsified('parity', (rows) =>
      rows.map((row, i) =>
        i === 3 ? { ...row, probability: Number(row.probability) + 2e-6 } : row,
      ),
    );
    await assert.rejects(run(context, at(unbuilt)), {
      code: 'parity_failed',
      status: 422,
      message:
        /differ in at least 1 places of \d+ rows:\nrow 3: probability 0\.\d+ there, 0\.\d+ here$/,
    });
    await nothingWritten(unbuilt);
  });

  it('a feature that differs, naming the row and the feature', async () => {
    const context = falsified('parity', (rows) =>
      rows.map((row, i) => (i === 5 ? { ...row, term_months: Number(row.term_months) + 1 } : row)),
    );
    await assert.rejects(run(context, at(unbuilt)), {
      code: 'parity_failed',
      message: /\nrow 5: term_months is \d+ there, \d+ here$/,
    });
    await nothingWritten(unbuilt);
  });

  it('a feature that is NULL on one side only', async () => {
    const context = falsified('parity', (rows) =>
      rows.map((row, i) => (i === 0 ? { ...row, amount: null } : row)),
    );
    await assert.rejects(run(context, at(unbuilt)), { message: /\nrow 0: amount is null there/ });
    await nothingWritten(unbuilt);
  });

  it('a proof of which the warehouse left rows out', async () => {
    const context = falsified('parity', (rows) => rows.slice(1));
    await assert.rejects(run(context, at(unbuilt)), {
      code: 'parity_failed',
      message: /scored (\d+) of (\d+) applications/,
    });
    await nothingWritten(unbuilt);
  });

  it('too few labels, with the counts, before anything is trained', async () => {
    const context = retrainContext(lender);
    const asOf = new Date('2026-04-15T00:00:00Z');
    await assert.rejects(run(context, at(asOf)), {
      code: 'too_few_labels',
      status: 422,
      message:
        /^There are \d+ bad and \d+ good applications to TRAIN on between 2026-02-04T.* 50 of each/,
    });
    assert.deepEqual(await lender.objects.list(`models/loans/${versionOf(asOf)}`), []);
    const [models] = await lender.bigquery.dataset('flit_loans').getModels();
    assert.equal(
      models.some(({ id }) => id?.includes('20260415')),
      false,
    );
  });

  it('SQL of label.sql that the warehouse refuses, naming the job and the place', async () => {
    const context = await contextOf({
      ...LOANS,
      'label.sql': LOANS['label.sql'].replace('known.defaulted,', 'known.no_such_column,'),
    });
    await assert.rejects(run(context, at(nextTime())), {
      code: 'warehouse_failed',
      status: 502,
      message: /retrain-loans-v\d+_\d+-\w+-snapshot failed: .*no_such_column.*\[\d+:\d+\]/s,
    });
  });

  it('the same run again with the same words, and asks nothing more for it', async () => {
    const context = retrainContext(lender);
    const asOf = new Date('2026-04-16T00:00:00Z');
    const refusal = await run(context, at(asOf)).catch((error: unknown) => error);
    assert.ok(refusal instanceof RunRefused);
    const version = versionOf(asOf);
    const records = await lender.objects.list(`models/loans/runs/${version}`);
    assert.deepEqual(
      records.map((name) => name.split('/').at(-1)),
      ['begun.json', 'refused.json'],
    );
    const again = retrainContext(lender);
    await assert.rejects(run(again, at(asOf)), {
      name: 'RunRefused',
      code: 'too_few_labels',
      status: 422,
      message: refusal.message,
    });
    assert.equal(
      again.warehouse.finished.some(({ jobId }) => jobId.endsWith('-snapshot')),
      false,
    );
    const [told] = await query(
      lender,
      `SELECT state, step, why, jobs FROM flit_views_loans.training_runs WHERE version = '${version}'`,
    );
    assert.deepEqual(told, { state: 'refused', step: 'snapshot', why: refusal.message, jobs: 3 });
  });

  it('nothing for good that may pass: the next call goes on with a job of another name', async () => {
    const asOf = nextTime();
    const context = retrainContext(lender);
    let failures = 1;
    const warehouse: Warehouse = {
      ...context.warehouse,
      async run(name, statement) {
        if (name.includes('-train-') && failures-- > 0) {
          // As the warehouse leaves it behind: a job of that name, which failed.
          await context.warehouse.run(name, { sql: 'SELECT * FROM not_there_yet' });
        }
        return context.warehouse.run(name, statement);
      },
    };
    await assert.rejects(run({ ...context, warehouse }, at(asOf)), { code: 'warehouse_failed' });
    const summary = await run(retrainContext(lender), at(asOf));
    assert.equal(summary.version, versionOf(asOf));
    const [job] = await query(
      lender,
      `SELECT COUNTIF(failure IS NOT NULL) AS failed, COUNTIF(failure IS NULL) AS ended
       FROM flit_views_loans.training_jobs
       WHERE version = '${summary.version}' AND STARTS_WITH(step, 'train-')`,
    );
    assert.deepEqual(job, { failed: 1, ended: 1 });
  });

  it('SQL of features.sql that cannot be compiled, naming the file and the place', async () => {
    const files = {
      ...LOANS,
      'features.sql': LOANS['features.sql'].replace('amount / term_months', 'amount / income'),
    };
    await assert.rejects(contextOf(files), {
      code: 'portfolio_unusable',
      status: 500,
      message: /^loans\/features\.sql: .*5/,
    });
  });

  it('an export that lost its trees', async () => {
    const context = retrainContext(lender);
    const objects = {
      ...lender.objects,
      list: async (prefix: string) =>
        (await lender.objects.list(prefix)).filter((name) => !name.endsWith('model.bst')),
    };
    const hobbled = { ...context, models: { ...context.models, objects } };
    await assert.rejects(run(hobbled, at(unbuilt)), /exported no model\.bst/);
    await nothingWritten(unbuilt);
  });

  it('to deploy what fails a gate: the version is kept, with its verdict, and does not serve', async () => {
    const { gates } = LOANS['portfolio.json'];
    const context = await contextOf(
      withDocument(LOANS, { gates: { ...gates, auc_at_least: 0.99 } }),
    );
    const asOf = nextTime();
    const summary = await run(context, at(asOf));
    assert.equal(summary.promotion, 'refused by its gates');
    const failed = refusedBy(summary);
    assert.deepEqual(failed, [
      { ...failed[0]!, gate: 'auc', figure: summary.metrics.auc, limit: 0.99 },
    ]);
    const found = await findBundle(lender.objects, 'loans', versionOf(asOf));
    assert.deepEqual(found?.manifest.gates, summary.gates);
    await notDeployed(asOf);
    // The verdict stands when the run is repeated, whatever the portfolio says by then.
    const again = await run(retrainContext(lender), at(asOf));
    assert.deepEqual(again, summary);
  });

  it('to deploy a model that goes the wrong way along a monotone feature, naming it', async () => {
    const { gates } = LOANS['portfolio.json'];
    const context = await contextOf(
      withDocument(LOANS, {
        gates: { ...gates, monotone_reversal_at_most: 0.25 },
        monotone: { amount: 'decreasing', is_customer: 'decreasing' },
      }),
    );
    const asOf = nextTime();
    const summary = await run(context, at(asOf));
    assert.equal(summary.promotion, 'refused by its gates');
    const failed = refusedBy(summary);
    assert.deepEqual(
      failed.map(({ gate }) => gate),
      ['monotone_amount'],
    );
    assert.ok(failed[0]!.figure! > 0.5, String(failed[0]!.figure));
    assert.ok(summary.gates.some(({ gate, passed }) => gate === 'monotone_is_customer' && passed));
    await notDeployed(asOf);
  });

  it('to mix the work of two: what is mended after a refusal is done anew, at the same time', async () => {
    const asOf = nextTime();
    const context = falsified('parity', (rows) => rows.slice(1));
    await assert.rejects(run(context, at(asOf)), { code: 'parity_failed' });
    const mended = await contextOf({
      ...LOANS,
      'label.sql': LOANS['label.sql'].replace("'refused: no loan'", "'not wanted'"),
      'features.sql': LOANS['features.sql'].replace(' AS hour', ' + 1 AS hour'),
    });
    const summary = await run(mended, at(asOf));
    assert.deepEqual(Object.keys(summary.excluded), ['not wanted']);
    const [hours] = await query(
      lender,
      `SELECT MIN(hour) AS least, MAX(hour) AS most FROM snapshot_${versionOf(asOf)}`,
    );
    assert.deepEqual(hours, { least: 1, most: 24 });
  });

  it('a version that exists with other bytes: it is never changed', async () => {
    const asOf = nextTime();
    const name = `models/loans/${versionOf(asOf)}/model.onnx`;
    await lender.objects.write(name, Buffer.from('something else'), 'text/plain', 0);
    await assert.rejects(run(retrainContext(lender), at(asOf)), {
      code: 'bundle_unusable',
      message: /model\.onnx exists with other bytes/,
    });
    await nothingWritten(asOf);
    assert.equal(
      Buffer.from((await lender.objects.read(name))!.bytes).toString(),
      'something else',
    );
  });
});
