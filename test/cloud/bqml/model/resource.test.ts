import assert from 'node:assert/strict';
import { loans, modelRef, table, testMl } from '../testing.ts';

const M = modelRef('m');

/** All keys of an object, at any depth, with the types of their values. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

describe('the models resource', () => {
  it('of a binary classifier has the documented form, int64 values as strings', async () => {
    const { ml, create } = await testMl({ location: 'EU' });
    await create("MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=2", loans(600));
    const resource = ml.get(M);
    const matrix = {
      positiveClassThreshold: 'number',
      truePositives: 'string',
      falsePositives: 'string',
      trueNegatives: 'string',
      falseNegatives: 'string',
      precision: 'number',
      recall: 'number',
      f1Score: 'number',
      accuracy: 'number',
    };
    assert.deepEqual(shape(resource), {
      etag: 'string',
      modelReference: { projectId: 'string', datasetId: 'string', modelId: 'string' },
      creationTime: 'string',
      lastModifiedTime: 'string',
      location: 'string',
      modelType: 'string',
      trainingRuns: [
        {
          trainingOptions: {
            lossType: 'string',
            inputLabelColumns: ['string'],
            earlyStop: 'boolean',
            minRelativeProgress: 'number',
            dataSplitMethod: 'string',
            dataSplitEvalFraction: 'number',
            enableGlobalExplain: 'boolean',
            l1Regularization: 'number',
            l2Regularization: 'number',
            treeMethod: 'string',
            minTreeChildWeight: 'string',
            minSplitLoss: 'number',
            colsampleBytree: 'number',
            colsampleBylevel: 'number',
            xgboostVersion: 'string',
            approxGlobalFeatureContrib: 'boolean',
            boosterType: 'string',
            dartNormalizeType: 'string',
            dropout: 'number',
            numParallelTree: 'string',
            maxIterations: 'string',
            learnRate: 'number',
            maxTreeDepth: 'string',
            subsample: 'number',
            colsampleBynode: 'number',
            categoryEncodingMethod: 'string',
            autoClassWeights: 'boolean',
          },
          trainingStartTime: 'string',
          startTime: 'string',
          results: [
            {
              index: 'number',
              durationMs: 'string',
              trainingLoss: 'number',
              evalLoss: 'number',
              learnRate: 'number',
            },
          ],
          evaluationMetrics: {
            binaryClassificationMetrics: {
              aggregateClassificationMetrics: {
                precision: 'number',
                recall: 'number',
                accuracy: 'number',
                f1Score: 'number',
                logLoss: 'number',
                rocAuc: 'number',
                threshold: 'number',
              },
              binaryConfusionMatrixList: [matrix],
              positiveLabel: 'string',
              negativeLabel: 'string',
            },
          },
        },
      ],
      featureColumns: [{ name: 'string', type: { typeKind: 'string' } }],
      labelColumns: [{ name: 'string', type: { typeKind: 'string' } }],
    });
    assert.equal(resource.location, 'EU');
    const [run] = resource.trainingRuns as { results: unknown[] }[];
    assert.equal(run!.results.length, 2);
    await ml.stop();
  });

  it('names options as the REST API does', async () => {
    const { ml, create } = await testMl();
    const rows = Array.from({ length: 40 }, (_, i) => ({ x: i, s: i, label: i % 2 }));
    const options =
      "MODEL_TYPE='LOGISTIC_REG', DATA_SPLIT_METHOD='SEQ', DATA_SPLIT_COL='s', CLASS_WEIGHTS=[('0', 1), ('1', 2)]";
    await create(options, table({ x: 'INT64', s: 'INT64', label: 'INT64' }, rows));
    const [run] = ml.get(M).trainingRuns as { trainingOptions: Record<string, unknown> }[];
    const { dataSplitMethod, dataSplitColumn, labelClassWeights } = run!.trainingOptions;
    assert.deepEqual(
      [dataSplitMethod, dataSplitColumn, labelClassWeights],
      ['SEQUENTIAL', 's', { '0': 1, '1': 2 }],
    );
    await ml.stop();
  });

  it('of several classes and of regressions holds their metrics', async () => {
    const { ml, create } = await testMl();
    const rows = Array.from({ length: 60 }, (_, i) => ({ x: i, label: Math.floor(i / 20) }));
    const data = table({ x: 'INT64', label: 'INT64' }, rows);
    const metrics = () => {
      const [run] = ml.get(M).trainingRuns as { evaluationMetrics: Record<string, unknown> }[];
      return run!.evaluationMetrics;
    };
    await create("MODEL_TYPE='BOOSTED_TREE_CLASSIFIER'", data);
    const classes = metrics().multiClassClassificationMetrics as Record<string, unknown>;
    assert.deepEqual(classes.confusionMatrixList, [
      {
        confidenceThreshold: 0,
        rows: ['0', '1', '2'].map((actualLabel) => ({
          actualLabel,
          entries: ['2', '1', '0'].map((predictedLabel) => ({
            predictedLabel,
            itemCount: predictedLabel === actualLabel ? '20' : '0',
          })),
        })),
      },
    ]);
    await create("MODEL_TYPE='LINEAR_REG'", data, 'CREATE OR REPLACE MODEL m');
    assert.deepEqual(Object.keys(metrics().regressionMetrics as object), [
      'meanAbsoluteError',
      'meanSquaredError',
      'meanSquaredLogError',
      'medianAbsoluteError',
      'rSquared',
    ]);
    await ml.stop();
  });

  it('is plain JSON even where a metric is not a number, and its etag follows it', async () => {
    const { ml, create } = await testMl();
    // The evaluation rows are all of one class, so there is no AUC.
    const rows = Array.from({ length: 40 }, (_, i) => ({
      x: i,
      s: i > 30,
      label: i > 30 ? 0 : i % 2,
    }));
    const custom = "DATA_SPLIT_METHOD='CUSTOM', DATA_SPLIT_COL='s'";
    const data = table({ x: 'INT64', s: 'BOOL', label: 'INT64' }, rows);
    await create(`MODEL_TYPE='LOGISTIC_REG', ${custom}`, data);
    const resource = ml.get(M);
    assert.deepEqual(JSON.parse(JSON.stringify(resource)), resource);
    assert.match(JSON.stringify(resource), /"rocAuc":"NaN"/);
    assert.equal(ml.get(M).etag, resource.etag);
    const [summary] = ml.list({ projectId: M.projectId, datasetId: M.datasetId });
    const { trainingRuns, featureColumns, labelColumns, ...rest } = resource;
    assert.deepEqual(summary, rest);
    await ml.stop();
  });
});
