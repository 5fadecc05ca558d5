import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ApiError } from '../../../errors.ts';
import { parseScript } from './parse.ts';
import type { Script } from './statements_ast.ts';

const WORDS =
  `SELECT FROM WHERE GROUP BY ROLLUP CUBE GROUPING SETS HAVING QUALIFY WINDOW ORDER LIMIT OFFSET UNION
  ALL DISTINCT EXCEPT INTERSECT JOIN LEFT FULL OUTER CROSS ON USING UNNEST WITH RECURSIVE AS STRUCT
  ARRAY CASE WHEN THEN ELSE END CAST EXTRACT INTERVAL DAY NOT IN IS NULL BETWEEN AND OR LIKE ANY PIVOT
  UNPIVOT FOR TABLESAMPLE OVER PARTITION ROWS CURRENT ROW INSERT INTO VALUES UPDATE SET DELETE MERGE
  MATCHED CREATE TABLE VIEW TEMP FUNCTION REPLACE IF EXISTS ALTER ADD COLUMN DROP OPTIONS ASSERT SAFE
  DATE INT64 a b t d.t f count ( ) ( ) ( ) [ ] < > >> , . ; * + - || = => @x ? 1 2.5 'x' b'y' "z" \`q\`
  -- /* # ''' |> :`.split(/\s+/);

const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join(' '));

const VALID = [
  "WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a) SELECT a.x, COUNT(*) AS n FROM a JOIN b USING (x) WHERE x IN (1, 2) AND a.x LIKE '%y' GROUP BY ROLLUP (a.x) HAVING n > 1 ORDER BY 1 DESC NULLS LAST LIMIT 3 OFFSET 1",
  'SELECT * EXCEPT (a) REPLACE (1 AS b), SUM(x) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM d.t, t.xs AS e WITH OFFSET QUALIFY TRUE',
  "SELECT CASE WHEN a THEN [1, 2][OFFSET(0)] ELSE CAST(x AS INT64) END, ARRAY(SELECT AS STRUCT 1, 'b'), EXTRACT(DAY FROM d), STRUCT<a INT64>(1).a FROM UNNEST([(1, 2)])",
  "SELECT * FROM (SELECT 1 AS a, 'k' AS k) PIVOT (SUM(a) AS s FOR k IN ('k' AS x, 'l')) UNION ALL (SELECT 1, 2)",
  'MERGE INTO d.t AS t USING d.s ON t.a = s.a WHEN MATCHED AND s.b THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)',
  'CREATE TABLE d.t (a INT64 NOT NULL, b ARRAY<STRUCT<c STRING, d DATE>>) PARTITION BY a CLUSTER BY a OPTIONS (description = "x")',
  'UPDATE d.t SET a = 1, s.b = DEFAULT FROM d.u AS u WHERE t.x = u.x',
];

/** Parses, or fails as the parser may. */
function attempt(sql: string): Script | undefined {
  try {
    return parseScript(sql);
  } catch (error) {
    if (error instanceof ApiError && [400, 501].includes(error.status)) return undefined;
    throw error;
  }
}

/** A tree without the places in it. */
const treeOf = (sql: string): unknown =>
  JSON.parse(JSON.stringify(parseScript(sql)), (key, value) =>
    key === 'at' || key === 'operatorAt' ? undefined : value,
  );

describe('the parser on any text', () => {
  it('ends, with a tree or with an error of its own, for words in any order', () => {
    fc.assert(
      fc.property(soup, (sql) => void attempt(`SELECT ${sql}`)),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(soup, (sql) => void attempt(sql)),
      { numRuns: 1500 },
    );
  });

  it('does so for characters in any order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (sql) => void attempt(sql)),
      { numRuns: 1000 },
    );
  });

  it('does so for statements with a piece cut out or put in twice', () => {
    const broken = fc
      .tuple(fc.constantFrom(...VALID), fc.nat(), fc.nat(60), fc.boolean())
      .map(([sql, start, length, twice]) => {
        const at = start % sql.length;
        return sql.slice(0, twice ? at + length : at) + sql.slice(twice ? at : at + length);
      });
    fc.assert(
      fc.property(broken, (sql) => void attempt(sql)),
      { numRuns: 1500 },
    );
  });

  it('gives the same tree for the same words in other white space, with comments, in other case', () => {
    const gap = fc.constantFrom(' ', '\n', '\t', ' /* c */ ', ' -- c\n', ' # c\r\n', '\r\n  ');
    fc.assert(
      fc.property(
        fc.constantFrom(...VALID),
        fc.array(gap, { minLength: 5, maxLength: 20 }),
        (sql, gaps) => {
          let i = 0;
          const spaced = sql.replace(/ /g, () => gaps[i++ % gaps.length]!);
          assert.deepEqual(treeOf(spaced), treeOf(sql));
          const keywords = /\b(?:SELECT|FROM|WITH|WHERE|GROUP|ORDER|BY|AS|AND|CASE|WHEN|SET|ON)\b/g;
          const lower = sql.replace(keywords, (word) => word.toLowerCase());
          assert.deepEqual(treeOf(lower), treeOf(sql));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads queries nested in expressions in time that grows with the text alone', () => {
    let sql = '1';
    for (let depth = 0; depth < 60; depth++) sql = `((SELECT ${sql}) + 1)`;
    assert.notEqual(attempt(`SELECT ${sql}`), undefined);
  });

  for (const [what, sql] of [
    ['parentheses', `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
    ['NOTs', `SELECT ${'NOT '.repeat(100_000)}TRUE`],
    ['array types', `SELECT CAST(1 AS ${'ARRAY<'.repeat(50_000)}INT64${'>'.repeat(50_000)})`],
    ['queries', `${'('.repeat(50_000)}SELECT 1${')'.repeat(50_000)}`],
  ] as const) {
    it(`refuses ${what} that are nested deeper than the stack reaches`, () => {
      assert.throws(() => parseScript(sql), {
        name: 'ApiError',
        message: 'Not enough resources for query planning: the query is too complex',
      });
    });
  }
});
