import assert from 'node:assert/strict';
import { FeatureError } from '../../../shared/features/compile.ts';
import { withColumns } from '../../../shared/features/sql_text.ts';

describe('withColumns', () => {
  it('puts list items behind the last feature and leaves every other byte', () => {
    const sql = `-- header
WITH a AS (SELECT *, x AS y FROM input) -- a step
SELECT
  x, /* FROM */ 'FROM' AS f -- the last
FROM a -- the end
`;
    assert.equal(
      withColumns(sql, ['CAST(id AS STRING) AS id', '`at`']),
      `-- header
WITH a AS (SELECT *, x AS y FROM input) -- a step
SELECT
  x, /* FROM */ 'FROM' AS f,
  CAST(id AS STRING) AS id,
  \`at\` -- the last
FROM a -- the end
`,
    );
  });

  const cases: [sql: string, expected: string][] = [
    ['SELECT x FROM input', 'SELECT x,\n  id FROM input'],
    ['SELECT x, FROM input', 'SELECT x,\n  id FROM input'],
    ['SELECT x,FROM input', 'SELECT x,\n  id\nFROM input'],
    ['SELECT (x)a,`b`FROM input', 'SELECT (x)a,`b`,\n  id\nFROM input'],
    ['SELECT x--\nFROM input', 'SELECT x,\n  id\n--\nFROM input'],
    ["SELECT '😀' AS f\r\nFROM input", "SELECT '😀' AS f,\n  id\r\nFROM input"],
  ];
  for (const [sql, expected] of cases) {
    it(`makes ${JSON.stringify(expected)}`, () => assert.equal(withColumns(sql, ['id']), expected));
  }

  it('changes nothing for no columns', () => {
    assert.equal(withColumns('SELECT x FROM input', []), 'SELECT x FROM input');
  });

  it('refuses a text that is not of the shape of features', () => {
    const change = () => withColumns('SELECT x FROM input WHERE x > 1', ['id']);
    assert.throws(change, FeatureError);
  });
});
