import assert from 'node:assert/strict';
import type { Plain } from '../testing.ts';
import { openWarehouse, type Warehouse } from './testing.ts';

const OPTIONS =
  "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=3, INPUT_LABEL_COLS=['label']";
/** The label follows x but for every seventh row. */
const ROWS = `SELECT i AS id, MOD(i * 37, 100) / 100 AS x, IF(MOD(i, 3) = 0, 'a', 'b') AS word,
  IF(MOD(i, 7) = 0, 1, IF(MOD(i * 37, 100) > 50, 1, 0)) AS label FROM UNNEST(GENERATE_ARRAY(1, 400)) AS i`;

describe('functions of BigQuery ML in a query', () => {
  let warehouse: Warehouse;
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      `CREATE TABLE d.loans AS ${ROWS}`,
      `CREATE MODEL d.m OPTIONS (${OPTIONS}) AS SELECT x, word, label FROM d.loans`,
    );
  });
  after(() => warehouse.close());

  const rows = (sql: string) => warehouse.rows(sql);
  const INPUT = '(SELECT id, x, word FROM d.loans)';

  it("ML.PREDICT gives its columns and then the input's, whatever their order", async () => {
    const sql =
      'SELECT * FROM ML.PREDICT(MODEL d.m, (SELECT word, id, x, [id] AS ids FROM d.loans WHERE id < 3)) ORDER BY id';
    const { schema, rows: answer } = await warehouse.ask(sql);
    assert.equal(
      schema,
      'predicted_label INT64, predicted_label_probs ARRAY<STRUCT<label INT64, prob FLOAT64>>, word STRING, id INT64, x FLOAT64, ids ARRAY<INT64>',
    );
    assert.deepEqual(
      answer.map((row) => row.slice(2)),
      [
        ['b', '1', '0.37', ['1']],
        ['b', '2', '0.74', ['2']],
      ],
    );
    const labels = (answer[0]![1] as Plain[][]).map(([label]) => label);
    assert.deepEqual(labels, ['1', '0']);
  });

  it('keeps every row beside its own prediction, in the order of the input', async () => {
    const whole = await rows(
      `SELECT id, x, predicted_label_probs[OFFSET(0)].prob FROM ML.PREDICT(MODEL d.m, ${INPUT})`,
    );
    assert.deepEqual(
      whole.map(([id]) => id),
      Array.from({ length: 400 }, (_, i) => String(i + 1)),
    );
    // The probability hangs on x and word alone: each row by itself gives the same.
    for (const id of [1, 200, 399]) {
      const input = `(SELECT * FROM d.loans WHERE id = ${id})`;
      const alone = await rows(
        `SELECT id, x, predicted_label_probs[OFFSET(0)].prob FROM ML.PREDICT(MODEL d.m, ${input})`,
      );
      assert.deepEqual(alone, [whole[id - 1]]);
    }
    const backwards = await rows(
      'SELECT id FROM ML.PREDICT(MODEL d.m, (SELECT * FROM d.loans ORDER BY id DESC LIMIT 3))',
    );
    assert.deepEqual(backwards, [['400'], ['399'], ['398']]);
  });

  it('takes a table, a query, a view or a CTE, and stands in any of them', async () => {
    const expected = await rows(
      `SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, ${INPUT}) ORDER BY id`,
    );
    await warehouse.run(
      'CREATE VIEW d.fresh AS SELECT id, x, word FROM d.loans',
      `CREATE VIEW d.scored AS SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, ${INPUT})`,
    );
    for (const sql of [
      'SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, TABLE d.loans)',
      'SELECT id, predicted_label FROM ML.PREDICT(MODEL `p.d.m`, TABLE d.fresh) AS p',
      'SELECT * FROM d.scored',
      'WITH f AS (SELECT * FROM d.fresh) SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, TABLE f)',
      'WITH f AS (SELECT * FROM d.fresh) SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, (SELECT * FROM f))',
      'WITH s AS (SELECT * FROM ML.PREDICT(MODEL d.m, TABLE d.fresh)) SELECT s.id, s.predicted_label FROM s',
      'SELECT id, (SELECT AS STRUCT s.predicted_label).predicted_label FROM (SELECT * FROM d.scored) AS s',
      'SELECT id, p FROM ML.PREDICT(MODEL d.m, (SELECT id, predicted_label AS p, x, word FROM ML.PREDICT(MODEL d.m, TABLE d.fresh)))',
    ]) {
      assert.deepEqual(await rows(`SELECT * FROM (${sql}) ORDER BY 1`), expected, sql);
    }
  });

  it('joins, groups and filters like any table', async () => {
    const sql = `SELECT l.label, COUNT(*) AS n, SUM(p.predicted_label) AS positive
      FROM ML.PREDICT(MODEL d.m, ${INPUT}) AS p JOIN d.loans AS l USING (id) WHERE p.x > 0.5 GROUP BY l.label`;
    assert.deepEqual(await rows(sql), [['1', '196', '196']]);
  });

  it('passes settings and other arguments on, parameters among them', async () => {
    const positive = (threshold: string) =>
      rows(
        `SELECT SUM(predicted_label) FROM ML.PREDICT(MODEL d.m, ${INPUT}, STRUCT(${threshold} AS threshold))`,
      );
    assert.deepEqual([await positive('0.0'), await positive('1.0')], [[['400']], [['0']]]);
    const curve =
      'SELECT COUNT(*) FROM ML.ROC_CURVE(MODEL d.m, (SELECT * FROM d.loans), GENERATE_ARRAY(0.25, 0.75, 0.25))';
    assert.deepEqual(await rows(curve), [['3']]);
    const limited = await warehouse.rows(
      'SELECT COUNT(*) FROM ML.PREDICT(MODEL d.m, (SELECT * FROM d.loans WHERE id <= @n))',
      {
        parameters: [{ name: 'n', type: { kind: 'INT64' }, value: 5n }],
      },
    );
    assert.deepEqual(limited, [['5']]);
  });

  it('feeds what changes tables', async () => {
    await warehouse.run(
      `CREATE TABLE d.kept AS SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, ${INPUT}) WHERE id <= 3`,
      `INSERT d.kept SELECT id, predicted_label FROM ML.PREDICT(MODEL d.m, ${INPUT}) WHERE id = 4`,
      `MERGE d.kept AS k USING (SELECT id, 9 AS label FROM ML.PREDICT(MODEL d.m, ${INPUT}) WHERE id = 1) AS s
       ON k.id = s.id WHEN MATCHED THEN UPDATE SET predicted_label = s.label`,
      `ASSERT (SELECT COUNT(*) FROM ML.PREDICT(MODEL d.m, ${INPUT})) = 400`,
    );
    assert.deepEqual(await rows('SELECT COUNT(*), MAX(predicted_label) FROM d.kept'), [['4', '9']]);
  });

  it('describes its columns in a dry run, and counts what it reads', async () => {
    const sql =
      'SELECT * EXCEPT (predicted_label_probs) FROM ML.PREDICT(MODEL d.m, (SELECT id, x, word FROM d.loans))';
    const { fields, bytesProcessed, referencedTables } = await warehouse.engine.analyze(
      sql,
      warehouse.context,
    );
    assert.deepEqual(
      fields?.map(({ name }) => name),
      ['predicted_label', 'id', 'x', 'word'],
    );
    assert.equal(bytesProcessed, 400 * (8 + 8 + 3));
    assert.deepEqual(
      referencedTables.map(({ tableId }) => tableId),
      ['loans'],
    );
  });

  it('answers without an input: ML.EVALUATE, ML.FEATURE_IMPORTANCE', async () => {
    assert.deepEqual(await rows('SELECT COUNT(*) FROM ML.EVALUATE(MODEL d.m)'), [['1']]);
    const names = 'SELECT feature FROM ML.FEATURE_IMPORTANCE(MODEL d.m) ORDER BY feature';
    assert.deepEqual(await rows(names), [['word'], ['x']]);
  });

  it('takes tables without a model, two of them, and structs among its settings', async () => {
    const described =
      'SELECT name, num_rows, quantiles FROM ML.DESCRIBE_DATA(TABLE d.loans, STRUCT(2 AS num_quantiles)) ORDER BY name';
    const answer = await rows(described);
    assert.deepEqual(answer[0], ['id', '400', ['1.0', '200.0', '400.0']]);
    assert.equal(answer.length, 4);
    const [approximate] = await rows('SELECT APPROX_QUANTILES(x, 2) FROM d.loans');
    assert.deepEqual(answer.at(-1), ['x', '400', approximate![0]]);
    const drift = (thresholds: string) =>
      rows(
        `SELECT input, threshold, is_anomaly FROM ML.VALIDATE_DATA_DRIFT(
        (SELECT x, word FROM d.loans WHERE id <= @n), (SELECT word, x FROM d.loans WHERE id > 200),
        STRUCT(${thresholds} AS thresholds, 0.1 AS numerical_default_threshold)) ORDER BY input`.replace(
          '@n',
          '200',
        ),
      );
    const expected = [
      ['word', '0.2', 'false'],
      ['x', '0.1', 'false'],
    ];
    assert.deepEqual(await drift("[('word', 0.2)]"), expected);
    assert.deepEqual(await drift("[STRUCT('word', 0.2)]"), expected);
    const skew = 'SELECT input FROM ML.VALIDATE_DATA_SKEW(MODEL d.m, TABLE d.loans)';
    assert.deepEqual(await rows(skew), [['x'], ['word']]);
    const { bytesProcessed, referencedTables } = await warehouse.engine.analyze(
      'SELECT * FROM ML.VALIDATE_DATA_DRIFT((SELECT x FROM d.loans), (SELECT x, id FROM d.loans))',
      warehouse.context,
    );
    assert.equal(bytesProcessed, 400 * 16);
    assert.equal(referencedTables.length, 1);
  });

  it('explains predictions', async () => {
    const sql = `SELECT id, ROUND(baseline_prediction_value + (SELECT SUM(attribution) FROM UNNEST(top_feature_attributions)) - prediction_value, 4) = 0
      FROM ML.EXPLAIN_PREDICT(MODEL d.m, ${INPUT}, STRUCT(2 AS top_k_features)) WHERE id <= 2 ORDER BY id`;
    assert.deepEqual(await rows(sql), [
      ['1', 'true'],
      ['2', 'true'],
    ]);
  });

  it('refuses by name what only BigQuery has', async () => {
    const missing = (name: string) =>
      `The local Google Cloud does not support the function ML.${name}.`;
    await warehouse.fails(
      'SELECT * FROM ML.TFDV_DESCRIBE(TABLE d.loans)',
      missing('TFDV_DESCRIBE'),
      501,
    );
    await warehouse.fails(
      "SELECT ML.TFDV_VALIDATE(JSON '{}', JSON '{}')",
      missing('TFDV_VALIDATE'),
      501,
    );
  });

  it('refuses what does not fit, with its place', async () => {
    await warehouse.fails(
      'SELECT * FROM ML.PREDICT(MODEL d.none, TABLE d.loans)',
      /Not found: Model p:d\.none/,
      404,
    );
    await warehouse.fails(
      'SELECT * FROM ML.PREDICT(MODEL d.m, TABLE d.none)',
      'Not found: Table p:d.none was not found in location US',
      404,
    );
    await warehouse.fails(
      'SELECT * FROM ML.PREDICT(TABLE d.loans)',
      'The first argument of ML.PREDICT must be MODEL and the name of a model',
    );
    await warehouse.fails(
      'SELECT * FROM ML.PREDICT(MODEL d.m, (SELECT nope FROM d.loans))',
      'Unrecognized name: nope at [1:45]',
    );
    await warehouse.fails(
      'SELECT nope FROM ML.PREDICT(MODEL d.m, TABLE d.loans)',
      'Unrecognized name: nope at [1:8]',
    );
    await warehouse.fails(
      'SELECT * FROM ML.NOPE(MODEL d.m)',
      'Table-valued function not found: ML.NOPE',
    );
    await warehouse.fails(
      'SELECT * FROM OTHER.F(1)',
      'The local Google Cloud does not support the table function OTHER.F.',
      501,
    );
  });
});

