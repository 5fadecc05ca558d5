import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from './database.ts';

const LONG =
  'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 8';

describe('a session of DuckDB', () => {
  let database: Database;
  beforeEach(async () => {
    database = await Database.open({ threads: 2 });
    await database.using((session) => session.run('CREATE TABLE t AS SELECT 1 AS n'));
  });
  afterEach(() => database.close());

  const rows = (sql = 'SELECT n FROM t ORDER BY n') =>
    database.using((session) => session.rows(sql));

  it('commits a transaction that ends well, and undoes one that fails', async () => {
    await database.using((s) => s.transaction(() => s.run('INSERT INTO t VALUES (2)')));
    const failing = database.using((s) =>
      s.transaction(async () => {
        await s.run('DELETE FROM t');
        throw new Error('halfway');
      }),
    );
    await assert.rejects(failing, /halfway/);
    assert.deepEqual(await rows(), [[1], [2]]);
  });

  it('breaks off the statement under way when its signal is aborted, and undoes its transaction', async () => {
    const controller = new AbortController();
    const running = database.using(
      (s) =>
        s.transaction(async () => {
          await s.run('DELETE FROM t');
          await s.run(LONG);
        }),
      controller.signal,
    );
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(running, { status: 499, reason: 'stopped' });
    assert.deepEqual(await rows(), [[1]]);
  });

  it('begins nothing after that, but still cleans up', async () => {
    const session = await database.connect(AbortSignal.abort());
    await assert.rejects(session.run('DELETE FROM t'), { status: 499 });
    await assert.rejects(session.rows('SELECT 1'), { status: 499 });
    await session.cleanUp('DROP TABLE t');
    session.close();
    assert.deepEqual(
      await rows("SELECT count(*) FROM information_schema.tables WHERE table_name = 't'"),
      [[0n]],
    );
  });

  it('is alone with its temporary tables, and sees what others committed', async () => {
    const [a, b] = [await database.connect(), await database.connect()];
    await a.run('CREATE TEMP TABLE mine AS SELECT 1 AS x');
    await assert.rejects(b.rows('SELECT * FROM mine'), /does not exist/);
    await a.run('INSERT INTO t VALUES (5)');
    assert.deepEqual(await b.rows('SELECT max(n) FROM t'), [[5]]);
    a.close();
    b.close();
  });

  it('is in UTC, whatever the machine is in', async () => {
    assert.deepEqual(await rows("SELECT CAST(TIMESTAMPTZ '2024-01-01 00:00:00+00' AS VARCHAR)"), [
      ['2024-01-01 00:00:00+00'],
    ]);
  });

  it('keeps a file for one process, and its rows for the next', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'duckdb-'));
    const path = join(folder, 'x.duckdb');
    const first = await Database.open({ path });
    await first.using((s) => s.run('CREATE TABLE kept AS SELECT 7 AS n'));
    first.close();
    const second = await Database.open({ path });
    assert.deepEqual(await second.using((s) => s.rows('SELECT n FROM kept')), [[7]]);
    second.close();
    await rm(folder, { recursive: true });
  });
});
