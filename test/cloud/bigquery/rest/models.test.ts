import assert from 'node:assert/strict';
import type { Dataset } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

/** A hundred rows in which `x` tells the label, most of the time. */
const ROWS = `
  SELECT x, IF(MOD(x, 7) = 0, MOD(x, 2) = 0, x > 50) AS label
  FROM UNNEST(GENERATE_ARRAY(1, 100)) AS x`;

const create = (name: string, type: string, more = ''): string =>
  `CREATE MODEL \`d.${name}\` OPTIONS (MODEL_TYPE = '${type}', INPUT_LABEL_COLS = ['label'], DATA_SPLIT_METHOD = 'NO_SPLIT'${more}) AS ${ROWS}`;

describe('the models resource', () => {
  let bigquery: TestBigQuery;
  let dataset: Dataset;
  before(async function () {
    this.timeout(60_000);
    bigquery = await startBigQuery();
    [dataset] = await bigquery.client.createDataset('d');
    const [job] = await bigquery.client.createQueryJob({
      query: create('trees', 'BOOSTED_TREE_CLASSIFIER', ', MAX_ITERATIONS = 4'),
      jobId: 'training',
    });
    await job.getQueryResults();
    await bigquery.client.query(create('line', 'LOGISTIC_REG'));
  });
  after(() => bigquery.stop());

  it('comes of a job that tells of every iteration', async () => {
    const [metadata] = await bigquery.client.job('training', { location: 'US' }).getMetadata();
    const { statementType, ddlOperationPerformed, mlStatistics } = metadata.statistics.query;
    assert.deepEqual([statementType, ddlOperationPerformed], ['CREATE_MODEL', 'CREATE']);
    assert.equal(mlStatistics.modelType, 'BOOSTED_TREE_CLASSIFIER');
    assert.equal(mlStatistics.maxIterations, '4');
    const losses = mlStatistics.iterationResults.map(
      (result: { trainingLoss: number }) => result.trainingLoss,
    );
    assert.ok(losses.length >= 2);
    assert.deepEqual(
      losses,
      [...losses].sort((a, b) => b - a),
    );
  });

  it('is listed and described', async () => {
    const [models] = await dataset.getModels();
    assert.deepEqual(models.map(({ id }) => id).sort(), ['line', 'trees']);
    const [metadata] = await dataset.model('trees').getMetadata();
    assert.equal(metadata.modelType, 'BOOSTED_TREE_CLASSIFIER');
    assert.deepEqual(
      metadata.featureColumns.map(({ name }: { name: string }) => name),
      ['x'],
    );
    const [page, next] = await dataset.getModels({ maxResults: 1, autoPaginate: false });
    assert.equal(page.length, 1);
    assert.ok(next?.pageToken);
  });

  it('predicts', async () => {
    const [rows] = await bigquery.client.query(
      'SELECT x, predicted_label FROM ML.PREDICT(MODEL `d.trees`, (SELECT x FROM UNNEST([5, 95]) AS x)) ORDER BY x',
    );
    assert.deepEqual(rows, [
      { x: 5, predicted_label: false },
      { x: 95, predicted_label: true },
    ]);
  });

  it('tunes, tells of its trials in SQL and in the resource, and extracts one of them', async () => {
    await bigquery.client.query(
      create(
        'tuned',
        'BOOSTED_TREE_CLASSIFIER',
        ', MAX_ITERATIONS = 3, NUM_TRIALS = 2, MAX_TREE_DEPTH = HPARAM_CANDIDATES([1, 6])',
      ),
    );
    const [trials] = await bigquery.client.query(`
      SELECT
        trial_id,
        hyperparameters.max_tree_depth AS depth,
        hparam_tuning_evaluation_metrics.roc_auc BETWEEN 0.5 AND 1 AS ranks,
        status
      FROM ML.TRIAL_INFO(MODEL \`d.tuned\`)
      ORDER BY trial_id`);
    assert.deepEqual(trials, [
      { trial_id: 1, depth: 6, ranks: true, status: 'SUCCEEDED' },
      { trial_id: 2, depth: 1, ranks: true, status: 'SUCCEEDED' },
    ]);
    const [[answer]] = await bigquery.client.query(
      'SELECT * FROM ML.PREDICT(MODEL `d.tuned`, (SELECT 95 AS x), STRUCT(2 AS trial_id))',
    );
    assert.equal(answer.trial_id, 2);
    const model = dataset.model('tuned');
    const [{ hparamTrials, defaultTrialId }] = await model.getMetadata();
    assert.equal(hparamTrials.length, 2);
    assert.match(defaultTrialId, /^[12]$/);
    const extract = (trialId: string) =>
      bigquery.client.createJob({
        configuration: {
          extract: {
            sourceModel: { projectId: 'p', datasetId: 'd', modelId: 'tuned' },
            destinationUris: ['gs://tuned/m'],
            modelExtractOptions: { trialId },
          },
        },
      });
    const storage = new Storage({ projectId: 'p', apiEndpoint: bigquery.origin });
    const [bucket] = await storage.createBucket('tuned');
    const [job] = await extract('2');
    await job.promise();
    assert.ok((await bucket.file('m/model.bst').exists())[0]);
    await assert.rejects(extract('x'), status(400, 'invalid', /Invalid value for trialId: x/));
    const [other] = await extract('7');
    await assert.rejects(other.promise(), /There are trials 1 to 2; not 7/);
    await model.delete();
  });

  it('is changed only in the state that the client knows', async () => {
    const model = dataset.model('trees');
    const [{ etag }] = await model.getMetadata();
    const change = (headers: Record<string, string>, description: string) =>
      bigquery.request('PATCH', '/datasets/d/models/trees', { headers, body: { description } });
    assert.equal((await change({ 'if-match': etag }, 'first')).status, 200);
    assert.equal((await change({ 'if-match': etag }, 'second')).status, 412);
    assert.equal((await model.getMetadata())[0].description, 'first');
  });

  it('is extracted to Cloud Storage as a booster', async () => {
    const storage = new Storage({ projectId: 'p', apiEndpoint: bigquery.origin });
    const [bucket] = await storage.createBucket('exports');
    const [job] = await dataset.model('trees').createExtractJob('gs://exports/trees', {
      format: 'ML_XGBOOST_BOOSTER',
    });
    await job.promise();
    const [files] = await bucket.getFiles({ prefix: 'trees/' });
    assert.ok(files.some(({ name }) => name === 'trees/model.bst'));
    await assert.rejects(
      dataset.model('trees').createExtractJob('gs://exports/x', { format: 'ML_TF_SAVED_MODEL' }),
      status(501, 'notImplemented', /ML_TF_SAVED_MODEL/),
    );
  });

  it('says what is missing', async () => {
    await assert.rejects(
      dataset.model('none').getMetadata(),
      status(404, 'notFound', /^Not found: Model p:d\.none/),
    );
    await assert.rejects(
      bigquery.client.dataset('none').model('m').getMetadata(),
      status(404, 'notFound', /^Not found: Dataset p:none$/),
    );
    await assert.rejects(dataset.model('none').delete(), status(404, 'notFound', /p:d\.none/));
  });

  it('keeps its dataset from being removed, and is removed with it', async () => {
    const { client } = bigquery;
    const [other] = await client.createDataset('other');
    await client.query(create('m', 'LOGISTIC_REG').replace('`d.m`', '`other.m`'));
    await assert.rejects(other.delete(), status(400, 'resourceInUse', /still in use/));
    await other.delete({ force: true });
    await client.createDataset('other');
    assert.deepEqual((await other.getModels())[0], []);
    await dataset.model('line').delete();
    assert.deepEqual(await dataset.model('line').exists(), [false]);
  });
});
