import assert from 'node:assert/strict';
import { parseScript } from './parse.ts';
import type { Statement } from './statements_ast.ts';

const statement = (sql: string): Statement => parseScript(sql).statement;

function only<K extends Statement['kind']>(kind: K, sql: string): Extract<Statement, { kind: K }> {
  const parsed = statement(sql);
  assert.equal(parsed.kind, kind);
  return parsed as Extract<Statement, { kind: K }>;
}

const texts = (names: readonly { text: string }[] | undefined) => names?.map(({ text }) => text);

describe('parsing statements', () => {
  const KINDS: readonly (readonly [Statement['kind'], string])[] = [
    ['query', 'SELECT 1'],
    ['query', '(SELECT 1)'],
    ['query', 'WITH a AS (SELECT 1) SELECT * FROM a'],
    ['query', 'WITH a AS (SELECT 1) (SELECT * FROM a)'],
    ['insert', 'INSERT INTO d.t (a, b) VALUES (1, DEFAULT), (2, 3)'],
    ['insert', 'INSERT d.t SELECT 1'],
    ['insert', 'INSERT d.t (SELECT 1)'],
    ['update', 'UPDATE d.t AS x SET x = 1, s.a = DEFAULT FROM d.u WHERE x.a = u.a'],
    ['delete', 'DELETE d.t WHERE TRUE'],
    ['delete', 'DELETE FROM d.t x WHERE x.a = 1'],
    ['truncate', 'TRUNCATE TABLE d.t'],
    ['merge', 'MERGE d.t USING d.u ON t.a = u.a WHEN MATCHED THEN DELETE'],
    [
      'create table',
      'CREATE TABLE d.t (a INT64 NOT NULL OPTIONS(description="x"), b ARRAY<STRING>,)',
    ],
    ['create table', 'CREATE OR REPLACE TABLE d.t AS SELECT 1 AS a'],
    ['create table', 'CREATE TABLE IF NOT EXISTS d.t LIKE d.u'],
    ['create table', 'CREATE TABLE d.t COPY d.u'],
    ['create view', 'CREATE VIEW d.v (a OPTIONS(description="x"), b) AS SELECT 1, 2'],
    ['create schema', 'CREATE SCHEMA IF NOT EXISTS p.d OPTIONS(location="EU")'],
    ['drop', 'DROP TABLE IF EXISTS d.t'],
    ['drop', 'DROP VIEW d.v'],
    ['drop', 'DROP SCHEMA d CASCADE'],
    ['alter table', 'ALTER TABLE d.t ADD COLUMN IF NOT EXISTS a INT64, DROP COLUMN b'],
    ['assert', 'ASSERT 1 = 1 AS "one is one"'],
  ];
  for (const [kind, sql] of KINDS) {
    it(`takes ${sql} for ${kind}`, () => {
      assert.equal(statement(sql).kind, kind);
      assert.equal(statement(`${sql};`).kind, kind);
    });
  }

  it('keeps the text of a view as it is written, comments included', () => {
    const { text } = only('create view', 'CREATE VIEW d.v AS\n  SELECT 1 AS a -- one\n;');
    assert.equal(text, 'SELECT 1 AS a');
    const inner = only('create view', 'CREATE VIEW d.v AS SELECT /* x */ 1  AS a').text;
    assert.equal(inner, 'SELECT /* x */ 1  AS a');
  });

  it('reads the clauses of MERGE with their sides, conditions and actions', () => {
    const { clauses, alias } = only(
      'merge',
      `MERGE INTO d.t AS t USING (SELECT 1 AS a) s ON t.a = s.a
       WHEN MATCHED AND s.a > 1 THEN UPDATE SET a = 2
       WHEN NOT MATCHED THEN INSERT (a) VALUES (1)
       WHEN NOT MATCHED BY TARGET THEN INSERT ROW
       WHEN NOT MATCHED BY SOURCE THEN DELETE`,
    );
    assert.equal(alias?.text, 't');
    assert.deepEqual(
      clauses.map((c) => [c.when, c.condition !== undefined, c.action.kind]),
      [
        ['MATCHED', true, 'update'],
        ['NOT MATCHED BY TARGET', false, 'insert'],
        ['NOT MATCHED BY TARGET', false, 'insert'],
        ['NOT MATCHED BY SOURCE', false, 'delete'],
      ],
    );
  });

  it('reads the parts of CREATE TABLE in their order', () => {
    const table = only(
      'create table',
      `CREATE TABLE d.t (a INT64, ts TIMESTAMP) PARTITION BY DATE(ts) CLUSTER BY a, ts
       OPTIONS(description = "x", labels = [("k", "v")]) AS SELECT 1, CURRENT_TIMESTAMP()`,
    );
    assert.deepEqual(texts(table.columns?.map((c) => c.name)), ['a', 'ts']);
    assert.equal(table.partitionBy?.kind, 'call');
    assert.deepEqual(texts(table.clusterBy), ['a', 'ts']);
    assert.deepEqual(texts(table.options.map((o) => o.name)), ['description', 'labels']);
    assert.notEqual(table.query, undefined);
  });

  it('reads the actions of ALTER TABLE one after the other', () => {
    const { actions, ifExists } = only(
      'alter table',
      `ALTER TABLE IF EXISTS d.t ADD COLUMN a INT64, DROP COLUMN IF EXISTS b, RENAME COLUMN c TO e,
       ALTER COLUMN f DROP NOT NULL, SET OPTIONS (description = NULL)`,
    );
    assert.equal(ifExists, true);
    const kinds = ['add column', 'drop column', 'rename column', 'drop not null', 'set options'];
    assert.deepEqual(
      actions.map((action) => action.kind),
      kinds,
    );
  });

  it('takes temporary functions that stand before the statement', () => {
    const { functions, statement: last } = parseScript(
      `CREATE TEMP FUNCTION f(x INT64, y ANY TYPE) RETURNS INT64 AS (x + y);
       CREATE OR REPLACE TEMPORARY FUNCTION g() AS (1);
       SELECT f(g(), 2)`,
    );
    assert.equal(last.kind, 'query');
    assert.deepEqual(texts(functions.map((f) => f.name)), ['f', 'g']);
    assert.deepEqual(
      functions[0]!.parameters.map((p) => p.type?.name),
      ['INT64', undefined],
    );
  });
});