describe('statements about models', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(`CREATE TABLE d.loans AS ${ROWS}`);
  });
  afterEach(() => warehouse.close());

  const create = (how = 'CREATE MODEL') =>
    warehouse.execute(`${how} d.m OPTIONS (${OPTIONS}) AS SELECT x, word, label FROM d.loans`);

  it('train, replace, keep and drop', async () => {
    const model = { projectId: 'p', datasetId: 'd', modelId: 'm' };
    const { statementType, ddl, bytesProcessed } = await create();
    assert.deepEqual([statementType, ddl], ['CREATE_MODEL', { operation: 'CREATE', model }]);
    assert.equal(bytesProcessed, 400 * (8 + 3 + 8));
    assert.equal((await create('CREATE OR REPLACE MODEL')).ddl?.operation, 'REPLACE');
    assert.equal((await create('CREATE MODEL IF NOT EXISTS')).ddl?.operation, 'SKIP');
    await assert.rejects(create(), { status: 409, message: 'Already Exists: Model p:d.m' });
    assert.equal((await warehouse.execute('DROP MODEL d.m')).ddl?.operation, 'DROP');
    assert.equal((await warehouse.execute('DROP MODEL IF EXISTS d.m')).ddl?.operation, 'SKIP');
    await warehouse.fails('DROP MODEL d.m', 'Not found: Model p:d.m', 404);
  });

  it('leave no model when the training query fails, and say where in the statement', async () => {
    const sql = (query: string) => `CREATE MODEL d.m\nOPTIONS (${OPTIONS}) AS\n  ${query}`;
    await warehouse.fails(sql('SELECT nope FROM d.loans'), 'Unrecognized name: nope at [3:10]');
    await warehouse.fails(
      sql('SELECT x, 1 FROM d.loans'),
      'CREATE MODEL columns must be named, but column 2 has no name at [1:1]',
    );
    await warehouse.fails(sql('SELECT x, ERROR("bad") AS word, label FROM d.loans'), 'bad');
    await warehouse.fails('SELECT * FROM ML.EVALUATE(MODEL d.m)', /Not found: Model p:d\.m/, 404);
  });

  it('tell of every iteration as they train', async () => {
    const seen: number[] = [];
    await warehouse.engine.execute(
      `CREATE MODEL d.m OPTIONS (${OPTIONS}) AS SELECT x, word, label FROM d.loans`,
      { ...warehouse.context, onTrainingIteration: ({ index }) => seen.push(index) },
    );
    assert.deepEqual(
      seen,
      [...seen.keys()].map((i) => i + seen[0]!),
    );
    assert.equal(seen.length, 3);
  });
});
