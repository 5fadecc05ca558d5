import assert from 'node:assert/strict';
import { openWarehouse, ref, type Warehouse } from './testing.ts';

describe('CREATE TABLE', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run('CREATE TABLE d.t (id INT64 NOT NULL, name STRING)');
    await warehouse.run("INSERT d.t VALUES (1, 'a'), (2, 'b')");
  });
  afterEach(() => warehouse.close());

  it('makes a table of columns, once', async () => {
    const sql = `TABLE d.n (a INT64 NOT NULL OPTIONS(description="key"), b ARRAY<STRUCT<x FLOAT64, y DATE>>)`;
    assert.deepEqual(await warehouse.operation(`CREATE ${sql}`), ['CREATE_TABLE', 'CREATE']);
    assert.deepEqual(warehouse.columns('n'), [
      'a INT64 NOT NULL',
      'b ARRAY<STRUCT<x FLOAT64, y DATE>>',
    ]);
    assert.equal(warehouse.entry('n').fields[0]?.description, 'key');
    await warehouse.fails(`CREATE ${sql}`, 'Already Exists: Table p:d.n', 409);
    const again = sql.replace('TABLE', 'TABLE IF NOT EXISTS');
    assert.deepEqual(await warehouse.operation(`CREATE ${again}`), ['CREATE_TABLE', 'SKIP']);
  });

  it('OR REPLACE puts another in its place, rows and all', async () => {
    assert.deepEqual(await warehouse.operation('CREATE OR REPLACE TABLE d.t (z BOOL)'), [
      'CREATE_TABLE',
      'REPLACE',
    ]);
    assert.deepEqual(warehouse.columns('t'), ['z BOOL']);
    assert.deepEqual(await warehouse.rows('SELECT * FROM t'), []);
  });

  it('AS SELECT makes it of a query, whose types it takes', async () => {
    const sql = 'CREATE TABLE d.n AS SELECT id, [name] AS names, 1.5 AS f FROM t WHERE id = 1';
    assert.deepEqual(await warehouse.operation(sql), ['CREATE_TABLE_AS_SELECT', 'CREATE']);
    assert.deepEqual(warehouse.columns('n'), ['id INT64', 'names ARRAY<STRING>', 'f FLOAT64']);
    assert.deepEqual(await warehouse.rows('SELECT * FROM d.n'), [['1', ['a'], '1.5']]);
  });

  it('AS SELECT with columns takes their names, types and NOT NULL', async () => {
    await warehouse.run(
      'CREATE TABLE d.n (x NUMERIC NOT NULL, y STRING) AS SELECT id, name FROM t',
    );
    assert.deepEqual(warehouse.columns('n'), ['x NUMERIC NOT NULL', 'y STRING']);
    assert.deepEqual(await warehouse.rows('SELECT SUM(x) FROM d.n'), [['3']]);
    await warehouse.fails('INSERT d.n (y) VALUES ("z")', 'Required field x cannot be null');
  });

  it('replaces a table by a query that reads it', async () => {
    await warehouse.run('CREATE OR REPLACE TABLE d.t AS SELECT id + 1 AS id FROM d.t');
    assert.deepEqual(await warehouse.rows('SELECT id FROM t ORDER BY id'), [['2'], ['3']]);
  });

  it('leaves what is there when its query fails', async () => {
    const failing = 'AS SELECT id, IF(id = 2, ERROR("bad"), "") AS e FROM d.t';
    await warehouse.fails(`CREATE OR REPLACE TABLE d.t ${failing}`, 'bad');
    await warehouse.fails(`CREATE TABLE d.n ${failing}`, 'bad');
    assert.equal(warehouse.catalog.table(ref('n')), undefined);
    assert.deepEqual(await warehouse.rows('SELECT * FROM t ORDER BY id'), [
      ['1', 'a'],
      ['2', 'b'],
    ]);
    await warehouse.fails(
      'CREATE OR REPLACE TABLE d.t (id INT64 NOT NULL) AS SELECT NULL',
      'Required field id cannot be null',
    );
    assert.deepEqual(warehouse.columns('t'), ['id INT64 NOT NULL', 'name STRING']);
  });

  it('LIKE takes over columns and layout, COPY and CLONE also the rows', async () => {
    await warehouse.run('CREATE TABLE d.p (day DATE, k STRING) PARTITION BY day CLUSTER BY k');
    await warehouse.run("INSERT d.p VALUES ('2024-01-01', 'x')", 'CREATE TABLE d.l LIKE d.p');
    await warehouse.run('CREATE TABLE d.c COPY d.p', 'CREATE TABLE d.e CLONE d.p');
    for (const table of ['l', 'c', 'e']) {
      assert.deepEqual(warehouse.entry(table).fields, warehouse.entry('p').fields);
      assert.deepEqual(warehouse.entry(table).options, warehouse.entry('p').options);
    }
    const counts =
      'SELECT (SELECT COUNT(*) FROM d.l), (SELECT COUNT(*) FROM d.c), (SELECT COUNT(*) FROM d.e)';
    assert.deepEqual(await warehouse.rows(counts), [['0', '1', '1']]);
  });

  it('keeps partitioning, clustering and options as the REST API has them', async () => {
    await warehouse.run(
      `CREATE TABLE d.a (ts TIMESTAMP, k STRING, n INT64) PARTITION BY TIMESTAMP_TRUNC(ts, MONTH) CLUSTER BY K, n
       OPTIONS(description = 'x', friendly_name = 'y', labels = [('k', 'v')], partition_expiration_days = 1.5,
         require_partition_filter = TRUE, expiration_timestamp = TIMESTAMP '2030-01-01 00:00:00 UTC')`,
      'CREATE TABLE d.b (n INT64) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))',
      'CREATE TABLE d.c (ts TIMESTAMP) PARTITION BY DATE(ts)',
    );
    assert.deepEqual(warehouse.entry('a').options, {
      timePartitioning: { type: 'MONTH', field: 'ts', expirationMs: '129600000' },
      clustering: { fields: ['k', 'n'] },
      description: 'x',
      friendlyName: 'y',
      labels: { k: 'v' },
      requirePartitionFilter: true,
      expirationTime: '1893456000000',
    });
    assert.deepEqual(warehouse.entry('b').options, {
      rangePartitioning: { field: 'n', range: { start: '0', end: '100', interval: '10' } },
    });
    assert.deepEqual(warehouse.entry('c').options, {
      timePartitioning: { type: 'DAY', field: 'ts' },
    });
    await warehouse.fails(
      'SELECT * FROM d.a',
      /^Cannot query over table 'p\.d\.a' without a filter over column\(s\) 'ts'/,
    );
    assert.deepEqual(await warehouse.rows("SELECT * FROM d.a WHERE ts > '2024-01-01'"), []);
  });

  const REFUSED: readonly (readonly [string, string | RegExp, number?])[] = [
    [
      'CREATE TABLE d.x AS SELECT 1',
      'CREATE TABLE columns must be named, but column 1 has no name at [1:1]',
    ],
    [
      'CREATE TABLE d.x AS SELECT 1 AS a, 2 AS A',
      'CREATE TABLE has columns with duplicate name A at [1:1]',
    ],
    ['CREATE TABLE d.x (a INT64, A STRING)', 'Field A already exists in schema'],
    ['CREATE TABLE d.x (s STRUCT<a INT64, A STRING>)', 'Field A already exists in schema'],
    [
      'CREATE TABLE d.x AS SELECT [STRUCT(1 AS a, 2 AS a)] AS s',
      'Field a already exists in schema',
    ],
    ['CREATE TABLE d.x (s STRUCT<INT64>)', /^Invalid field name ""/],
    ['CREATE TABLE d.x AS SELECT 1 AS `a.b`', /^Invalid field name "a\.b"/],
    ['CREATE TABLE d.x (_PARTITIONTIME TIMESTAMP)', /^Invalid field name "_PARTITIONTIME"/],
    ['CREATE TABLE d.x (a FOO)', 'Type not found: FOO at [1:21]'],
    ['CREATE TABLE d.x', 'CREATE TABLE needs columns or a query at [1:1]'],
    ['CREATE TABLE none.x (a INT64)', 'Not found: Dataset p:none', 404],
    [
      'CREATE TABLE d.x (a ARRAY<INT64> NOT NULL)',
      'NOT NULL constraint is not supported for ARRAY columns at [1:21]',
    ],
    [
      'CREATE TABLE d.x (a INT64, b INT64) AS SELECT 1',
      /^The number of columns in the column definition list does not match/,
    ],
    [
      'CREATE TABLE d.x (a INT64) AS SELECT "a"',
      'Column a has type INT64, but the query gives STRING at [1:1]',
    ],
    [
      'CREATE TABLE d.x (a INT64) PARTITION BY a',
      'The field a of type INT64 cannot be used for partitioning.',
    ],
    [
      'CREATE TABLE d.x (a DATE) PARTITION BY b',
      'PARTITION BY expression must read a column of the table at [1:40]',
    ],
    [
      'CREATE TABLE d.x (a DATE) PARTITION BY _PARTITIONDATE',
      'The local Google Cloud does not support ingestion-time partitioning.',
      501,
    ],
    ['CREATE TABLE d.x (a INT64) CLUSTER BY b', 'Unrecognized name: b at [1:39]'],
    [
      'CREATE TABLE d.x (a FLOAT64) CLUSTER BY a',
      'The field a of type FLOAT64 cannot be used for clustering.',
    ],
    [
      'CREATE TABLE d.x (a INT64) OPTIONS(nope = 1)',
      /^Unknown option: nope; known here: description, .* at \[1:36\]$/,
    ],
    ['CREATE TABLE d.x LIKE d.none', 'Not found: Table p:d.none was not found in location US', 404],
  ];
  for (const [sql, message, status] of REFUSED) {
    it(`refuses ${sql}`, async () => {
      await warehouse.fails(sql, message, status);
      assert.equal(warehouse.catalog.table(ref('x')), undefined);
    });
  }
});