describe('the names of tables', () => {
  const PATHS: readonly (readonly [string, readonly string[]])[] = [
    ['t', ['t']],
    ['d.t', ['d', 't']],
    ['p.d.t', ['p', 'd', 't']],
    ['`p.d.t`', ['p.d.t']],
    ['`p`.`d`.`t`', ['p', 'd', 't']],
    ['`p`.d.t', ['p', 'd', 't']],
    ['`my-p.d`.t', ['my-p.d', 't']],
    ['my-project-12.d.t', ['my-project-12', 'd', 't']],
    ['`my-project`.d.t', ['my-project', 'd', 't']],
    ['d.select', ['d', 'select']],
    ['d.`a table`', ['d', 'a table']],
    ['d.`a\\`b`', ['d', 'a`b']],
  ];
  for (const [sql, names] of PATHS) {
    it(`reads ${sql} as ${names.join(' | ')}`, () => {
      assert.deepEqual(texts(only('truncate', `TRUNCATE TABLE ${sql}`).target.names), names);
    });
  }

  it('takes no dash with a space beside it for a part of a project', () => {
    assert.throws(() => statement('TRUNCATE TABLE my -p.d.t'), /Expected end of input but got "-"/);
    assert.throws(() => statement('TRUNCATE TABLE my- p.d.t'), /Expected end of input but got "-"/);
  });
});

