import assert from 'node:assert/strict';
import type { InputTable, MlCall } from '../../bigquery/ports.ts';
import type { BqType, ScalarType } from '../../bigquery/types.ts';
import { loans, refused, table, testMl } from '../testing.ts';

type Row = Record<string, unknown>;
type Types = Readonly<Record<string, ScalarType | BqType>>;

const LOG2 = Math.log2;
const entropy = (shares: readonly number[]) =>
  -shares.reduce((sum, p) => sum + (p > 0 ? p * LOG2(p) : 0), 0);
/** From its other definition: the entropy of the mixture, less the mean entropy. */
const jsd = (p: readonly number[], q: readonly number[]) =>
  entropy(p.map((a, i) => (a + q[i]!) / 2)) - (entropy(p) + entropy(q)) / 2;

const close = (actual: unknown, expected: number) =>
  assert.ok(Math.abs((actual as number) - expected) < 1e-12, `${actual} is not ${expected}`);

const columnOf = (type: ScalarType | BqType, values: readonly unknown[]): InputTable =>
  table(
    { c: type },
    values.map((c) => ({ c })),
  );

const arrayOf = (element: BqType): BqType => ({ kind: 'ARRAY', element });
const struct = (fields: Record<string, ScalarType>): BqType => ({
  kind: 'STRUCT',
  fields: Object.entries(fields).map(([name, kind]) => ({ name, type: { kind } })),
});

