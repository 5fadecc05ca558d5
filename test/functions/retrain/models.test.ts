/** Every kind of model and of validation, from rows to a version that serves. */
import assert from 'node:assert/strict';
import type { RunSummary } from '../../../functions/retrain/run.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { type Bundle, readBundle } from '../../../shared/bundle/bundle.ts';
import { createInterventionalExplainer } from '../../../shared/explain/interventional.ts';
import { loadPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createServingModel } from '../../../shared/serving/serving_model.ts';
import { type Lender, query, seedRows, useLender, writeSql } from '../support/lender.ts';
import { FOLDED, INTERVENTIONAL, ISOTONIC, LOGISTIC, TEXTUAL } from '../support/loans.ts';
import { keepLog } from '../support/log.ts';
import { retrained } from '../support/retrained.ts';
import { loanRows, requestOf } from '../support/rows.ts';

async function deployed({ objects }: Lender): Promise<Bundle> {
  const { deployment } = (await readDeployment(objects, 'loans'))!;
  return readBundle(objects, 'loans', deployment.champion!);
}

describe('a retraining of a logistic regression', () => {
  const lender = useLender(LOGISTIC);
  before(() => seedRows(lender));

  it('serves the warehouse’s weights, with the training mean in place of NULL', async () => {
    const summary = await retrained(lender);
    assert.ok(summary.parity.largest_difference <= 1e-9);
    const bundle = await deployed(lender);
    assert.deepEqual(bundle.manifest.model.class_names, ['1', '0']);
    const [row] = await query(
      lender,
      `SELECT AVG(income) AS mean FROM snapshot_${summary.version} WHERE role = 'TRAIN'`,
    );
    const income = bundle.manifest.inputs.find(({ name }) => name === 'income');
    assert.ok(income?.kind === 'number');
    assert.ok(Math.abs(income.nullValue! - (row!.mean as number)) < 1e-6);
    const weights = JSON.parse(
      Buffer.from(
        (await lender.objects.read(`models/loans/${summary.version}/export/weights.json`))!.bytes,
      ).toString(),
    );
    assert.ok('__INTERCEPT__' in weights && 'income' in weights);
  });
});

describe('a retraining with a feature that is text', () => {
  const lender = useLender(TEXTUAL);
  let summary: RunSummary;
  before(async () => {
    await seedRows(lender);
    summary = await retrained(lender);
  });

  it('takes for unknown words what the warehouse takes, and records it', async () => {
    const { manifest } = await deployed(lender);
    const employer = manifest.inputs.find(({ name }) => name === 'employer');
    assert.deepEqual(employer, {
      kind: 'label',
      name: 'employer',
      categories: ['_null_filler', 'mill', 'mine', 'school', 'shop'],
      unknown: 'null_filler',
    });
  });

  it('scores known words, unknown ones and NULL as ML.PREDICT does', async () => {
    const model = await createServingModel(await deployed(lender));
    const loan = requestOf(
      loanRows().applications.find(
        (each) => each.loan_id === 'l-1000' && each.status === 'granted',
      )!,
    );
    const words = ['mine', 'mill', 'a word never seen', '', null];
    const ours = await Promise.all(
      words.map(
        async (employer) => (await model.score({ ...loan, employer }, keepLog())).probability,
      ),
    );
    const cases = words.map((word, i) => `STRUCT(${i} AS i, ${literal(word)} AS employer)`);
    const theirs = await query(
      lender,
      `SELECT prob FROM ML.PREDICT(MODEL model_${summary.version}, (
         SELECT asked.* EXCEPT (employer, role, fold, defaulted, application_id, applied_at), word.employer, word.i
         FROM UNNEST([${cases.join(', ')}]) AS word
         CROSS JOIN snapshot_${summary.version} AS asked
         WHERE asked.application_id = '${loan.loan_id}'
       )), UNNEST(predicted_defaulted_probs) WHERE label = 1 ORDER BY i`,
    );
    assert.equal(theirs.length, words.length);
    theirs.forEach(({ prob }, i) => {
      assert.ok(Math.abs((prob as number) - ours[i]!) <= 1e-6, `${words[i]}: ${prob}, ${ours[i]}`);
    });
    assert.notEqual(ours[0], ours[1], 'the word must count');
    await model.close();
  });

  const literal = (word: string | null) =>
    word === null ? 'CAST(NULL AS STRING)' : JSON.stringify(word);

  it('is refused for a logistic regression, which reads numbers only', async () => {
    await writeSql(lender.sqlDirectory, { ...TEXTUAL, 'model.json': LOGISTIC['model.json'] });
    await assert.rejects(loadPortfolio(lender.sqlDirectory, 'loans'), {
      name: 'PortfolioError',
      message: /features\.sql: employer is STRING; .*LOGISTIC_REG/,
    });
  });
});

