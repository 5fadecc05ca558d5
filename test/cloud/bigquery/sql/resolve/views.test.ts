import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('views and INFORMATION_SCHEMA', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      "CREATE TABLE d.base (id INT64 NOT NULL, name STRING, tags ARRAY<STRING>, ts TIMESTAMP OPTIONS(description='when')) PARTITION BY DATE(ts) CLUSTER BY name, id",
      "INSERT d.base VALUES (1, 'a', ['x'], '2024-01-01'), (2, 'b', [], '2024-01-02')",
      'CREATE VIEW d.doubled (id, twice) AS SELECT id, id * 2 FROM d.base',
      'CREATE VIEW d.big AS SELECT twice AS n FROM `p.d.doubled` WHERE twice > 2',
      'CREATE VIEW d.wide AS SELECT * FROM d.base',
      'CREATE VIEW d.renamed (a, b) AS SELECT 1, 2',
      'CREATE SCHEMA e',
      'CREATE VIEW e.other AS SELECT MAX(n) AS m FROM d.big',
      'CREATE VIEW e.structs AS SELECT AS STRUCT id, name FROM d.base',
      'CREATE TABLE e.old (a INT64)',
      'CREATE VIEW e.gone AS SELECT a FROM e.old',
      'DROP TABLE e.old',
    );
  });
  after(() => warehouse.close());

  describe('a view is its query', () => {
    itAnswers(opened, [
      [
        'SELECT * FROM doubled ORDER BY id',
        'id INT64, twice INT64',
        [
          ['1', '2'],
          ['2', '4'],
        ],
      ],
      ['SELECT * FROM d.big', 'n INT64', [['4']]],
      ['SELECT m FROM e.other', 'm INT64', [['4']]],
      [
        'SELECT v.twice, b.name FROM d.doubled AS v JOIN base AS b USING (id) ORDER BY 1',
        'twice INT64, name STRING',
        [
          ['2', 'a'],
          ['4', 'b'],
        ],
      ],
      [
        'WITH base AS (SELECT 9 AS id) SELECT * FROM doubled ORDER BY id',
        'id INT64, twice INT64',
        [
          ['1', '2'],
          ['2', '4'],
        ],
      ],
      [
        'SELECT * FROM e.structs ORDER BY id',
        'id INT64, name STRING',
        [
          ['1', 'a'],
          ['2', 'b'],
        ],
      ],
      ['SELECT b, a FROM d.renamed', 'b INT64, a INT64', [['2', '1']]],
    ]);
    itRefuses(opened, [
      ['SELECT name FROM doubled', 'Unrecognized name: name at [1:8]'],
      ['SELECT * FROM e.gone', 'Not found: Table p:e.old was not found in location US', 404],
      ["SELECT n FROM d.big WHERE ERROR('x') = n", 'x'],
    ]);
  });

  describe('INFORMATION_SCHEMA of a dataset', () => {
    itAnswers(opened, [
      [
        'SELECT table_name, table_type, is_insertable_into FROM d.INFORMATION_SCHEMA.TABLES ORDER BY 1',
        'table_name STRING, table_type STRING, is_insertable_into STRING',
        [
          ['base', 'BASE TABLE', 'YES'],
          ['big', 'VIEW', 'NO'],
          ['doubled', 'VIEW', 'NO'],
          ['renamed', 'VIEW', 'NO'],
          ['wide', 'VIEW', 'NO'],
        ],
      ],
      [
        "SELECT column_name, ordinal_position, is_nullable, data_type, is_partitioning_column, clustering_ordinal_position FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'base' ORDER BY 2",
        'column_name STRING, ordinal_position INT64, is_nullable STRING, data_type STRING, is_partitioning_column STRING, clustering_ordinal_position INT64',
        [
          ['id', '1', 'NO', 'INT64', 'NO', '2'],
          ['name', '2', 'YES', 'STRING', 'NO', '1'],
          ['tags', '3', 'YES', 'ARRAY<STRING>', 'NO', null],
          ['ts', '4', 'YES', 'TIMESTAMP', 'YES', null],
        ],
      ],
      [
        "SELECT table_name, view_definition FROM `p.d.INFORMATION_SCHEMA.VIEWS` WHERE table_name IN ('big', 'doubled') ORDER BY 1",
        'table_name STRING, view_definition STRING',
        [
          ['big', 'SELECT twice AS n FROM `p.d.doubled` WHERE twice > 2'],
          ['doubled', 'SELECT id, id * 2 FROM d.base'],
        ],
      ],
      ['SELECT COUNT(*) AS n FROM INFORMATION_SCHEMA.TABLES', 'n INT64', [['5']]],
      [
        "SELECT t.table_name FROM e.INFORMATION_SCHEMA.TABLES AS t WHERE t.table_schema = 'e' AND t.table_catalog = 'p' ORDER BY 1",
        'table_name STRING',
        [['gone'], ['other'], ['structs']],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT * FROM none.INFORMATION_SCHEMA.TABLES',
        'Not found: Dataset p:none was not found in location US',
        404,
      ],
      [
        'SELECT * FROM d.INFORMATION_SCHEMA.JOBS',
        'The local Google Cloud does not support INFORMATION_SCHEMA.JOBS of one dataset.',
        501,
      ],
      [
        'SELECT * FROM d.INFORMATION_SCHEMA.VECTOR_INDEXES',
        'The local Google Cloud does not support INFORMATION_SCHEMA.VECTOR_INDEXES.',
        501,
      ],
      [
        'SELECT * FROM d.INFORMATION_SCHEMA.SCHEMATA',
        'The local Google Cloud does not support INFORMATION_SCHEMA.SCHEMATA of one dataset.',
        501,
      ],
    ]);
  });

  describe('INFORMATION_SCHEMA of a project', () => {
    itAnswers(opened, [
      [
        'SELECT catalog_name, schema_name FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 2',
        'catalog_name STRING, schema_name STRING',
        [
          ['p', 'answers'],
          ['p', 'd'],
          ['p', 'e'],
        ],
      ],
      [
        "SELECT schema_name FROM `region-us`.INFORMATION_SCHEMA.SCHEMATA WHERE schema_name LIKE 'e%'",
        'schema_name STRING',
        [['e']],
      ],
    ]);
  });
});
