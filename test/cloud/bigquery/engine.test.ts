import assert from 'node:assert/strict';
import { createEngine } from './engine.ts';
import type { Catalog } from './ports.ts';
import { openWarehouse, type Warehouse } from './sql/run/testing.ts';

const stoppedError = {
  name: 'ApiError',
  status: 499,
  reason: 'stopped',
  message: 'Job execution was cancelled: User requested cancellation',
};

describe('the engine', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.t (id INT64, n INT64)',
      'INSERT d.t SELECT id, 0 FROM UNNEST(GENERATE_ARRAY(1, 100)) AS id',
    );
  });
  afterEach(() => warehouse.close());

  const sum = async (expression: string) =>
    (await warehouse.rows(`SELECT ${expression} FROM t`))[0]![0];

  describe('answers', () => {
    it('a SELECT with a table that holds its rows in order', async () => {
      const { engine, database, context } = warehouse;
      const outcome = await engine.execute('SELECT id, -id AS m FROM t ORDER BY id DESC', context);
      assert.equal(outcome.statementType, 'SELECT');
      assert.equal(outcome.bytesProcessed, 800);
      assert.deepEqual(outcome.referencedTables, [
        { projectId: 'p', datasetId: 'd', tableId: 't' },
      ]);
      const { physical, rowCount, fields } = outcome.result!;
      assert.deepEqual([rowCount, fields.map((f) => f.name)], [100, ['id', 'm']]);
      const rows = await database.using((session) =>
        session.rows(`SELECT id FROM ${physical} LIMIT 2`),
      );
      assert.deepEqual(rows, [[100n], [99n]]);
    });

    it('with the time that it is given, the same throughout a statement', async () => {
      const now = new Date('2031-02-03T04:05:06.789Z');
      const sql =
        'SELECT CURRENT_TIMESTAMP() AS a, CURRENT_DATE() AS b, CURRENT_TIME() AS c, CURRENT_DATE("Asia/Tokyo") AS d';
      assert.deepEqual(await warehouse.rows(sql, { now }), [
        ['2031-02-03T04:05:06.789Z', '2031-02-03', '04:05:06.789', '2031-02-03'],
      ]);
    });

    it('by project and default dataset of the request', async () => {
      await warehouse.run('CREATE SCHEMA e', 'CREATE TABLE e.t AS SELECT 7 AS id');
      const defaultDataset = { projectId: 'p', datasetId: 'e' };
      assert.deepEqual(await warehouse.rows('SELECT id FROM t', { defaultDataset }), [['7']]);
      const { defaultDataset: _, ...none } = warehouse.context;
      await assert.rejects(warehouse.engine.execute('SELECT id FROM t', none), {
        message: 'Table "t" must be qualified with a dataset (e.g. dataset.table) at [1:16]',
      });
    });

    it('a dry run with columns and bytes, and leaves nothing behind', async () => {
      const tables = () =>
        warehouse.database.using((s) => s.rows('SELECT count(*) FROM information_schema.tables'));
      const before = await tables();
      const { fields, bytesProcessed } = await warehouse.engine.analyze(
        'SELECT id, 1.5 FROM t',
        warehouse.context,
      );
      assert.deepEqual(fields, [
        { name: 'id', type: { kind: 'INT64' } },
        { name: 'f0_', type: { kind: 'FLOAT64' } },
      ]);
      assert.equal(bytesProcessed, 800);
      assert.deepEqual(await tables(), before);
    });

    it('more rows than fit in one chunk of DuckDB, all in order', async () => {
      const sql =
        'SELECT x, MOD(x, 3) = 0 AS third FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS x ORDER BY x DESC';
      const rows = await warehouse.rows(sql);
      assert.equal(rows.length, 100_000);
      assert(
        rows.every(
          ([x, third], i) => x === String(100_000 - i) && third === String((100_000 - i) % 3 === 0),
        ),
      );
    });

    it('errors of any kind in BigQuery’s words', async () => {
      await warehouse.fails(
        'SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x',
        /^int64 overflow/,
      );
      await warehouse.fails(
        "SELECT REGEXP_CONTAINS('a', '[')",
        /^Cannot parse regular expression: missing \]/,
      );
      await warehouse.fails(
        `SELECT ${'1 + '.repeat(20_000)} 1`,
        'Not enough resources for query planning: the query is too complex',
      );
      await warehouse.fails(
        `SELECT ${Array.from({ length: 3000 }, () => 'id').join(' + ')} FROM t`,
        'Not enough resources for query planning: the query is too complex',
      );
      const parameters = [{ name: 'p', type: { kind: 'STRING' as const }, value: 'a\u0000b' }];
      await assert.rejects(warehouse.execute('SELECT @p', { parameters }), {
        status: 501,
        message: /U\+0000/,
      });
    });
  });

  describe('with statements at once', () => {
    it('adds all rows of writers that come together', async () => {
      const inserts = Array.from({ length: 8 }, (_, i) =>
        warehouse.run(
          `INSERT d.t SELECT ${i} * 1000 + x, 1 FROM UNNEST(GENERATE_ARRAY(1, 500)) AS x`,
        ),
      );
      await Promise.all(inserts);
      assert.equal(await sum('COUNT(*)'), '4100');
    });

    it('lets changes of one table wait for each other, and loses none', async () => {
      const updates = Array.from({ length: 10 }, () =>
        warehouse.run('UPDATE t SET n = n + 1 WHERE TRUE'),
      );
      const merges = Array.from({ length: 5 }, () =>
        warehouse.run(
          'MERGE t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = n + 100',
        ),
      );
      await Promise.all([...updates, ...merges]);
      assert.deepEqual(await warehouse.rows('SELECT MIN(n), MAX(n) FROM t'), [['10', '510']]);
    });

    it('goes on when one of them fails', async () => {
      const outcomes = await Promise.allSettled([
        warehouse.run('UPDATE t SET n = 1 WHERE TRUE'),
        warehouse.run('UPDATE t SET n = DIV(1, id - 50) WHERE TRUE'),
        warehouse.run('UPDATE t SET n = n + 2 WHERE TRUE'),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(await warehouse.rows('SELECT MIN(n), MAX(n) FROM t'), [['3', '3']]);
    });

    it('shows a reader the rows before a change or those after it', async () => {
      const writes = (async () => {
        for (let i = 1; i <= 20; i++) await warehouse.run(`UPDATE t SET n = ${i} WHERE TRUE`);
      })();
      const seen: unknown[] = [];
      for (let i = 0; i < 20; i++) seen.push(await sum('MAX(n) - MIN(n)'));
      await writes;
      assert.deepEqual(new Set(seen), new Set(['0']));
    });

    it('of several that create one table, lets one win', async () => {
      const creations = ['a', 'b', 'c'].map((text) =>
        warehouse.run(`CREATE TABLE d.one AS SELECT '${text}' AS v`),
      );
      const outcomes = await Promise.allSettled(creations);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await warehouse.rows('SELECT * FROM d.one')).length, 1);
    });
  });

  describe('when it is cancelled', () => {
    const ENDLESS =
      'SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS a, UNNEST(GENERATE_ARRAY(1, 100000)) AS b WHERE MOD(a * b, 7) = 8';

    const cancelled = async (sql: string) => {
      const controller = new AbortController();
      const running = warehouse.engine.execute(sql, {
        ...warehouse.context,
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), 50);
      await assert.rejects(running, stoppedError);
    };

    const staged = () =>
      warehouse.database.using((session) =>
        session.rows(
          "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'staging:%'",
        ),
      );

    it('breaks off a query', () => cancelled(ENDLESS));

    it('leaves the table of a statement that changes rows as it was', async () => {
      await cancelled(`UPDATE t SET n = (${ENDLESS}) WHERE TRUE`);
      await cancelled(`INSERT t (id, n) SELECT 1, n FROM (${ENDLESS})`);
      assert.deepEqual(await warehouse.rows('SELECT COUNT(*), MAX(n) FROM t'), [['100', '0']]);
    });

    it('creates no table, and leaves none in the making', async () => {
      await cancelled(`CREATE TABLE d.x AS ${ENDLESS}`);
      await cancelled(`CREATE OR REPLACE TABLE d.t AS ${ENDLESS}`);
      await warehouse.fails(
        'SELECT * FROM d.x',
        'Not found: Table p:d.x was not found in location US',
        404,
      );
      assert.equal(await sum('COUNT(*)'), '100');
      assert.deepEqual(await staged(), []);
    });

    it('removes the rows in the making however late it comes', async () => {
      const controller = new AbortController();
      const { database, context } = warehouse;
      const catalog: Catalog = Object.create(warehouse.catalog, {
        createTable: {
          value: async () => {
            controller.abort();
            throw new Error('cancelled');
          },
        },
      });
      const engine = await createEngine({ database, catalog, nextId: () => 'late' });
      const running = engine.execute('CREATE TABLE d.x AS SELECT 1 AS a', {
        ...context,
        signal: controller.signal,
      });
      await assert.rejects(running, { message: 'cancelled' });
      assert.deepEqual(await staged(), []);
    });

    it('does not begin what was cancelled before', async () => {
      const signal = AbortSignal.abort();
      await assert.rejects(
        warehouse.engine.execute('DELETE t WHERE TRUE', { ...warehouse.context, signal }),
        stoppedError,
      );
      assert.equal(await sum('COUNT(*)'), '100');
    });

    it('lets the next statement on the same table run', async () => {
      await cancelled(`UPDATE t SET n = (${ENDLESS}) WHERE TRUE`);
      await warehouse.run('UPDATE t SET n = 5 WHERE TRUE');
      assert.equal(await sum('SUM(n)'), '500');
    });
  });
});
