import assert from 'node:assert/strict';
import {
  compileFeatures,
  FeatureError,
  type InputField,
  ProgramError,
} from '../../../shared/features/compile.ts';

const number = { type: 'INT64' as const, nullable: false };
const INPUTS: readonly InputField[] = [
  { name: 'amount', type: 'FLOAT64', nullable: false, minimum: 1, maximum: 10000 },
  { name: 'plans', ...number, minimum: 0, maximum: 100 },
  { name: 'big', ...number },
  { name: 'wide', type: 'FLOAT64', nullable: false },
  { name: 'device', type: 'STRING', nullable: false, values: ['mobile', 'desktop'] },
  { name: 'note', type: 'STRING', nullable: true },
  { name: 'isNew', type: 'BOOL', nullable: false },
  { name: 'seen_at', type: 'TIMESTAMP', nullable: false },
  { name: 'born', type: 'DATE', nullable: true },
];

function refusal(sql: string): FeatureError {
  try {
    compileFeatures(sql, INPUTS);
  } catch (error) {
    assert.ok(error instanceof FeatureError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${sql} was compiled` });
}

/** Each text is refused at the first `§`, which is not part of it, with this problem and advice. */
type Refused = readonly [marked: string, problem: RegExp, advice?: RegExp];

function itRefuses(cases: readonly Refused[]): void {
  for (const [marked, problem, advice] of cases) {
    it(`refuses ${marked}`, () => {
      const sql = marked.replace('§', '');
      const before = marked.slice(0, marked.indexOf('§')).split('\n');
      const error = refusal(sql);
      assert.match(error.problem, problem);
      if (advice) assert.match(error.advice, advice);
      const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
      assert.deepEqual({ line: error.line, column: error.column }, place);
      assert.ok(error.message.startsWith(`${error.problem} at [${error.line}:${error.column}]`));
    });
  }
}

const ofExpression = (cases: readonly Refused[]): Refused[] =>
  cases.map(([expression, ...rest]) => [`SELECT ${expression} AS f\nFROM input`, ...rest]);

describe('what is not row-wise or not repeatable', () => {
  itRefuses([
    ['SELECT plans FROM input §WHERE plans > 1', /^WHERE is not row-wise/, /column of the table/],
    ['SELECT plans FROM input\n§JOIN other USING (plans)', /^JOIN is not row-wise/],
    ['SELECT plans FROM input §LEFT JOIN other ON TRUE', /^JOIN is not row-wise/],
    ['SELECT plans FROM input§, other', /^JOIN is not row-wise/],
    ['SELECT plans FROM input AS i §GROUP BY plans', /^GROUP BY is not row-wise/],
    ['SELECT plans FROM input §HAVING TRUE', /^HAVING is not row-wise/],
    ['SELECT plans FROM input §QUALIFY TRUE', /^QUALIFY is not row-wise/],
    ['SELECT plans FROM input §WINDOW w AS ()', /^WINDOW is not row-wise/],
    ['SELECT plans FROM input §ORDER BY plans', /^ORDER BY is not row-wise/],
    ['SELECT plans FROM input §LIMIT 5', /^LIMIT is not row-wise/],
    ['SELECT plans FROM input §OFFSET 5', /^OFFSET is not row-wise/],
    ['SELECT plans FROM input §UNION ALL SELECT 1', /^UNION is not row-wise/],
    ['SELECT plans FROM input §TABLESAMPLE SYSTEM (1 PERCENT)', /^TABLESAMPLE/],
    ['SELECT §DISTINCT plans FROM input', /^SELECT DISTINCT is not row-wise/],
    ['SELECT plans FROM §UNNEST([1])', /^UNNEST is not row-wise/],
    ['SELECT plans FROM §(SELECT 1)', /^A subquery is not row-wise/, /WITH step/],
    ['WITH §RECURSIVE s AS (SELECT 1 AS x FROM input) SELECT x FROM s', /^WITH RECURSIVE/],
    ...ofExpression([
      ['§SUM(plans)', /^SUM is not row-wise/],
      ['§COUNT(*)', /^COUNT is not row-wise/],
      ['1 + §MAX(plans)', /^MAX is not row-wise/],
      ['§ROW_NUMBER() OVER (ORDER BY plans)', /^ROW_NUMBER is not row-wise/],
      ['ABS(plans) §OVER ()', /^WINDOW is not row-wise/],
      ['§RAND()', /^RAND is not repeatable/, /column of the row/],
      [
        'TIMESTAMP_DIFF(§CURRENT_TIMESTAMP(), seen_at, DAY)',
        /^CURRENT_TIMESTAMP is not repeatable/,
      ],
      ['(§SELECT 1)', /^A subquery/],
      ['§EXISTS(SELECT 1)', /^A subquery/],
      ['plans IN (§SELECT 1)', /^A subquery/],
      ['plans > §@limit', /^A query parameter/, /Write the value/],
      ['plans > §?', /^A query parameter/],
      ['§@@time_zone', /^A query parameter/],
    ]),
  ]);
});

describe('what cannot be proven', () => {
  itRefuses(
    ofExpression([
      [
        '1 + §amount / plans',
        /^operator \/ may divide by zero: its divisor lies in \[0, 100\]/,
        /SAFE_DIVIDE/,
      ],
      ['§plans / 0', /divide by zero/],
      ['§DIV(plans, plans)', /^function DIV may divide by zero/, /SAFE\.DIV/],
      ['§MOD(plans, plans)', /^function MOD may divide by zero/, /SAFE\.MOD/],
      [
        '§big + 1',
        /^operator \+ of \[-9007199254740991, 9007199254740991\] and \[1, 1\] can reach/,
        /minimum and maximum.*CAST/,
      ],
      ['§big * big', /beyond the integers that are exact/],
      ['§SAFE_MULTIPLY(big, 2)', /beyond the integers that are exact/],
      ['§wide * 2', /can overflow FLOAT64/, /SAFE_MULTIPLY/],
      ['§amount / 5e-324', /can overflow FLOAT64/, /SAFE_DIVIDE/],
      ['§CAST(wide AS INT64)', /^CAST AS INT64 of .* can reach/],
      ['§LN(plans)', /^LN is not defined for all of \[0, 100\]/, /SAFE\.LN/],
      ['§LOG10(plans)', /^LOG10 is not defined/],
      ['§SQRT(0 - plans)', /^SQRT is not defined for all of \[-100, 0\]/],
      ['§EXP(amount)', /^EXP is not defined for all of \[1, 10000\]/],
      ['§POW(plans, -1)', /^POW is not defined for all of \[0, 100\] and \[-1, -1\]/, /SAFE\.POW/],
      ['§POW(0 - plans, 0.5)', /^POW is not defined/],
      ['§POW(amount, 100)', /can overflow FLOAT64/],
      ['§LOG(amount, plans)', /^LOG is not defined/],
      ['§LOG(amount, amount)', /^LOG is not defined/],
      ['§SUBSTR(note, 1, plans - 1)', /negative length/, /GREATEST\(length, 0\)/],
      ['§SAFE_CAST(note AS INT64)', /not exact/, /SUBSTR\(x, 1, 15\)/],
      [
        '§note || note || note || note || note || note || note || note || note || note || note || note || note || note || note || note || note',
        /longer than 1048576/,
        /maxLength/,
      ],
      ["§TIMESTAMP_DIFF(seen_at, TIMESTAMP '2255-01-01', DAY)", /in microseconds .* can reach/],
      ["UNIX_DATE(§DATE_TRUNC(DATE '0001-01-01', WEEK))", /leave the years 1 to 9999/],
      ['§RANGE_BUCKET(plans, [3, 2])', /ascending order/, /Sort/],
    ]),
  );
});

describe('what has no type', () => {
  itRefuses(
    ofExpression([
      [
        "§1 + 'a'",
        /^No matching signature for operator \+ for argument types: INT64, STRING$/,
        /CAST/,
      ],
      ['2 * §(plans + isNew)', /for argument types: INT64, BOOL$/],
      ['§-device', /^No matching signature for operator - for argument types: STRING$/],
      ['§+device', /^No matching signature for operator \+ for argument types: STRING$/],
      ['§NOT plans', /^No matching signature for operator NOT/],
      [
        '§plans AND isNew',
        /^No matching signature for operator AND for argument types: INT64, BOOL$/,
      ],
      ['§plans || device', /^No matching signature for operator \|\| for/],
      ["§plans = 'a'", /^No matching signature for operator = for argument types: INT64, STRING$/],
      ['§plans > device', /^No matching signature for operator > /],
      [
        '§seen_at = born',
        /^No matching signature for operator = for argument types: TIMESTAMP, DATE$/,
      ],
      ["§plans IN (1, 'a')", /^No matching signature for operator IN/],
      ['§plans BETWEEN 1 AND isNew', /^No matching signature for operator BETWEEN/],
      ['§plans IS TRUE', /^No matching signature for operator IS TRUE/],
      [
        "§IF(isNew, 1, 'a')",
        /^No matching signature for function IF for argument types: BOOL, INT64, STRING$/,
      ],
      [
        '§IF(plans, 1, 2)',
        /^No matching signature for function IF for argument types: INT64, INT64, INT64$/,
      ],
      ["§COALESCE(plans, 'a')", /^No matching signature for function COALESCE for/],
      ['§COALESCE()', /^No matching signature for function COALESCE with no arguments$/],
      ['§GREATEST(plans, device)', /^No matching signature for function GREATEST for/],
      ["§CASE WHEN isNew THEN 1 ELSE 'a' END", /^No matching signature for operator CASE/],
      ["§CASE plans WHEN 'a' THEN 1 END", /^No matching signature for operator CASE/],
      ['CASE WHEN §plans THEN 1 END', /^CASE must have BOOL after WHEN, but got INT64$/],
      ['§ABS(device)', /^No matching signature for function ABS for argument types: STRING$/],
      [
        '§ABS(plans, 1)',
        /^No matching signature for function ABS for argument types: INT64, INT64$/,
      ],
      [
        '§LOWER(NULL, plans)',
        /^No matching signature for function LOWER for argument types: NULL, INT64$/,
      ],
      ['§CONCAT(device, plans)', /^CONCAT of INT64 is not supported/, /CAST it AS STRING/],
      ['§EXTRACT(HOUR FROM born)', /^EXTRACT of DATE does not support the part HOUR$/, /YEAR/],
      ['§EXTRACT(CENTURY FROM seen_at)', /does not support the part CENTURY/],
      ['§EXTRACT(DAY FROM plans)', /^No matching signature for function EXTRACT/],
      ['§DATE_DIFF(born, born, HOUR)', /^DATE_DIFF of DATE does not support the part HOUR/],
      [
        '§DATE_DIFF(born, seen_at, DAY)',
        /^No matching signature for function DATE_DIFF for argument types: DATE, TIMESTAMP$/,
      ],
      ['§TIMESTAMP_DIFF(seen_at, seen_at, MONTH)', /does not support the part MONTH/],
      ['§DATE_DIFF(born, born, 5)', /^A valid date part name is required$/],
      ['§DATE_DIFF(born, born)', /^Number of arguments does not match for function DATE_DIFF$/],
      ['born = §DATE_TRUNC(born)', /^Number of arguments/],
      ["§born = '2024-02-30'", /^Could not cast literal "2024-02-30" to type DATE$/],
      ['§RANGE_BUCKET(amount, [1, 2])', /one type, not FLOAT64 and INT64/, /1\.0/],
      ['§RANGE_BUCKET(plans, [1, NULL])', /literals as boundaries/],
      ['§RANGE_BUCKET(plans, plans)', /takes a value and an array/],
      ['§ROUND(amount, plans)', /digits as an integer literal/],
      ['§ROUND(amount, 99)', /from -15 to 15/],
      ['§CAST(amount AS BOOL)', /^Invalid cast from FLOAT64 to BOOL$/],
      ['§CAST(isNew AS FLOAT64)', /^Invalid cast from BOOL to FLOAT64$/],
      ['§CAST(note AS INT64)', /fails on texts/, /SAFE_CAST/],
      ['§SAFE_CAST(note AS FLOAT64)', /STRING to FLOAT64 is not supported/, /nan/],
      ['§CAST(amount AS STRING)', /FLOAT64 to STRING is not supported/, /ROUND/],
      ['§CAST(plans AS NUMERIC)', /^Type NUMERIC is not supported/],
      ['§seen_at', /^A feature cannot be of type TIMESTAMP$/, /UNIX_SECONDS/],
      ['§DATE(seen_at)', /^A feature cannot be of type DATE$/, /UNIX_DATE/],
      [
        "§device = 'mobil'",
        /^device is never "mobil": the contract allows "mobile", "desktop"$/,
        /Did you mean "mobile"/,
      ],
      [
        "§CASE device WHEN 'mobile' THEN 1 WHEN 'zip' THEN 2 END",
        /^device is never "zip"/,
        /Add it/,
      ],
      ["§device IN ('mobile', 'Desktop')", /^device is never "Desktop"/, /Did you mean "desktop"/],
    ]),
  );
});

describe('what is not in the language', () => {
  itRefuses([
    ...ofExpression([
      ['plans §& 1', /^Operator & is not supported/, /MOD/],
      ['plans §<< 1', /^Operator << /],
      ['§~plans', /^Operator ~ /],
      ['note §LIKE "a%"', /^Operator LIKE /, /STARTS_WITH/],
      ['note §NOT LIKE "a%"', /^Operator LIKE /],
      ['§IEEE_DIVIDE(amount, plans)', /NaN or an infinity/, /SAFE_DIVIDE/],
      ['§IS_NAN(amount)', /always FALSE/],
      ['§FARM_FINGERPRINT(note)', /64 bits/],
      ['§REGEXP_CONTAINS(note, r"a")', /regular expressions/, /STARTS_WITH/],
      ['§LEFT(note, 2)', /LEFT is not supported/, /SUBSTR/],
      ['§TRUNC(amount, 2)', /TRUNC with digits/, /ROUND/],
      ['§SAFE.IF(isNew, 1, 2)', /^IF has no SAFE\. form$/],
      ['§ABSS(plans)', /^Function not found: ABSS; Did you mean ABS\?$/, /README/],
      ['§NET.HOST(note)', /^Function not found: NET.HOST$/],
      ['§[1, 2]', /^ARRAY is not supported/],
      ['§ARRAY[1]', /^ARRAY is not supported/],
      ['§ARRAY<INT64>[1]', /^ARRAY is not supported/],
      ['note§[0]', /^ARRAY is not supported/],
      ['§STRUCT(1)', /^STRUCT is not supported/],
      ['(1§, 2)', /^STRUCT is not supported/],
      ['born + §INTERVAL 1 DAY', /^INTERVAL is not supported/],
      ["§NUMERIC '1'", /^NUMERIC is not supported/],
      ["§b'a'", /^BYTES are not supported/],
      ['§DATE_ADD(born, INTERVAL 1 DAY)', /DATE_ADD is not supported/, /DATE_DIFF/],
      ["EXTRACT(HOUR FROM seen_at AT TIME ZONE §'Europe/Paris')", /^Time zones/, /local column/],
      ["DATE_DIFF(§DATE(seen_at, 'Europe/Paris'), born, DAY)", /^Time zones/],
      ['CAST(plans AS STRING §FORMAT "9")', /^CAST with FORMAT/],
      ["§DATE '2023-02-29'", /^Invalid DATE literal: "2023-02-29"$/],
      ["§TIMESTAMP '2024-01-01 00:00:00 Europe/Paris'", /^Invalid TIMESTAMP literal/],
      ['§9007199254740992', /^Integer literal 9007199254740992 is too large$/],
      ['§1e999', /^Invalid floating point literal: 1e999$/],
      ["'it'§'s'", /need a space/, /\\'/],
      ['§plans = 1 = TRUE', /^Comparisons do not chain$/, /parentheses/],
      ['§plans BETWEEN 1 AND 2 IS TRUE', /^Comparisons do not chain$/],
    ]),
  ]);
});

describe('names that lead nowhere', () => {
  itRefuses([
    ...ofExpression([
      ['1 + §amout', /^Unrecognized name: amout; Did you mean amount\?$/],
      ['§zzz', /^Unrecognized name: zzz$/],
      ['§inputt.plans', /^Unrecognized name: inputt; Did you mean input\?$/],
      ['§input.plan', /^Unrecognized name: plan; Did you mean plans\?$/],
      ['§input.plans.x', /^Cannot access field x/],
      ['§input', /^input is a table, not a column$/],
      ['plans + §f', /^Unrecognized name: f$/],
    ]),
    ['SELECT plans AS p, §p + 1 AS q FROM input', /^Unrecognized name: p/],
    ['SELECT 1 AS f FROM §inputs', /^Table not found: inputs; Did you mean input\?$/, /FROM input/],
    ['SELECT 1 AS f FROM §project.dataset.input', /no table by its path/],
    ['WITH §input AS (SELECT * FROM input) SELECT 1 AS f FROM input', /cannot be named input/],
    [
      'WITH s AS (SELECT * FROM input), §S AS (SELECT * FROM s) SELECT 1 AS f FROM s',
      /^Duplicate alias S/,
    ],
    [
      'WITH s AS (SELECT * FROM §t), t AS (SELECT * FROM input) SELECT 1 AS f FROM t',
      /^Table not found: t$/,
    ],
    [
      'WITH s AS (SELECT *, 1 AS plans FROM input) SELECT §plans FROM s',
      /^Column name plans is ambiguous$/,
      /REPLACE/,
    ],
    [
      'WITH s AS (SELECT * EXCEPT (§plan) FROM input) SELECT 1 AS f FROM s',
      /EXCEPT list does not exist; Did you mean plans\?$/,
    ],
    [
      'WITH s AS (SELECT * REPLACE (1 AS §plan) FROM input) SELECT 1 AS f FROM s',
      /REPLACE list does not exist/,
    ],
    ['WITH s AS (SELECT * EXCEPT (plans, §Plans) FROM input) SELECT 1 AS f FROM s', /named twice/],
    [
      'WITH s AS (SELECT * EXCEPT (plans) FROM input) SELECT §plans FROM s',
      /^Unrecognized name: plans/,
    ],
    ['WITH s AS (SELECT §other.* FROM input) SELECT 1 AS f FROM s', /^Unrecognized name: other/],
    ['SELECT §* FROM input', /^The list of features has no \*$/],
    ['SELECT §plans + 1 FROM input', /^A column needs a name$/, /AS name/],
    ['SELECT plans, §Plans FROM input', /Found duplicate\(s\): Plans$/],
    ['SELECT plans AS §`a b` FROM input', /^Invalid feature name "a b"$/],
  ]);
});

describe('text that is not SQL', () => {
  itRefuses([
    ['§', /^Syntax error: Expected keyword SELECT but got end of script$/],
    ['§INSERT INTO t', /^Syntax error: Expected keyword SELECT but got identifier INSERT$/],
    ['SELECT §FROM input', /^Syntax error: Unexpected keyword FROM$/],
    ['SELECT plans§', /^Syntax error: Expected keyword FROM but got end of script$/],
    ['SELECT (plans §FROM input', /^Syntax error: Expected "\)" but got keyword FROM$/],
    [
      'SELECT plans AS §SELECT FROM input',
      /^Syntax error: Expected a name but got keyword SELECT$/,
    ],
    ['SELECT plans FROM input§; ', /^Features are one SELECT$/, /semicolon/],
    ["SELECT §'abc", /^Syntax error: Unclosed string literal$/],
    ['SELECT plans + §FROM input', /^Syntax error: Unexpected keyword FROM$/],
    ['SELECT CASE §END AS f FROM input', /^Syntax error: Unexpected keyword END$/],
    [
      'SELECT plans IS §5 AS f FROM input',
      /^Syntax error: Expected NULL, TRUE, FALSE or DISTINCT FROM/,
    ],
    ['SELECT ABS(plans §plans) AS f FROM input', /^Syntax error: Expected "\)" or "," but got/],
    ['SELECT plans AS f, §AT FROM input', /^Syntax error: Unexpected keyword AT$/, /backticks/],
  ]);

  const DEEP: [what: string, expression: string][] = [
    ['parentheses', '('.repeat(50_000)],
    ['signs', '- '.repeat(50_000)],
    ['negations', 'NOT '.repeat(50_000)],
    ['a sum', `plans${' + 1'.repeat(50_000)}`],
    ['CASE', 'CASE WHEN isNew THEN '.repeat(50_000)],
    ['calls', 'ABS('.repeat(50_000)],
  ];
  for (const [what, expression] of DEEP) {
    it(`refuses ${what} fifty thousand deep`, () => {
      const { problem } = refusal(`SELECT ${expression} AS f FROM input`);
      assert.equal(problem, 'The expression nests deeper than 200');
    });
  }

  it('takes a program as long as its limits, and no longer', () => {
    const features = (count: number) => Array.from({ length: count }, (_, i) => `plans AS f${i}`);
    const compile = (count: number) =>
      compileFeatures(`SELECT ${features(count).join(', ')} FROM input`, INPUTS);
    assert.equal(compile(2000).features.length, 2000);
    assert.throws(() => compile(2001), /FeatureError: The program is beyond its limits: features/);
  });

  it('takes calls within calls, each of them read once', () => {
    for (const name of ['ROUND', 'CONCAT', 'COALESCE', 'TRIM', 'DATE', 'LOG', 'NULLIF']) {
      const argument = name === 'NULLIF' ? ', NULL)' : ')';
      const nested = `${`${name}(`.repeat(100)}NULL${argument.repeat(100)}`;
      compileFeatures(`SELECT (${nested}) IS NULL AS f FROM input`, INPUTS);
    }
  });

  it('takes a hundred terms', () => {
    compileFeatures(`SELECT plans${' + 1'.repeat(100)} AS f FROM input`, INPUTS);
  });
});

describe('inputs that make no sense', () => {
  const cases: [what: string, fields: InputField[], problem: RegExp][] = [
    [
      'an empty domain',
      [{ ...number, name: 'n', minimum: 2, maximum: 1 }],
      /no value lies between/,
    ],
    ['no integer between', [{ ...number, name: 'n', minimum: 0.2, maximum: 0.8 }], /no value/],
    ['NaN', [{ ...number, name: 'n', minimum: Number.NaN }], /no value/],
    ['more than is exact', [{ ...number, name: 'n', maximum: 2 ** 53 }], /limited to/],
    ['bounds of text', [{ name: 'n', type: 'STRING', nullable: true, minimum: 1 }], /no minimum/],
    ['a length of numbers', [{ ...number, name: 'n', maxLength: 1 }], /only STRING/],
    ['text too long', [{ name: 'n', type: 'STRING', nullable: true, maxLength: 1e6 }], /limited/],
    [
      'two of a name',
      [
        { ...number, name: 'n' },
        { ...number, name: 'N' },
      ],
      /there twice/,
    ],
    ['a name that is none', [{ ...number, name: 'a b' }], /not a column name/],
    ['a name of every object', [{ ...number, name: 'constructor' }], /not a column name/],
  ];
  for (const [what, fields, problem] of cases) {
    it(`refuses ${what}`, () => {
      const compile = () => compileFeatures('SELECT 1 AS f FROM input', fields);
      assert.throws(
        compile,
        (error) => error instanceof ProgramError && problem.test(error.message),
      );
    });
  }
});