describe('syntax errors', () => {
  const ERRORS: readonly (readonly [string, string])[] = [
    ['', 'Unexpected end of script at [1:1]'],
    [';', 'Unexpected ";" at [1:1]'],
    ['SELEC 1', 'Unexpected identifier "SELEC" at [1:1]'],
    ['SELECT', 'Unexpected end of script at [1:7]'],
    ['SELECT\n  FROM t', 'Unexpected keyword FROM at [2:3]'],
    ['SELECT 1 1', 'Expected end of input but got integer literal "1" at [1:10]'],
    ['SELECT (1', 'Expected ")" but got end of script at [1:10]'],
    ['SELECT * FROM (SELECT 1', 'Expected ")" but got end of script at [1:24]'],
    ["SELECT 'abc", 'Unclosed string literal at [1:8]'],
    ["SELECT 'a\nb'", 'Unclosed string literal at [1:8]'],
    ["SELECT '''abc''", 'Unclosed string literal at [1:8]'],
    ['SELECT /* 1', 'Unclosed comment at [1:8]'],
    ['SELECT `a', 'Unclosed identifier literal at [1:8]'],
    ['SELECT ``', 'Invalid empty identifier at [1:8]'],
    ["SELECT 'a\\qb'", 'Illegal escape sequence: \\q at [1:10]'],
    ['SELECT 5 AS select', 'Unexpected keyword SELECT at [1:13]'],
    ['SELECT a = b = c', 'Unexpected "=" at [1:14]'],
    ['SELECT f(x => 1, 2)', 'Positional arguments cannot follow named arguments at [1:18]'],
    ['SELECT 1 UNION SELECT 2', 'Expected keyword DISTINCT but got keyword SELECT at [1:16]'],
    [
      'SELECT 1 UNION ALL SELECT 2 INTERSECT DISTINCT SELECT 3',
      'Different set operations cannot be used in the same query without using parentheses for grouping at [1:29]',
    ],
    [
      'SELECT * FROM a, b RIGHT JOIN c ON TRUE',
      'RIGHT JOIN must be parenthesized when following a comma join at [1:20]',
    ],
    ['DELETE FROM d.t', 'DELETE must have a WHERE clause at [1:16]'],
    ['UPDATE d.t SET a = 1', 'UPDATE must have a WHERE clause at [1:21]'],
    ['TRUNCATE d.t', 'Expected keyword TABLE but got identifier "d" at [1:10]'],
    [
      'MERGE d.t USING d.u ON TRUE WHEN MATCHED THEN INSERT ROW',
      'INSERT is not allowed in WHEN MATCHED at [1:29]',
    ],
    [
      'MERGE d.t USING d.u ON TRUE WHEN NOT MATCHED THEN DELETE',
      'DELETE is not allowed in WHEN NOT MATCHED BY TARGET at [1:29]',
    ],
    [
      'CREATE OR REPLACE TABLE IF NOT EXISTS d.t (a INT64)',
      'CREATE OR REPLACE and IF NOT EXISTS cannot both be specified at [1:39]',
    ],
    ['CREATE', 'Unexpected end of script at [1:7]'],
    ['CREATE TALBE d.t', 'Unexpected identifier "TALBE" at [1:8]'],
    ['DROP d.t', 'Unexpected identifier "d" at [1:6]'],
    ['ALTER TABLE d.t FORGET', 'Unexpected identifier "FORGET" at [1:17]'],
    ['CREATE TEMP FUNCTION f() AS (1)', 'Expected ";" but got end of script at [1:32]'],
    ['SELECT\t\t1 1', 'Expected end of input but got integer literal "1" at [1:19]'],
    ["SELECT '😀' 1", 'Expected end of input but got integer literal "1" at [1:12]'],
  ];
  for (const [sql, message] of ERRORS) {
    it(`says of ${JSON.stringify(sql)}: ${message}`, () => {
      assert.throws(() => parseScript(sql), {
        name: 'ApiError',
        status: 400,
        reason: 'invalidQuery',
        message: `Syntax error: ${message}`,
      });
    });
  }
});

