import assert from 'node:assert/strict';
import { itAnswers, openWarehouse, type Warehouse } from '../run/testing.ts';

describe('INFORMATION_SCHEMA', () => {
  let warehouse: Warehouse;
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      `CREATE TABLE d.days (ts TIMESTAMP, n INT64, s STRUCT<a INT64, b ARRAY<STRUCT<c STRING>>>)
       PARTITION BY DATE(ts) CLUSTER BY n
       OPTIONS (description = 'By "day"', labels = [('team', 'risk')], partition_expiration_days = 30.5, require_partition_filter = true, friendly_name = 'Days')`,
      "INSERT d.days (ts, n) VALUES (TIMESTAMP '2026-01-01 23:59:59+00', 1), (TIMESTAMP '2026-01-02 00:00:00+00', 2), (TIMESTAMP '2026-01-02 01:00:00+00', NULL), (NULL, 4)",
      'CREATE TABLE d.months (day DATE) PARTITION BY DATE_TRUNC(day, MONTH)',
      "INSERT d.months VALUES (DATE '2026-03-31'), (DATE '2026-03-01'), (DATE '2026-04-01')",
      'CREATE TABLE d.ranges (n INT64) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(10, 30, 10))',
      'INSERT d.ranges VALUES (10), (19), (29), (30), (9), (NULL)',
      "CREATE TABLE d.plain AS SELECT 'ab' AS word, i FROM UNNEST([1, 2, 3]) AS i",
      'CREATE TABLE d.empty (n INT64)',
      'CREATE VIEW d.seen AS SELECT n FROM d.plain CROSS JOIN (SELECT 1 AS n)',
      'CREATE FUNCTION d.twice(x INT64) RETURNS INT64 AS (x * 2)',
      'CREATE FUNCTION d.same(x ANY TYPE) AS (x)',
    );
  });
  after(() => warehouse.close());

  itAnswers(
    () => warehouse,
    [
      [
        "SELECT table_name, partition_id, total_rows, total_logical_bytes, storage_tier FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE table_name != 'days' ORDER BY 1, 2",
        'table_name STRING, partition_id STRING, total_rows INT64, total_logical_bytes INT64, storage_tier STRING',
        [
          ['empty', null, '0', '0', 'ACTIVE'],
          ['months', '202603', '2', '16', 'ACTIVE'],
          ['months', '202604', '1', '8', 'ACTIVE'],
          ['plain', null, '3', '36', 'ACTIVE'],
          ['ranges', '10', '2', '16', 'ACTIVE'],
          ['ranges', '20', '1', '8', 'ACTIVE'],
          ['ranges', '__NULL__', '1', '0', 'ACTIVE'],
          ['ranges', '__UNPARTITIONED__', '2', '16', 'ACTIVE'],
        ],
      ],
      [
        "SELECT partition_id, total_rows, total_logical_bytes FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'days' ORDER BY 1",
        'partition_id STRING, total_rows INT64, total_logical_bytes INT64',
        [
          ['20260101', '1', '16'],
          ['20260102', '2', '24'],
          ['__NULL__', '1', '8'],
        ],
      ],
      [
        "SELECT table_name, total_rows, total_partitions, total_logical_bytes, deleted FROM `region-us`.INFORMATION_SCHEMA.TABLE_STORAGE WHERE table_schema = 'd' ORDER BY 1",
        'table_name STRING, total_rows INT64, total_partitions INT64, total_logical_bytes INT64, deleted BOOL',
        [
          ['days', '4', '3', '48', 'false'],
          ['empty', '0', '0', '0', 'false'],
          ['months', '3', '2', '24', 'false'],
          ['plain', '3', '0', '36', 'false'],
          ['ranges', '6', '4', '40', 'false'],
        ],
      ],
      [
        'SELECT option_name, option_type, option_value FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS ORDER BY 1',
        'option_name STRING, option_type STRING, option_value STRING',
        [
          ['description', 'STRING', '"By \\"day\\""'],
          ['friendly_name', 'STRING', '"Days"'],
          ['labels', 'ARRAY<STRUCT<STRING, STRING>>', '[STRUCT("team", "risk")]'],
          ['partition_expiration_days', 'FLOAT64', '30.5'],
          ['require_partition_filter', 'BOOL', 'true'],
        ],
      ],
      [
        "SELECT column_name, field_path, data_type FROM d.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS WHERE table_name = 'days' AND column_name != 'ts' ORDER BY 2",
        'column_name STRING, field_path STRING, data_type STRING',
        [
          ['n', 'n', 'INT64'],
          ['s', 's', 'STRUCT<a INT64, b ARRAY<STRUCT<c STRING>>>'],
          ['s', 's.a', 'INT64'],
          ['s', 's.b', 'ARRAY<STRUCT<c STRING>>'],
          ['s', 's.b.c', 'STRING'],
        ],
      ],
      [
        'SELECT routine_name, routine_type, data_type, routine_body, routine_definition, ddl FROM d.INFORMATION_SCHEMA.ROUTINES ORDER BY 1',
        'routine_name STRING, routine_type STRING, data_type STRING, routine_body STRING, routine_definition STRING, ddl STRING',
        [
          ['same', 'FUNCTION', null, 'SQL', 'x', 'CREATE FUNCTION `p.d.same`(x ANY TYPE) AS (x)'],
          [
            'twice',
            'FUNCTION',
            'INT64',
            'SQL',
            'x * 2',
            'CREATE FUNCTION `p.d.twice`(x INT64) RETURNS INT64 AS (x * 2)',
          ],
        ],
      ],
      [
        "SELECT table_name, table_type, managed_table_type, creation_time <= CURRENT_TIMESTAMP() AS made FROM `region-eu`.INFORMATION_SCHEMA.TABLES WHERE table_schema = 'd' AND table_name IN ('plain', 'seen') ORDER BY 1",
        'table_name STRING, table_type STRING, managed_table_type STRING, made BOOL',
        [
          ['plain', 'BASE TABLE', 'NATIVE', 'true'],
          ['seen', 'VIEW', null, 'true'],
        ],
      ],
      [
        "SELECT schema_name, location, creation_time = last_modified_time AS fresh FROM INFORMATION_SCHEMA.SCHEMATA WHERE schema_name = 'd'",
        'schema_name STRING, location STRING, fresh BOOL',
        [['d', 'US', 'true']],
      ],
      ['SELECT COUNT(*) AS n FROM INFORMATION_SCHEMA.JOBS_BY_PROJECT', 'n INT64', [['0']]],
    ],
  );

  it('gives the columns their types where there are no rows', async () => {
    await warehouse.run('CREATE SCHEMA bare');
    for (const name of ['PARTITIONS', 'ROUTINES', 'TABLE_OPTIONS', 'COLUMN_FIELD_PATHS']) {
      const { rows } = await warehouse.ask(`SELECT * FROM bare.INFORMATION_SCHEMA.${name}`);
      assert.deepEqual(rows, [], name);
    }
  });
});