describe('a retraining calibrated by a curve', () => {
  const lender = useLender(ISOTONIC);
  let summary: RunSummary;
  before(async () => {
    await seedRows(lender);
    summary = await retrained(lender);
  });

  it('serves the curve of its manifest, which was fitted on the calibration rows', async () => {
    const { manifest } = await deployed(lender);
    assert.equal(manifest.portfolio.calibration, 'isotonic');
    const { calibration, golden } = manifest;
    assert.ok(calibration.kind === 'isotonic');
    assert.equal(calibration.rows, summary.rows.CALIBRATION);
    const { first, from, width, slope } = calibration;
    assert.ok(from.length > 3, `${from.length} ramps`);
    for (const { probability, pd } of golden) {
      const margin = Math.log(probability / (1 - probability));
      const climbed = from.map((start, i) => {
        return slope[i]! * Math.min(width[i]!, Math.max(0, margin - start));
      });
      const expected = climbed.reduce((sum, height) => sum + height, first);
      assert.ok(Math.abs(pd - expected) < 2e-6, `${pd}, by the manifest ${expected}`);
    }
  });

  it('was measured on the PDs that it serves', async () => {
    const model = await createServingModel(await deployed(lender));
    const tested = await query(
      lender,
      `SELECT application_id, defaulted FROM snapshot_${summary.version} WHERE role = 'TEST'`,
    );
    const requests = new Map(
      loanRows().applications.map((loan) => [loan.loan_id, requestOf(loan)]),
    );
    let [pds, squares] = [0, 0];
    for (const { application_id, defaulted } of tested) {
      const { pd } = await model.score(requests.get(application_id as string)!, keepLog());
      pds += pd;
      squares += ((defaulted as number) - pd) ** 2;
    }
    await model.close();
    const { metrics } = summary;
    assert.equal(tested.length, metrics.rows);
    assert.ok(Math.abs(pds / tested.length - metrics.mean_pd) < 1e-6);
    assert.ok(Math.abs(squares / tested.length - metrics.brier) < 1e-6);
  });
});

describe('a retraining of a portfolio that explains against rows of its own', () => {
  const lender = useLender(INTERVENTIONAL);
  before(async () => {
    await seedRows(lender);
    await retrained(lender);
  });

  it('serves contributions that add up from the mean margin of those rows to the margin', async () => {
    const bundle = await deployed(lender);
    const model = await createServingModel(bundle);
    const { booster, signs } = readScoringGraph(bundle.model);
    const { baseline } = createInterventionalExplainer(
      booster!,
      signs!,
      Float32Array.from(bundle.background!),
    );
    for (const { request, probability } of bundle.manifest.golden) {
      const { row } = await model.score(request, keepLog());
      const sum = Object.values(model.contributions(row)).reduce((a, b) => a + b, baseline);
      assert.ok(Math.abs(sum - Math.log(probability / (1 - probability))) < 1e-6);
    }
    await model.close();
  });
});

describe('a retraining judged by folds', () => {
  const lender = useLender(FOLDED);
  before(() => seedRows(lender));

  it('judges every application by a model that did not see it, and serves one that saw all', async () => {
    const { version, rows, metrics } = await retrained(lender);
    assert.deepEqual(Object.keys(rows), ['TRAIN']);
    assert.equal(metrics.rows, rows.TRAIN);
    const predicted = await query(
      lender,
      `SELECT COUNT(*) AS n, COUNT(DISTINCT application_id) AS applications FROM predictions_${version}`,
    );
    assert.deepEqual(predicted, [{ n: rows.TRAIN, applications: rows.TRAIN }]);
    const models = await query(
      lender,
      `SELECT fold, COUNT(*) AS n FROM snapshot_${version} GROUP BY fold`,
    );
    assert.equal(models.length, 3);
    const { manifest } = await deployed(lender);
    assert.match(manifest.model.bigquery_model!, new RegExp(`\\.model_${version}$`));
    // A fold's own model, asked of the fold, says what the predictions say.
    const [off] = await query(
      lender,
      `SELECT MAX(ABS(asked.prob - predictions.probability)) AS most, COUNT(*) AS n
       FROM (
         SELECT application_id, prob
         FROM ML.PREDICT(MODEL model_${version}_fold_1,
           (SELECT * FROM snapshot_${version} WHERE fold = 1)), UNNEST(predicted_defaulted_probs)
         WHERE label = 1
       ) AS asked
       JOIN predictions_${version} AS predictions USING (application_id)`,
    );
    assert.equal(off!.most, 0);
    assert.ok((off!.n as number) > 300);
  });
});