describe('what BigQuery has and this engine lacks', () => {
  const REFUSED: readonly (readonly [string, string])[] = [
    ['SELECT 1; SELECT 2', 'scripts of several statements'],
    ['DECLARE x INT64', 'the statement DECLARE'],
    ['SET x = 1', 'the statement SET'],
    ['BEGIN TRANSACTION', 'the statement BEGIN'],
    ['IF TRUE THEN SELECT 1; END IF', 'the statement IF'],
    ['LOOP BREAK; END LOOP', 'the statement LOOP'],
    ['WHILE TRUE DO SELECT 1; END WHILE', 'the statement WHILE'],
    ['CALL d.f()', 'the statement CALL'],
    ["EXECUTE IMMEDIATE 'SELECT 1'", 'the statement EXECUTE'],
    ["EXPORT DATA OPTIONS(uri='gs://b/*') AS SELECT 1", 'the statement EXPORT'],
    ["LOAD DATA INTO d.t FROM FILES (format='CSV')", 'the statement LOAD'],
    ["GRANT `roles/x` ON TABLE d.t TO 'user:a@b.c'", 'the statement GRANT'],
    ['CREATE EXTERNAL TABLE d.t', 'CREATE EXTERNAL TABLE'],
    ['CREATE TEMP TABLE t (a INT64)', 'CREATE TEMP TABLE'],
    ['CREATE SNAPSHOT TABLE d.t CLONE d.u', 'CREATE SNAPSHOT TABLE'],
    ['CREATE MATERIALIZED VIEW d.v AS SELECT 1', 'CREATE MATERIALIZED VIEW'],
    ['CREATE AGGREGATE FUNCTION d.f(x INT64) AS (SUM(x))', 'CREATE AGGREGATE FUNCTION'],
    [
      'CREATE TEMP AGGREGATE FUNCTION f(x INT64) AS (SUM(x)); SELECT 1',
      'CREATE TEMP AGGREGATE FUNCTION',
    ],
    ['CREATE TABLE FUNCTION d.f() AS SELECT 1', 'CREATE TABLE FUNCTION'],
    ['CREATE PROCEDURE d.f() BEGIN END', 'CREATE PROCEDURE'],
    ['CREATE SEARCH INDEX i ON d.t(ALL COLUMNS)', 'CREATE SEARCH INDEX'],
    [
      "CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js AS 'return 1'; SELECT f()",
      'functions in other languages than SQL',
    ],
    ['DROP PROCEDURE d.f', 'DROP PROCEDURE'],
    ['ALTER VIEW d.v SET OPTIONS ()', 'ALTER VIEW'],
    ['ALTER SCHEMA d SET OPTIONS ()', 'ALTER SCHEMA'],
    ['ALTER TABLE d.t RENAME TO u', 'ALTER TABLE RENAME TO'],
    ["ALTER TABLE d.t SET DEFAULT COLLATE 'und:ci'", 'ALTER TABLE SET DEFAULT'],
    ['ALTER TABLE d.t ALTER COLUMN a SET DATA TYPE FLOAT64', 'ALTER COLUMN SET DATA'],
    ['CREATE TABLE d.t (a INT64 DEFAULT 1)', 'default values of columns'],
    ['CREATE TABLE d.t (a INT64 NOT NULL DEFAULT 1)', 'default values of columns'],
    ["CREATE TABLE d.t (a STRING COLLATE 'und:ci')", 'collation of columns'],
    ['CREATE TABLE d.t (a INT64, PRIMARY KEY (a) NOT ENFORCED)', 'key constraints of tables'],
    ['SELECT CAST(NULL AS RANGE<DATE>)', 'the type RANGE'],
    [
      'SELECT * FROM d.t FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()',
      'FOR SYSTEM_TIME AS OF (time travel)',
    ],
    ['SELECT * FROM d.t NATURAL JOIN d.u', 'NATURAL JOIN'],
    ['SELECT * FROM d.t, LATERAL (SELECT 1)', 'LATERAL joins'],
    ['SELECT * FROM d.t MATCH_RECOGNIZE (ORDER BY a)', 'MATCH_RECOGNIZE'],
    ['SELECT * FROM GRAPH_TABLE(d.g MATCH (a))', 'GRAPH_TABLE'],
    [
      'SELECT WITH DIFFERENTIAL_PRIVACY COUNT(*) FROM d.t',
      'SELECT WITH (differential privacy, thresholds)',
    ],
    ['FROM d.t |> SELECT a', 'queries that begin with FROM (pipe query syntax)'],
    ['SELECT a FROM d.t |> LIMIT 1', 'pipe query syntax (|>)'],
  ];
  for (const [sql, what] of REFUSED) {
    it(`is refused by name: ${what}, in ${sql}`, () => {
      assert.throws(() => parseScript(sql), {
        name: 'ApiError',
        status: 501,
        reason: 'notImplemented',
        message: `The local Google Cloud does not support ${what}.`,
      });
    });
  }
});