describe('functions of BigQuery ML that monitor data', () => {
  let test: Awaited<ReturnType<typeof testMl>>;
  before(async () => {
    test = await testMl();
  });
  after(() => test.ml.stop());

  /** Rows of a function without a model. */
  async function ask(
    functionName: string,
    input: InputTable,
    options: { study?: InputTable; settings?: object } = {},
  ): Promise<Row[]> {
    const { settings = {}, study } = options;
    const call: MlCall = {
      functionName,
      input,
      ...(study ? { study } : {}),
      settings: new Map(Object.entries(settings)),
      extra: [],
    };
    const { columns } = await test.ml.call(call);
    const count = columns[0]!.values.length;
    return Array.from({ length: count }, (_, row) =>
      Object.fromEntries(
        columns.map(({ name, values, nulls }) => [name, nulls?.[row] ? null : values[row]]),
      ),
    );
  }

  const describeColumn = async (type: ScalarType | BqType, values: unknown[], settings = {}) => {
    const [row] = await ask('DESCRIBE_DATA', columnOf(type, values), { settings });
    return row!;
  };

  describe('ML.DESCRIBE_DATA', () => {
    it('describes numbers of every type as FLOAT64', async () => {
      const expected = {
        name: 'c',
        num_rows: 5,
        num_nulls: 1,
        num_zeros: 1,
        min: '-1.5',
        max: '4',
        mean: 1.125,
        stdev: Math.sqrt((2.625 ** 2 + 1.125 ** 2 + 0.875 ** 2 + 2.875 ** 2) / 3),
        median: 1,
        quantiles: [-1.5, -1.5, 0, 2, 4],
        unique: null,
        avg_string_length: null,
        num_values: 4,
        top_values: [],
        min_array_length: null,
        max_array_length: null,
        avg_array_length: null,
        total_array_length: null,
        array_length_quantiles: [],
        dimension: null,
      };
      const settings = { num_quantiles: 4 };
      assert.deepEqual(await describeColumn('FLOAT64', [2, null, 4, -1.5, 0], settings), expected);
      const numeric = await describeColumn('NUMERIC', ['2', null, '4', '-1.5', '0'], settings);
      assert.deepEqual(numeric, expected);
      const { quantiles, median } = await describeColumn('INT64', [1, 2, 3]);
      assert.deepEqual([quantiles, median], [[1, 2, 3], 2]);
    });

    it('describes everything else as STRING', async () => {
      const row = await describeColumn('STRING', ['bb', 'a', null, 'bb', 'ä€😀'], { top_k: 2 });
      assert.deepEqual(
        [row.num_nulls, row.num_zeros, row.min, row.max, row.unique, row.avg_string_length],
        [1, null, 'a', 'ä€😀', 3, (2 + 1 + 2 + 3) / 4],
      );
      assert.deepEqual(row.top_values, [
        { value: 'bb', count: 2n },
        { value: 'a', count: 1n },
      ]);
      assert.deepEqual([row.mean, row.quantiles], [null, []]);
      const flags = await describeColumn('BOOL', [true, false, true]);
      assert.deepEqual(
        [flags.min, flags.max, flags.top_values],
        ['false', 'true', [{ value: 'true', count: 2n }]],
      );
      const days = await describeColumn('DATE', ['2026-01-02', '2026-01-01']);
      assert.equal(days.min, '2026-01-01');
      const times = await describeColumn('TIMESTAMP', ['2026-01-02 00:00:00+00']);
      assert.equal(times.max, '2026-01-02 00:00:00+00');
    });

    it('unnests arrays, of sparse tensors by their values, and expands structs', async () => {
      const row = await describeColumn(arrayOf({ kind: 'INT64' }), [[1n, 2n, 3n], [], [0n]], {
        num_array_length_quantiles: 2,
      });
      assert.deepEqual(
        [row.num_values, row.num_zeros, row.mean, row.min_array_length, row.max_array_length],
        [4, 1, 1.5, 0, 3],
      );
      assert.deepEqual(
        [row.avg_array_length, row.total_array_length, row.array_length_quantiles],
        [4 / 3, 4, [0n, 1n, 3n]],
      );
      const sparse = await describeColumn(arrayOf(struct({ i: 'INT64', v: 'FLOAT64' })), [
        [
          { i: 7n, v: 0.5 },
          { i: 1n, v: 1.5 },
        ],
      ]);
      assert.deepEqual([sparse.dimension, sparse.mean, sparse.num_values], [8, 1, 2]);
      const rows = await ask(
        'DESCRIBE_DATA',
        columnOf(struct({ n: 'INT64', w: 'STRING' }), [{ n: 3n, w: 'x' }, null]),
      );
      assert.deepEqual(
        rows.map(({ name, num_nulls, max }) => [name, num_nulls, max]),
        [
          ['c_n', 1, '3'],
          ['c_w', 1, 'x'],
        ],
      );
    });

    it('says of a column without values only how many rows it has', async () => {
      for (const type of ['FLOAT64', 'STRING'] as const) {
        const row = await describeColumn(type, [null, null]);
        assert.deepEqual([row.num_rows, row.num_nulls, row.num_values], [2, 2, 0]);
        assert.deepEqual([row.min, row.max, row.mean, row.median], [null, null, null, null]);
      }
      assert.deepEqual((await describeColumn('FLOAT64', [])).num_rows, 0);
      const nan = await describeColumn('FLOAT64', [1, Number.NaN, 2]);
      assert.deepEqual([nan.min, nan.mean, nan.quantiles], ['nan', Number.NaN, [Number.NaN, 1, 2]]);
    });

    it('refuses models, other types and sizes out of range', async () => {
      const one = columnOf('FLOAT64', [1]);
      const refuses = (settings: object, message: RegExp) =>
        assert.rejects(ask('DESCRIBE_DATA', one, { settings }), refused(message));
      await refuses({ num_quantiles: 0 }, /num_quantiles must be an INT64 between 1 and 100000/);
      await refuses({ top_k: 10_001 }, /top_k must be an INT64 between 1 and 10000/);
      await refuses({ top: 1 }, /Unknown argument top in STRUCT; it takes num_quantiles,/);
      await assert.rejects(
        ask('DESCRIBE_DATA', one, { study: one }),
        refused(/One table or query is required/),
      );
      await assert.rejects(
        ask('DESCRIBE_DATA', columnOf('JSON', ['{}'])),
        refused(/Column c of type JSON has no statistics/),
      );
      await assert.rejects(
        test.call('DESCRIBE_DATA', { input: one }),
        refused(/It takes no model/),
      );
    });
  });

  const drift = async (base: InputTable, study: InputTable, settings = {}): Promise<Row> => {
    const [row] = await ask('VALIDATE_DATA_DRIFT', base, { study, settings });
    return row!;
  };

  describe('ML.VALIDATE_DATA_DRIFT', () => {
    it('is the largest difference of shares of categories', async () => {
      const base = columnOf('STRING', ['a', 'a', 'a', 'b', null]);
      const study = columnOf('STRING', ['a', 'b', 'b', 'c']);
      assert.deepEqual(await drift(base, study), {
        input: 'c',
        metric: 'L_INFTY',
        threshold: 0.3,
        value: 0.5,
        is_anomaly: true,
      });
      const same = await drift(base, base, { categorical_default_threshold: 0 });
      assert.deepEqual([same.threshold, same.value, same.is_anomaly], [0, 0, false]);
      const js = await drift(base, study, { categorical_metric_type: 'JENSEN_SHANNON_DIVERGENCE' });
      assert.equal(js.metric, 'JENSEN_SHANNON_DIVERGENCE');
      close(js.value, jsd([3 / 4, 1 / 4, 0], [1 / 4, 2 / 4, 1 / 4]));
      // Only the most frequent category of each is kept.
      const first = await drift(base, study, { num_rank_histogram_buckets: 1 });
      assert.equal(first.value, 1);
    });

    it('is the Jensen–Shannon divergence of numbers, over the edges of both histograms', async () => {
      const base = columnOf('FLOAT64', [0, 0.5, 1.5, 2, null]);
      const study = columnOf('INT64', [1, 2, 3, 3, 3]);
      const settings = { num_histogram_buckets: 2 };
      const row = await drift(base, study, settings);
      assert.equal(row.metric, 'JENSEN_SHANNON_DIVERGENCE');
      // [0, 1, 2] holds 2 and 2, [1, 2, 3] holds 1 and 4.
      close(row.value, jsd([2 / 4, 2 / 4, 0], [0, 1 / 5, 4 / 5]));
      assert.equal(row.is_anomaly, (row.value as number) > 0.3);
      const shifted = columnOf('FLOAT64', [0.5, 0.9, 1.9, 2.5]);
      // [0.5, 1.5, 2.5] holds 2 and 2: the edges are 0, 0.5, 1, 1.5, 2, 2.5.
      const [p, q] = [
        [1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1],
      ].map((counts) => counts.map((count) => count / 4)) as [number[], number[]];
      close((await drift(base, shifted, settings)).value, jsd(p, q));
    });

    it('takes points, infinite values and NaN for bins of their own', async () => {
      const spread = columnOf('FLOAT64', [0, 1]);
      const point = columnOf('FLOAT64', [1, 1]);
      assert.equal((await drift(point, point)).value, 0);
      assert.equal((await drift(spread, point)).value, 1);
      const odd = columnOf('FLOAT64', [1, 1, Number.NaN, Infinity]);
      close((await drift(point, odd)).value, jsd([1, 0, 0], [1 / 2, 1 / 4, 1 / 4]));
    });

    it('compares the columns that both have, in any case, and leaves out what has no distance', async () => {
      const types = (n: ScalarType): Types => ({ n, s: 'STRING', only: 'INT64', e: 'FLOAT64' });
      const base = table(types('FLOAT64'), [{ n: 1, s: 'a', only: 1, e: null }]);
      const study = table({ S: 'INT64', N: 'STRING', e: 'FLOAT64' }, [{ N: 'x', S: 1, e: 1 }]);
      const rows = await ask('VALIDATE_DATA_DRIFT', base, { study });
      // A STRING that became a number is as far as can be; a number that became a STRING is left out.
      assert.deepEqual(
        rows.map(({ input, value }) => [input, value]),
        [['s', 1]],
      );
      const js = { categorical_metric_type: 'JENSEN_SHANNON_DIVERGENCE' };
      assert.deepEqual(await ask('VALIDATE_DATA_DRIFT', base, { study, settings: js }), []);
    });

    it('has thresholds of single columns', async () => {
      const base = table({ a: 'STRING', b: 'STRING', n: 'INT64' }, [{ a: 'x', b: 'x', n: 1 }]);
      const settings = {
        thresholds: [['B', 0.9]],
        categorical_default_threshold: 0.1,
        numerical_default_threshold: 0.2,
      };
      const rows = await ask('VALIDATE_DATA_DRIFT', base, { study: base, settings });
      assert.deepEqual(
        rows.map(({ threshold }) => threshold),
        [0.1, 0.9, 0.2],
      );
    });

    it('refuses what it does not take', async () => {
      const one = columnOf('FLOAT64', [1]);
      const cases: [object, RegExp][] = [
        [
          { categorical_default_threshold: 1 },
          /categorical_default_threshold must be a FLOAT64 from 0/,
        ],
        [{ thresholds: [['c', 2]] }, /The threshold of c must be a FLOAT64 from 0 to below 1/],
        [{ thresholds: [['d', 0.2]] }, /thresholds names d, which is no column to compare/],
        [{ thresholds: 0.2 }, /thresholds must be an array such as/],
        [{ categorical_metric_type: 'KS' }, /must be L_INFTY or JENSEN_SHANNON_DIVERGENCE/],
        [{ numerical_metric_type: 'L_INFTY' }, /numerical_metric_type must be JENSEN_SHANNON/],
        [
          { num_histogram_buckets: 1001 },
          /num_histogram_buckets must be an INT64 between 1 and 1000/,
        ],
      ];
      for (const [settings, message] of cases) {
        await assert.rejects(drift(one, one, settings), refused(message));
      }
      await assert.rejects(
        ask('VALIDATE_DATA_DRIFT', one),
        refused(/Two tables or queries are required/),
      );
      await assert.rejects(
        test.call('VALIDATE_DATA_DRIFT', { input: one, study: one }),
        refused(/the MODEL argument of ML\.VALIDATE_DATA_DRIFT/, 501),
      );
    });
  });

  describe('ML.VALIDATE_DATA_SKEW', () => {
    it('is the drift from the rows that trained, by statistics kept in the model', async () => {
      const training = loans(450, 1);
      const serving = loans(200, 2);
      await test.create("MODEL_TYPE='LOGISTIC_REG'", training, 'CREATE OR REPLACE MODEL m');
      const settings = { thresholds: [['word', 0.01]], numerical_default_threshold: 0.5 };
      const { rows } = await test.call('VALIDATE_DATA_SKEW', { input: serving, settings });
      const study = { ...serving, fields: serving.fields.filter(({ name }) => name !== 'label') };
      const expected = await ask('VALIDATE_DATA_DRIFT', training, { study, settings });
      assert.deepEqual(rows, expected);
      assert.deepEqual(
        rows.map(({ input }) => input),
        ['x', 'z', 'word'],
      );
      const same = (await test.call('VALIDATE_DATA_SKEW', { input: training })).rows;
      assert.deepEqual(
        same.map(({ value }) => value),
        [0, 0, 0],
      );
    });

    it('compares the features that the rows have', async () => {
      await test.create("MODEL_TYPE='LOGISTIC_REG'", loans(100), 'CREATE OR REPLACE MODEL m');
      const narrow = table({ word: 'STRING', other: 'JSON' }, [{ word: 'a', other: '{}' }]);
      const { rows } = await test.call('VALIDATE_DATA_SKEW', { input: narrow });
      assert.deepEqual(
        rows.map(({ input }) => input),
        ['word'],
      );
    });

    it('links to no visualisation, and needs a model', async () => {
      const input = loans(10);
      const link = { enable_visualization_link: true };
      await assert.rejects(
        test.call('VALIDATE_DATA_SKEW', { input, settings: link }),
        refused(/enable_visualization_link/, 501),
      );
      await assert.rejects(ask('VALIDATE_DATA_SKEW', input), refused(/must be MODEL and the name/));
      const buckets = { num_histogram_buckets: 5 };
      await assert.rejects(
        test.call('VALIDATE_DATA_SKEW', { input, settings: buckets }),
        refused(/Unknown argument num_histogram_buckets in STRUCT/),
      );
    });
  });
});
