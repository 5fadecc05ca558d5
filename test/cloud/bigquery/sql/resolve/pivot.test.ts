import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('PIVOT and UNPIVOT', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.sales (product STRING, quarter STRING, amount INT64)',
      "INSERT d.sales VALUES ('kale', 'Q1', 51), ('kale', 'Q2', 23), ('kale', 'Q1', 9), ('apple', 'Q1', 77), ('apple', NULL, 1)",
    );
  });
  after(() => warehouse.close());

  describe('PIVOT', () => {
    itAnswers(opened, [
      [
        "SELECT * FROM sales PIVOT (SUM(amount) FOR quarter IN ('Q1', 'Q2')) ORDER BY product",
        'product STRING, Q1 INT64, Q2 INT64',
        [
          ['apple', '77', null],
          ['kale', '60', '23'],
        ],
      ],
      [
        "SELECT * FROM (SELECT amount, quarter FROM sales) PIVOT (SUM(amount) FOR quarter IN ('Q1', 'Q2', 'Q3'))",
        'Q1 INT64, Q2 INT64, Q3 INT64',
        [['137', '23', null]],
      ],
      [
        "SELECT * FROM sales PIVOT (SUM(amount) AS total, COUNT(*) AS n FOR quarter IN ('Q1' AS first, 'Q2')) ORDER BY product",
        'product STRING, total_first INT64, n_first INT64, total_Q2 INT64, n_Q2 INT64',
        [
          ['apple', '77', '1', null, '0'],
          ['kale', '60', '2', '23', '1'],
        ],
      ],
      [
        "SELECT p.product, q2 FROM sales PIVOT (SUM(amount) FOR quarter IN ('Q2' AS q2)) AS p ORDER BY 1",
        'product STRING, q2 INT64',
        [
          ['apple', null],
          ['kale', '23'],
        ],
      ],
      [
        'SELECT * FROM sales PIVOT (COUNT(*) FOR quarter IN (NULL)) ORDER BY product',
        'product STRING, amount INT64, NULL INT64',
        [
          ['apple', '77', '0'],
          ['apple', '1', '1'],
          ['kale', '51', '0'],
          ['kale', '23', '0'],
          ['kale', '9', '0'],
        ],
      ],
      [
        'SELECT * FROM (SELECT 1 AS q, 5 AS v) PIVOT (SUM(v) FOR q IN (1, -2, NULL))',
        '_1 INT64, minus_2 INT64, NULL INT64',
        [['5', null, null]],
      ],
      [
        'SELECT * FROM (SELECT TRUE AS q, 5 AS v) PIVOT (SUM(v) FOR q IN (TRUE, FALSE))',
        'TRUE INT64, FALSE INT64',
        [['5', null]],
      ],
      [
        "SELECT * FROM (SELECT DATE '2024-01-01' AS q, 5 AS v) PIVOT (SUM(v) FOR q IN (DATE '2024-01-01'))",
        '_2024_01_01 INT64',
        [['5']],
      ],
      [
        "SELECT * FROM sales PIVOT (ARRAY_AGG(amount ORDER BY amount) FOR quarter IN ('Q1')) ORDER BY product",
        'product STRING, Q1 ARRAY<INT64>',
        [
          ['apple', ['77']],
          ['kale', ['9', '51']],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        "SELECT * FROM sales PIVOT (SUM(amount), COUNT(*) AS n FOR quarter IN ('Q1'))",
        'PIVOT with several aggregates needs an alias for each of them at [1:21]',
      ],
      [
        "SELECT * FROM sales PIVOT (amount FOR quarter IN ('Q1'))",
        'PIVOT expression is not an aggregate function call at [1:28]',
      ],
      [
        'SELECT * FROM sales PIVOT (SUM(amount) FOR quarter IN (1))',
        'Value of type INT64 in the IN clause of PIVOT cannot be compared with STRING at [1:56]',
      ],
      [
        "SELECT * FROM sales PIVOT (SUM(nope) FOR quarter IN ('Q1'))",
        'Unrecognized name: nope at [1:32]',
      ],
      [
        "SELECT * FROM sales PIVOT (SUM(amount) FOR nope IN ('Q1'))",
        'Unrecognized name: nope at [1:44]',
      ],
      [
        "SELECT * FROM sales PIVOT (SUM(amount) FOR quarter IN (CONCAT('Q', '1')))",
        'PIVOT value needs an alias at [1:56]',
      ],
    ]);
  });

  describe('UNPIVOT', () => {
    itAnswers(opened, [
      [
        "SELECT * FROM (SELECT 'kale' AS p, 51 AS q1, 23 AS q2) UNPIVOT (amount FOR quarter IN (q1, q2)) ORDER BY quarter",
        'p STRING, amount INT64, quarter STRING',
        [
          ['kale', '51', 'q1'],
          ['kale', '23', 'q2'],
        ],
      ],
      [
        'SELECT * FROM (SELECT 1 AS id, 10 AS a, NULL AS b) UNPIVOT (v FOR k IN (a, b))',
        'id INT64, v INT64, k STRING',
        [['1', '10', 'a']],
      ],
      [
        'SELECT * FROM (SELECT 1 AS id, 10 AS a, NULL AS b) UNPIVOT INCLUDE NULLS (v FOR k IN (a, b)) ORDER BY k',
        'id INT64, v INT64, k STRING',
        [
          ['1', '10', 'a'],
          ['1', null, 'b'],
        ],
      ],
      [
        'SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT (v FOR k IN (a AS 1, b AS 2)) AS u ORDER BY u.k',
        'v INT64, k INT64',
        [
          ['1', '1'],
          ['2', '2'],
        ],
      ],
      [
        "SELECT * FROM (SELECT 1 AS a, 2 AS b, 3 AS c, 4 AS d) UNPIVOT ((x, y) FOR k IN ((a, b) AS 'ab', (c, d))) ORDER BY k",
        'x INT64, y INT64, k STRING',
        [
          ['1', '2', 'ab'],
          ['3', '4', 'c_d'],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        "SELECT * FROM (SELECT 1 AS a, 'x' AS b) UNPIVOT (v FOR k IN (a, b))",
        'All column sets of UNPIVOT must have as many columns as values, of the same types at [1:41]',
      ],
      [
        'SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT (v FOR k IN (a AS 1, b))',
        'All labels of UNPIVOT must be of one type, and all be given if one is a number at [1:39]',
      ],
      [
        'SELECT * FROM (SELECT 1 AS a) UNPIVOT (v FOR k IN (nope))',
        'Column nope of UNPIVOT is not in its input at [1:52]',
      ],
      [
        'SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT ((x, y) FOR k IN (a, b))',
        'All column sets of UNPIVOT must have as many columns as values, of the same types at [1:39]',
      ],
    ]);
  });
});
