import {
  EXAMPLE_TABLE,
  itAnswers,
  itRefuses,
  openWarehouse,
  type Warehouse,
} from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('queries within expressions', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(...EXAMPLE_TABLE);
  });
  after(() => warehouse.close());

  describe('scalar', () => {
    itAnswers(opened, [
      [
        'SELECT (SELECT id FROM t WHERE id = 1) AS one, (SELECT id FROM t WHERE FALSE) AS none',
        'one INT64, none INT64',
        [['1', null]],
      ],
      [
        'SELECT (SELECT AS STRUCT id, name FROM t WHERE id = 1) AS s',
        's STRUCT<id INT64, name STRING>',
        [[['1', 'a']]],
      ],
      [
        'SELECT id, (SELECT SUM(x) FROM UNNEST(t.xs) AS x) AS n FROM t ORDER BY id',
        'id INT64, n INT64',
        [
          ['1', '3'],
          ['2', null],
          ['3', null],
        ],
      ],
      [
        'SELECT id, (SELECT SUM(x * t.id) FROM t.xs AS x) AS n FROM t ORDER BY id',
        'id INT64, n INT64',
        [
          ['1', '3'],
          ['2', null],
          ['3', null],
        ],
      ],
      [
        'SELECT id FROM t AS o WHERE id = (SELECT MAX(i.id) FROM t AS i WHERE i.id <= o.id) ORDER BY id',
        'id INT64',
        [['1'], ['2'], ['3']],
      ],
      [
        'SELECT id, (SELECT COUNT(*) FROM t AS i WHERE i.id < o.id) AS before FROM t AS o ORDER BY id',
        'id INT64, before INT64',
        [
          ['1', '0'],
          ['2', '1'],
          ['3', '2'],
        ],
      ],
      ['SELECT ((SELECT 1) + (SELECT 2)) AS three', 'three INT64', [['3']]],
    ]);
    itRefuses(opened, [
      ['SELECT (SELECT id FROM t)', 'Scalar subquery produced more than one element'],
      [
        'SELECT (SELECT id, name FROM t)',
        'Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values at [1:8]',
      ],
      ['SELECT (SELECT nope FROM t)', 'Unrecognized name: nope at [1:16]'],
    ]);
  });

  describe('ARRAY', () => {
    itAnswers(opened, [
      [
        'SELECT ARRAY(SELECT id FROM t ORDER BY id DESC) AS ids',
        'ids ARRAY<INT64>',
        [[['3', '2', '1']]],
      ],
      ['SELECT ARRAY(SELECT id FROM t WHERE FALSE) AS ids', 'ids ARRAY<INT64>', [[[]]]],
      [
        'SELECT id, ARRAY(SELECT x * 10 FROM UNNEST(xs) AS x WITH OFFSET AS o ORDER BY o DESC) AS tens FROM t ORDER BY id',
        'id INT64, tens ARRAY<INT64>',
        [
          ['1', ['20', '10']],
          ['2', []],
          ['3', []],
        ],
      ],
      ['SELECT ARRAY_LENGTH(ARRAY(SELECT name FROM t)) AS n', 'n INT64', [['3']]],
    ]);
    itRefuses(opened, [
      [
        'SELECT ARRAY(SELECT id, name FROM t)',
        'ARRAY subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values at [1:8]',
      ],
      [
        'SELECT ARRAY(SELECT name FROM t)',
        'Array cannot have a null element; error in writing field f0_',
      ],
      [
        'SELECT ARRAY(SELECT xs FROM t)',
        'Cannot use array subquery with column of type ARRAY<INT64> because nested arrays are not supported at [1:8]',
      ],
    ]);
  });

  describe('EXISTS and IN', () => {
    itAnswers(opened, [
      [
        'SELECT EXISTS(SELECT 1 FROM t WHERE id = 7) AS none, EXISTS(SELECT * FROM t) AS some_',
        'none BOOL, some_ BOOL',
        [['false', 'true']],
      ],
      [
        'SELECT id FROM t WHERE EXISTS(SELECT 1 FROM UNNEST(xs) AS x WHERE x = t.id)',
        'id INT64',
        [['1']],
      ],
      [
        "SELECT 2 IN (SELECT id FROM t) AS a, 9 NOT IN (SELECT id FROM t) AS b, NULL IN (SELECT id FROM t) AS c, 'z' IN (SELECT name FROM t) AS d",
        'a BOOL, b BOOL, c BOOL, d BOOL',
        [['true', 'true', null, null]],
      ],
      ['SELECT id FROM t WHERE id IN UNNEST([1, 3]) ORDER BY id', 'id INT64', [['1'], ['3']]],
      ["SELECT id FROM t WHERE (id, name) IN ((1, 'a'), (2, 'z'))", 'id INT64', [['1']]],
      [
        'SELECT 1 IN (1, NULL) AS a, 2 IN (1, NULL) AS b, 2 NOT IN (1, NULL) AS c',
        'a BOOL, b BOOL, c BOOL',
        [['true', null, null]],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT 1 IN (SELECT id, name FROM t)',
        'Subquery of type IN must have only one output column at [1:8]',
      ],
      [
        "SELECT 1 IN ('a')",
        'No matching signature for operator IN for argument types INT64 and {STRING} at [1:8]',
      ],
    ]);
  });
});
