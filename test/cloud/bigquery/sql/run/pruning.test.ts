/** What a dry run tells of partitioned tables: the bytes of the partitions that constant filters leave. */
import assert from 'node:assert/strict';
import { openWarehouse, type Warehouse } from './testing.ts';

describe('bytes of partitioned tables', () => {
  let warehouse: Warehouse;
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.p (seen TIMESTAMP, i INT64) PARTITION BY DATE(seen)',
      // Partitions of 1, 2 and 4 rows, and one for NULL.
      `INSERT d.p VALUES
        ('2026-01-01 12:00:00', 1),
        ('2026-01-02 01:00:00', 1), ('2026-01-02 23:00:00', 1),
        ('2026-01-03 01:00:00', 1), ('2026-01-03 02:00:00', 1), ('2026-01-03 03:00:00', 1), ('2026-01-03 04:00:00', 1),
        (NULL, 1)`,
      'CREATE TABLE d.m (day DATE, i INT64) PARTITION BY DATE_TRUNC(day, MONTH)',
      "INSERT d.m VALUES ('2026-01-31', 1), ('2026-02-01', 1), ('2026-02-28', 1)",
      'CREATE TABLE d.s (i INT64)',
      'INSERT d.s VALUES (1)',
      "CREATE VIEW d.v AS SELECT i FROM d.p WHERE seen >= '2026-01-03'",
    );
  });
  after(() => warehouse.close());

  /** INT64 and TIMESTAMP have 8 bytes each, DATE too. */
  const CASES: readonly (readonly [what: string, sql: string, bytes: number])[] = [
    ['all without a filter', 'SELECT i FROM p', 8 * 8],
    [
      'whole partitions from a time on',
      "SELECT seen FROM p WHERE seen >= '2026-01-02 22:00:00'",
      6 * 8,
    ],
    ['none that ends before', "SELECT seen FROM p WHERE seen > TIMESTAMP '2026-01-03'", 4 * 8],
    ['none that begins at the end', "SELECT seen FROM p WHERE seen < '2026-01-02'", 8],
    [
      'that which begins at an end that is included',
      "SELECT seen FROM p WHERE seen <= '2026-01-02'",
      3 * 8,
    ],
    ['the one of a moment', "SELECT seen FROM p WHERE seen = '2026-01-02 05:00:00'", 2 * 8],
    [
      'from both sides',
      "SELECT seen FROM p WHERE seen >= '2026-01-02' AND '2026-01-03' > seen AND i = 1",
      2 * 16,
    ],
    [
      'BETWEEN',
      "SELECT seen FROM p WHERE seen BETWEEN '2026-01-01' AND '2026-01-02 00:00:00'",
      3 * 8,
    ],
    [
      'constants that are computed',
      "SELECT seen FROM p WHERE seen >= TIMESTAMP_SUB(TIMESTAMP '2026-01-04', INTERVAL 1 DAY)",
      4 * 8,
    ],
    [
      'all where another column is the bound',
      'SELECT i FROM p WHERE seen >= TIMESTAMP_SECONDS(i)',
      8 * 8 + 7 * 8,
    ],
    [
      'all where a query is the bound',
      'SELECT i FROM p WHERE seen >= (SELECT MAX(TIMESTAMP_SECONDS(i)) FROM s)',
      8 * 8 + 7 * 8 + 8,
    ],
    [
      'all where the filter may be passed otherwise',
      "SELECT i FROM p WHERE seen >= '2026-01-03' OR i = 2",
      8 * 8 + 7 * 8,
    ],
    [
      'of two readings either',
      "SELECT i FROM p WHERE seen >= '2026-01-03' UNION ALL SELECT i FROM p WHERE seen < '2026-01-02'",
      5 * 16,
    ],
    [
      'all where one reading has no filter',
      "SELECT i FROM p WHERE seen >= '2026-01-03' UNION ALL SELECT i FROM p",
      8 * 8 + 7 * 8,
    ],
    [
      'in a CTE and in a view',
      "WITH w AS (SELECT i FROM p WHERE seen >= '2026-01-03') SELECT w.i FROM w, v",
      4 * 16,
    ],
    ['by month', "SELECT day FROM m WHERE day >= '2026-02-15'", 2 * 8],
    ['of a DELETE', "DELETE d.p WHERE seen >= '2026-01-03' AND i = 7", 4 * 16],
    ['of an UPDATE', "UPDATE d.p SET i = 2 WHERE seen < '2026-01-02' AND i = 7", 16],
    [
      'of a MERGE by its condition',
      "MERGE d.p AS t USING d.s AS s ON t.i = s.i AND t.seen >= '2026-01-03' AND t.seen < '2026-01-01' WHEN NOT MATCHED THEN INSERT (i) VALUES (7)",
      8,
    ],
    [
      'of a MERGE by the conditions of clauses where nothing matches',
      "MERGE d.p AS t USING d.s AS s ON FALSE WHEN NOT MATCHED BY SOURCE AND t.seen >= '2026-01-03' AND t.i = 7 THEN DELETE",
      4 * 16,
    ],
  ];
  for (const [what, sql, bytes] of CASES) {
    it(`are ${what}: ${sql}`, async () => {
      const dry = await warehouse.engine.analyze(sql, warehouse.context);
      assert.equal(dry.bytesProcessed, bytes);
    });
  }
});
