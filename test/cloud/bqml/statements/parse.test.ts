import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ApiError } from '../../errors.ts';
import { parseStatement } from './parse.ts';

const CONTEXT = {
  projectId: 'shop',
  defaultDataset: { projectId: 'shop', datasetId: 'credit' },
} as const;

const parse = (sql: string) => parseStatement(sql, CONTEXT);

function refuses(sql: string, message: string | RegExp, status = 400): void {
  assert.throws(
    () => parse(sql),
    (error) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.equal(error.status, status);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );
}

const model = (projectId: string, datasetId: string, modelId: string) => ({
  projectId,
  datasetId,
  modelId,
});

describe('ML statements', () => {
  it('leaves other statements to others', () => {
    for (const sql of [
      'SELECT 1',
      'CREATE TABLE model (x INT64)',
      '-- CREATE MODEL m\nSELECT 1',
      "SELECT 'unclosed",
      'CREATE MODELS x',
      '',
    ]) {
      assert.equal(parse(sql), undefined, sql);
    }
  });

  describe('CREATE MODEL', () => {
    it('gives model, options and the text of the query with its place', () => {
      const sql =
        "CREATE MODEL credit.m OPTIONS(model_type='logistic_reg') AS\nSELECT ';' AS x, y FROM t -- end\n;";
      const statement = parse(sql);
      assert.ok(statement?.kind === 'CREATE_MODEL');
      assert.deepEqual(statement.model, model('shop', 'credit', 'm'));
      assert.equal(statement.ifExists, 'fail');
      assert.deepEqual([...statement.options], [['MODEL_TYPE', 'LOGISTIC_REG']]);
      assert.equal(statement.query, "SELECT ';' AS x, y FROM t");
      assert.equal(sql.indexOf(statement.query), statement.queryOffset);
    });

    it('knows OR REPLACE and IF NOT EXISTS, in any case and between comments', () => {
      const rest = "OPTIONS(MODEL_TYPE = 'LINEAR_REG') AS SELECT 1";
      const kinds = [
        [`create /* x */ or\nreplace # y\n model m ${rest}`, 'replace'],
        [`CREATE MODEL IF NOT EXISTS m ${rest}`, 'skip'],
        [`/* CREATE */ Create Model m ${rest}`, 'fail'],
      ] as const;
      for (const [sql, ifExists] of kinds) {
        const statement = parse(sql);
        assert.ok(statement?.kind === 'CREATE_MODEL');
        assert.equal(statement.ifExists, ifExists);
      }
      refuses(
        `CREATE OR REPLACE MODEL IF NOT EXISTS m ${rest}`,
        'CREATE MODEL cannot have both OR REPLACE and IF NOT EXISTS at [1:25]',
      );
    });

    it('takes names in every form', () => {
      const forms: [string, ReturnType<typeof model>][] = [
        ['m', model('shop', 'credit', 'm')],
        ['d.m', model('shop', 'd', 'm')],
        ['my-project-1.d.m', model('my-project-1', 'd', 'm')],
        ['`my-project.d.m`', model('my-project', 'd', 'm')],
        ['`my-project`.d.`m`', model('my-project', 'd', 'm')],
        ['`example.com:p.d.m`', model('example.com:p', 'd', 'm')],
      ];
      for (const [name, expected] of forms) {
        const statement = parse(`DROP MODEL ${name}`);
        assert.ok(statement?.kind === 'DROP_MODEL');
        assert.deepEqual(statement.model, expected, name);
      }
    });

    it('refuses names that cannot be models, with the place', () => {
      refuses('DROP MODEL', 'Syntax error: Expected a model name at [1:11]');
      refuses('DROP MODEL `d.a b`', /^Invalid model ID "a b".* at \[1:12\]$/);
      refuses('DROP MODEL d.m - x', 'Syntax error: Expected end of input but got "-" at [1:16]');
      assert.throws(
        () => parseStatement('DROP MODEL m', { projectId: 'shop' }),
        /Model name "m" must be qualified with a dataset \(e\.g\. dataset\.model\) at \[1:12\]/,
      );
    });

    it('says what is wrong with the syntax, and where', () => {
      const options = "OPTIONS(MODEL_TYPE='LINEAR_REG')";
      refuses(
        `CREATE MODEL m\n${options}`,
        'The AS SELECT clause is required for CREATE MODEL at [2:33]',
      );
      refuses(`CREATE MODEL m ${options} AS`, /Expected a query but got end of script/);
      refuses(`CREATE MODEL m ${options} SELECT 1`, /Expected keyword AS but got "SELECT"/);
      refuses('CREATE MODEL m OPTIONS(a 1) AS SELECT 1', /Expected "=" but got "1" at \[1:26\]/);
      refuses("CREATE MODEL m OPTIONS(a='x", 'Syntax error: Unclosed string literal at [1:26]');
      refuses(
        `CREATE MODEL m ${options} AS SELECT 1; SELECT 2`,
        /Expected end of input but got "SELECT"/,
      );
    });

    it('refuses by name what this engine lacks', () => {
      const rest = "OPTIONS(MODEL_TYPE='LINEAR_REG') AS SELECT 1";
      refuses(`CREATE MODEL m TRANSFORM(a AS b) ${rest}`, /TRANSFORM clause/, 501);
      refuses('CREATE MODEL m INPUT(a INT64) OUTPUT(b INT64)', /INPUT clause/, 501);
      refuses('CREATE MODEL m REMOTE WITH CONNECTION `c`', /REMOTE clause/, 501);
      refuses(
        "CREATE MODEL m OPTIONS(MODEL_TYPE='LINEAR_REG') AS (training_data AS (SELECT 1))",
        /clause training_data AS/,
        501,
      );
      refuses('ALTER MODEL m SET OPTIONS(description="x")', /ALTER MODEL/, 501);
      const trees = (option: string) =>
        `CREATE MODEL m OPTIONS(MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', ${option}) AS SELECT 1`;
      refuses(trees("MODEL_REGISTRY='VERTEX_AI'"), /the option MODEL_REGISTRY/, 501);
      refuses(trees("KMS_KEY_NAME='k'"), /the option KMS_KEY_NAME/, 501);
      refuses(trees('MAX_ITERATIONS=@n'), /query parameters in OPTIONS/, 501);
      refuses(
        "CREATE MODEL m OPTIONS(MODEL_TYPE='kmeans') AS SELECT 1",
        /models of type KMEANS/,
        501,
      );
    });
  });

  describe('EXPORT MODEL', () => {
    it('gives the model and the URI', () => {
      assert.deepEqual(parse("EXPORT MODEL d.m OPTIONS(URI = 'gs://b/x/')"), {
        kind: 'EXPORT_MODEL',
        model: model('shop', 'd', 'm'),
        uri: 'gs://b/x/',
      });
    });

    it('gives the trial that is asked for', () => {
      const statement = parse("EXPORT MODEL m OPTIONS(TRIAL_ID = 12, URI = 'gs://b')");
      assert.ok(statement?.kind === 'EXPORT_MODEL');
      assert.deepEqual([statement.uri, statement.trialId], ['gs://b', 12]);
    });

    it('demands a URI, and takes nothing besides but a trial', () => {
      refuses('EXPORT MODEL m', /requires the option URI/);
      refuses('EXPORT MODEL m OPTIONS(URI = 1)', /requires the option URI/);
      refuses("EXPORT MODEL m OPTIONS(URL = 'x')", 'Unsupported option URL at [1:24]');
      refuses("EXPORT MODEL m OPTIONS(URI='x', URI='y')", /Duplicate option .*'URI' at \[1:33\]/);
      refuses("EXPORT MODEL m OPTIONS(URI = 'x', TRIAL_ID = '1')", /TRIAL_ID .* must be an INT64/);
    });
  });

  it('DROP MODEL knows IF EXISTS', () => {
    assert.deepEqual(parse('DROP MODEL IF EXISTS m;'), {
      kind: 'DROP_MODEL',
      model: model('shop', 'credit', 'm'),
      ifExists: true,
    });
  });

  it('answers a statement, nothing or an ApiError for any text', () => {
    const words = fc.constantFrom(
      ..."CREATE OR REPLACE MODEL IF NOT EXISTS m OPTIONS ( ) = , AS SELECT 1 [ STRUCT ' ` - . ; @p 0.5 DROP EXPORT".split(
        ' ',
      ),
    );
    const property = fc.property(
      fc.constantFrom('CREATE MODEL ', 'EXPORT MODEL ', 'DROP MODEL ', ''),
      fc.array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 20 }),
      (start, parts) => {
        try {
          parse(start + parts.join(' '));
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
