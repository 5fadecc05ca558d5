import assert from 'node:assert/strict';
import { openWarehouse, type Warehouse } from './testing.ts';

describe('MERGE', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.stock (item STRING NOT NULL, count INT64, tags ARRAY<STRING>)',
      "INSERT d.stock VALUES ('apple', 1, ['red']), ('kale', 2, []), ('pear', 3, [])",
      'CREATE TABLE d.arrivals (item STRING, count INT64, tags ARRAY<STRING>)',
      "INSERT d.arrivals VALUES ('apple', 10, ['new']), ('kale', 0, []), ('plum', 5, ['blue'])",
    );
  });
  afterEach(() => warehouse.close());

  const BEFORE = [
    ['apple', '1', ['red']],
    ['kale', '2', []],
    ['pear', '3', []],
  ];
  const stock = () => warehouse.rows('SELECT * FROM stock ORDER BY item, count');
  const merge = async (clauses: string, source = 'd.arrivals AS a', on = 's.item = a.item') => {
    const sql = `MERGE INTO d.stock AS s USING ${source} ON ${on} ${clauses}`;
    const { statementType, dml } = await warehouse.execute(sql);
    assert.equal(statementType, 'MERGE');
    return [dml?.inserted, dml?.updated, dml?.deleted];
  };
  const refused = async (clauses: string, message: string | RegExp, source = 'd.arrivals AS a') => {
    await warehouse.fails(
      `MERGE d.stock AS s USING ${source} ON s.item = a.item ${clauses}`,
      message,
    );
    assert.deepEqual(await stock(), BEFORE);
  };

  it('updates pairs, inserts what is new and deletes what is gone, in one statement', async () => {
    const counts = await merge(`
      WHEN MATCHED AND a.count = 0 THEN DELETE
      WHEN MATCHED THEN UPDATE SET count = s.count + a.count, tags = ARRAY_CONCAT(s.tags, a.tags)
      WHEN NOT MATCHED THEN INSERT (item, count) VALUES (UPPER(item), count)
      WHEN NOT MATCHED BY SOURCE THEN UPDATE SET count = -1`);
    assert.deepEqual(counts, [1, 2, 1]);
    assert.deepEqual(await stock(), [
      ['PLUM', '5', []],
      ['apple', '11', ['red', 'new']],
      ['pear', '-1', []],
    ]);
  });

  it('takes for every row the first clause that applies, and leaves it when none does', async () => {
    const counts = await merge(`
      WHEN MATCHED AND a.count > 100 THEN DELETE
      WHEN MATCHED AND a.count > 5 THEN UPDATE SET count = 100
      WHEN MATCHED AND a.count > 1 THEN UPDATE SET count = 200
      WHEN NOT MATCHED BY TARGET AND a.count > 5 THEN INSERT ROW
      WHEN NOT MATCHED BY SOURCE AND s.count > 5 THEN DELETE`);
    assert.deepEqual(counts, [0, 1, 0]);
    assert.deepEqual(await stock(), [['apple', '100', ['red']], ...BEFORE.slice(1)]);
  });

  it('inserts whole rows with INSERT ROW, in the order of the columns', async () => {
    assert.deepEqual(await merge('WHEN NOT MATCHED THEN INSERT ROW'), [1, 0, 0]);
    assert.deepEqual((await stock()).at(-1), ['plum', '5', ['blue']]);
  });

  it('replaces everything with a condition that never holds', async () => {
    const counts = await merge(
      'WHEN NOT MATCHED THEN INSERT ROW WHEN NOT MATCHED BY SOURCE THEN DELETE',
      'd.arrivals AS a',
      'FALSE',
    );
    assert.deepEqual(counts, [3, 0, 3]);
    assert.deepEqual(await stock(), await warehouse.rows('SELECT * FROM d.arrivals ORDER BY item'));
  });

  it('reads any source: a query, and the table itself', async () => {
    const source = '(SELECT item, SUM(count) AS count FROM d.stock GROUP BY item) AS a';
    assert.deepEqual(
      await merge('WHEN MATCHED THEN UPDATE SET count = a.count * 2', source),
      [0, 3, 0],
    );
    assert.deepEqual(await warehouse.rows('SELECT SUM(count) FROM stock'), [['12']]);
  });

  it('refuses two source rows for one target row, and changes nothing', async () => {
    await warehouse.run("INSERT d.arrivals VALUES ('apple', 11, [])");
    const problem = 'UPDATE/MERGE must match at most one source row for each target row at [1:1]';
    await refused('WHEN MATCHED THEN UPDATE SET count = a.count', problem);
    await refused('WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT ROW', problem);
  });

  it('allows two where no clause applies to more than one of them', async () => {
    await warehouse.run("INSERT d.arrivals VALUES ('apple', 11, [])");
    assert.deepEqual(
      await merge('WHEN MATCHED AND a.count = 11 THEN UPDATE SET count = a.count'),
      [0, 1, 0],
    );
  });

  it('changes nothing when a value of a later row fails', async () => {
    await refused(
      `WHEN MATCHED THEN UPDATE SET count = 7
       WHEN NOT MATCHED THEN INSERT (item, count) VALUES (item, DIV(1, a.count - 5))`,
      'division by zero: DIV(1, 0)',
    );
    await refused(
      'WHEN NOT MATCHED THEN INSERT (count) VALUES (1)',
      'Required field item cannot be null',
    );
    await refused('WHEN MATCHED THEN UPDATE SET item = NULL', 'Required field item cannot be null');
  });

  it('refuses names and values that do not fit, with their place', async () => {
    await refused(
      'WHEN MATCHED THEN UPDATE SET nope = 1',
      /^Column nope is not present in table stock at \[1:/,
    );
    await refused(
      'WHEN MATCHED THEN UPDATE SET count = "x"',
      /^Value has type STRING which cannot be inserted into column count/,
    );
    await refused('WHEN NOT MATCHED THEN INSERT (item) VALUES (s.item)', /^Unrecognized name: s/);
    await refused(
      'WHEN NOT MATCHED BY SOURCE THEN UPDATE SET count = a.count',
      /^Unrecognized name: a/,
    );
    await refused(
      'WHEN NOT MATCHED THEN INSERT ROW',
      /^Inserted row has wrong column count; Has 1, expected 3/,
      '(SELECT item FROM d.arrivals) AS a',
    );
    await refused('WHEN MATCHED AND 1 THEN DELETE', /^No matching signature for MERGE condition/);
  });
});
