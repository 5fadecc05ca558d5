/** What features do in a version, as a retraining keeps it and views show it. */
import assert from 'node:assert/strict';
import { correlationOf } from '../../../functions/retrain/importance.ts';
import { run } from '../../../functions/retrain/run.ts';
import { readBundle } from '../../../shared/bundle/bundle.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import { type Lender, query, seedRows, useLender } from '../support/lender.ts';
import { FOLDED, INTERVENTIONAL, LOANS, LOGISTIC, TEXTUAL } from '../support/loans.ts';
import { retrainContext } from '../support/retrained.ts';
import { AS_OF, loanRows } from '../support/rows.ts';

const VERSION = 'v20260611_000000';

const KINDS = {
  'of trees against the training population': LOANS,
  'of trees against a background': INTERVENTIONAL,
  'of trees with a text feature': TEXTUAL,
  'of trees that folds judge': FOLDED,
  'of weights': LOGISTIC,
};

/** The version of the lender, as it serves. */
async function served({ objects }: Lender): Promise<ServingModel> {
  const { deployment } = (await readDeployment(objects, 'loans'))!;
  return createServingModel(await readBundle(objects, 'loans', deployment.champion!));
}

const mean = (figures: readonly number[]) =>
  figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

for (const [kind, files] of Object.entries(KINDS)) {
  describe(`the importance of features ${kind}`, () => {
    const lender = useLender(files);
    let rows: Record<string, unknown>[];

    before(async () => {
      await seedRows(lender, loanRows(1200));
      await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
      rows = await query(
        lender,
        'SELECT * FROM flit_views_loans.global_explanations ORDER BY feature',
      );
    });

    it('is what the served model says of the applications that it was measured on', async () => {
      const measured = await query(
        lender,
        "SELECT application_id FROM evaluations WHERE as_of >= '2000-01-01'",
      );
      const ids = new Set(measured.map(({ application_id }) => application_id));
      const records = loanRows(1200).applications.filter(({ loan_id }) => ids.has(loan_id));
      assert.equal(records.length, ids.size);
      const model = await served(lender);
      const explained = await Promise.all(
        records.map(async (record) => model.contributions((await model.scoreByKernel(record)).row)),
      );
      await model.close();
      assert.deepEqual(
        rows.map(({ feature }) => feature),
        lender.portfolio.features.features.map(({ name }) => name).sort(),
      );
      for (const row of rows) {
        const added = explained.map((each) => each[row.feature as string]!);
        assert.equal(row.applications, records.length);
        assert.ok(Math.abs((row.attribution as number) - mean(added.map(Math.abs))) < 1e-9);
        assert.ok(Math.abs((row.mean_contribution as number) - mean(added)) < 1e-9);
      }
    });

    it('is ranked, shared out, and for trees what ML.FEATURE_IMPORTANCE says of them', async () => {
      const found = await query(
        lender,
        'SELECT * FROM flit_views_loans.feature_importance ORDER BY feature',
      );
      assert.ok(
        Math.abs(mean(found.map(({ share }) => share as number)) * found.length - 1) < 1e-12,
      );
      const ranked = found.toSorted((a, b) => (a.place as number) - (b.place as number));
      assert.deepEqual(
        ranked.map(({ attribution }) => attribution),
        found.map(({ attribution }) => attribution as number).sort((a, b) => b - a),
      );
      const figures = found.map((row) => [
        row.feature,
        row.importance_weight,
        row.importance_gain,
        row.importance_cover,
      ]);
      if (files === LOGISTIC) {
        for (const [, ...each] of figures) assert.deepEqual(each, [null, null, null]);
        return;
      }
      const theirs = await query(
        lender,
        `SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL model_${VERSION}) ORDER BY feature`,
      );
      assert.equal(theirs.length, figures.length);
      for (const [i, row] of theirs.entries()) {
        const [feature, ...numbers] = figures[i]!;
        assert.equal(feature, row.feature);
        const expected = [row.importance_weight, row.importance_gain, row.importance_cover];
        for (const [k, figure] of expected.entries()) {
          const difference = Math.abs((numbers[k] as number) - (figure as number));
          assert.ok(difference <= 1e-6 * Math.max(1, figure as number), `${feature}: ${numbers}`);
        }
      }
    });

    it('says which way a number goes with what it adds', async () => {
      const directionOf = (name: string) => rows.find(({ feature }) => feature === name)!.direction;
      assert.equal(directionOf('is_customer'), 'decreasing');
      assert.equal(directionOf('amount') === 'decreasing', false);
      for (const { correlation, direction } of rows) {
        const r = correlation as number | null;
        const expected =
          r === null ? null : r >= 0.5 ? 'increasing' : r <= -0.5 ? 'decreasing' : 'mixed';
        assert.equal(direction, expected);
      }
      if (files === TEXTUAL) {
        assert.equal(rows.find(({ feature }) => feature === 'employer')!.correlation, null);
      }
    });
  });
}

describe('the importance of features over time', () => {
  const lender = useLender();
  const row = (version: string, day: number, feature: string, attribution: number) => ({
    version,
    as_of: `2026-06-0${day}T00:00:00Z`,
    feature,
    applications: 10,
    attribution,
    mean_contribution: 0,
  });

  it('is held against the version before that read the feature', async () => {
    await lender.bigquery
      .dataset('flit_loans')
      .table('feature_importance')
      .insert([
        row('v1', 1, 'a', 3),
        row('v1', 1, 'b', 1),
        row('v2', 2, 'a', 1),
        row('v3', 3, 'a', 1),
        row('v3', 3, 'b', 3),
      ]);
    const rows = await query(
      lender,
      `SELECT version, feature, share, place, version_before, share_before, place_before
       FROM flit_views_loans.feature_importance ORDER BY version, feature`,
    );
    assert.deepEqual(
      rows.map((each) => Object.values(each)),
      [
        ['v1', 'a', 0.75, 1, null, null, null],
        ['v1', 'b', 0.25, 2, null, null, null],
        ['v2', 'a', 1, 1, 'v1', 0.75, 1],
        ['v3', 'a', 0.25, 2, 'v2', 1, 1],
        ['v3', 'b', 0.75, 1, 'v1', 0.25, 2],
      ],
    );
  });
});

describe('the correlation of a feature with what it adds', () => {
  it('is Pearson’s, over the numbers that are known', () => {
    assert.equal(correlationOf([1, 2, Number.NaN, 3], [2, 4, 99, 6]), 1);
    assert.equal(correlationOf([1, 2, 3], [3, 2, 1]), -1);
    // By hand: deviations (−1, 0, 1) and (−1, 2, −1) are orthogonal.
    assert.equal(correlationOf([1, 2, 3], [0, 3, 0]), 0);
    assert.ok(Math.abs(correlationOf([1, 2, 3], [1, 2, 2])! - Math.sqrt(3) / 2) < 1e-12);
  });

  it('is none where one side never changes or nothing is known', () => {
    assert.equal(correlationOf([0.1, 0.1, 0.1], [1, 2, 3]), null);
    assert.equal(correlationOf([1, 2, 3], [0.1, 0.1, 0.1]), null);
    assert.equal(correlationOf([], [1, 2, 3]), null);
    assert.equal(correlationOf([Number.NaN, 1], [1, 2]), null);
  });
});
