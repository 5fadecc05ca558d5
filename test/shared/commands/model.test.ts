import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_CALIBRATION } from '../../../shared/bridge/calibration.ts';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { readXgboost } from '../../../shared/bridge/xgboost/read.ts';
import { MODEL_FILE, sha256 } from '../../../shared/bundle/bundle.ts';
import { type Files, files } from '../../../shared/commands/model/storage.ts';
import { runModel } from '../../../shared/commands/model.ts';
import { writeLegacyBinary } from '../../cloud/bqml/export/legacy_binary.ts';
import { startStorage, type TestStorage } from '../../cloud/storage/testing.ts';
import { LOANS, POLICY_VERSION, withPolicy } from '../../functions/support/loans.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { makeVersion } from '../../functions/support/versions.ts';
import { modelDocument, writeJson, writeUbjson } from '../bridge/xgboost/documents.ts';
import { skipWithout } from '../shared_data.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Files in memory, by path. */
const holding = (held: Record<string, Uint8Array | string>): Files => ({
  read: async (path) => {
    const content = held[path];
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  },
});

const json = writeJson(modelDocument());
const classes = (() => {
  const document = modelDocument();
  document.learner.objective.name = 'multi:softprob';
  document.learner.learner_model_param.num_class = '3';
  return document;
})();

describe('npm run model', () => {
  it('inspects a model in any format, from a bucket as from disk', async () => {
    const held = {
      'gs://models/m.json': json,
      'm.ubj': writeUbjson(modelDocument()),
      'm.bst': writeLegacyBinary(readXgboost(json)),
    };
    for (const [path, format] of Object.entries({
      'gs://models/m.json': 'JSON',
      'm.ubj': 'UBJSON',
      'm.bst': 'legacy binary',
    })) {
      const { text, code } = await runModel(['inspect', path], holding(held));
      assert.equal(code, 0);
      assert.ok(text.startsWith(`${path}: ${format}, `), text);
      assert.match(
        text,
        /binary:logistic, XGBoost 1\.7\n.*2 numbers\n.*2 in 1 group\(s\), 6 nodes/,
      );
    }
  });

  it('converts to ONNX that verifies and inspects in its turn', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'model-'));
    try {
      const out = join(folder, 'out.onnx');
      assert.equal(
        (await runModel(['convert', 'm.json', out], holding({ 'm.json': json }))).code,
        0,
      );
      const rows = `[0, 0.5]\n\n{"f0": 1, "f1": null, "expected": ${sigmoid(-0.5)}}\n`;
      const held = holding({ 'out.onnx': readFileSync(out), rows });
      const { text, code } = await runModel(['verify', 'out.onnx', 'rows'], held);
      assert.equal(code, 0, text);
      assert.match(text, /over 2 rows\n.*over 1 rows\nagrees$/);
      assert.match((await runModel(['inspect', out], files)).text, /: ONNX, .* bytes/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says which row differs from what it expects, and fails', async () => {
    const rows = `{"f1": 0.5, "expected": ${sigmoid(1.5)}}\n{"f1": 0, "expected": 0.5}`;
    const { text, code } = await runModel(['verify', 'm', 'rows'], holding({ m: json, rows }));
    assert.equal(code, 1);
    assert.match(
      text,
      /onnxruntime and rows {4}differ by at most 1\.2e-1 \(row 2\) over 2 rows\ndiffers/,
    );
  });

  it('verifies classes and numbers as well as probabilities', async () => {
    const counts = modelDocument();
    counts.learner.objective.name = 'count:poisson';
    const held = holding({
      classes: writeJson(classes),
      counts: writeJson(counts),
      rows: '[0, 0.5]\n[0, null]',
      number: `{"f1": 0.5, "expected": ${0.5 * Math.exp(1.5)}}`,
    });
    assert.equal((await runModel(['verify', 'classes', 'rows'], held)).code, 0);
    assert.equal((await runModel(['verify', 'counts', 'number'], held)).code, 0);
    const wrong = runModel(['verify', 'classes', 'number'], held);
    await assert.rejects(wrong, /Row 1 expects 1 numbers; the model answers 3/);
  });

  it('explains a row, strongest first, and classes one by one', async () => {
    const held = holding({
      m: json,
      classes: writeJson(classes),
      rows: '[7, 0.5]',
      others: '[0, 0]',
    });
    const { text } = await runModel(['explain', 'm', 'rows'], held);
    assert.equal(text, 'row 1: margin 1.500000 = 0.700000 on average\n  +0.800000  f1 = 0.5');
    const { text: against } = await runModel(
      ['explain', 'm', 'rows', '--background', 'others'],
      held,
    );
    assert.equal(against, 'row 1: margin 1.500000 = -0.500000 on average\n  +2.000000  f1 = 0.5');
    const { text: by } = await runModel(['explain', 'classes', 'rows'], held);
    assert.match(by, /row 1, group 0: .*\n.*f1 = 0\.5\n\nrow 1, group 1: .*\n\nrow 1, group 2: /);
  });

  it('explains a linear model against a background: weight times distance from its mean', async () => {
    const linear = logisticToOnnx(
      { intercept: 1, weights: Float64Array.of(2, -3) },
      NO_CALIBRATION,
      {},
    );
    const held = holding({
      linear,
      rows: '[2, 1]',
      others: '[0, 1]\n[1, 3]',
      none: '',
      gap: '[1, null]',
    });
    const explained = (others: string) =>
      runModel(['explain', 'linear', 'rows', '--background', others], held);
    const { text } = await explained('others');
    // 1 + 2·0.5 − 3·2 = −4 on average; 2·(2 − 0.5) and −3·(1 − 2).
    assert.match(text, /^row 1: margin 2\.000000 = -4\.000000 on average\n/);
    assert.deepEqual(text.split('\n').slice(1).sort(), [
      '  +3.000000  f0 = 2',
      '  +3.000000  f1 = 1',
    ]);
    await assert.rejects(explained('none'), /0 numbers is no rows of 2/);
    await assert.rejects(explained('gap'), /linear model must not have missing numbers/);
  });

  it("reads a BigQuery ML export's vocabularies, and gives the label asked for", async function () {
    const folder = skipWithout(this, 'bqml-exports/sparse_feature_model_3');
    const path = join(folder, 'model.bst');
    const row = {
      f1: 1,
      f2: 'a',
      f3: ['a', 'b'],
      f4: [
        [1, 1],
        [3, 2],
      ],
    };
    for (const [label, expected] of [
      ['2', 0.11146857],
      ['1', 0.88853139],
    ] as const) {
      const rows = JSON.stringify({ ...row, expected });
      const from: Files = {
        read: async (name) => (name === 'rows' ? new TextEncoder().encode(rows) : files.read(name)),
      };
      const { text, code } = await runModel(['verify', path, 'rows', '--positive', label], from);
      assert.equal(code, 0, text);
    }
    await assert.rejects(
      runModel(['inspect', path, '--positive', '9'], files),
      /labels 2, 1, not "9"/,
    );
    const { text } = await runModel(['inspect', path], files);
    assert.match(text, /groups {7}2, 1\n.*f1: number, 1.*f4: array_struct, 4/s);
  });

  it('names what is missing or wrong', async () => {
    const linear = logisticToOnnx(
      { intercept: 0, weights: Float64Array.of(1, 2) },
      NO_CALIBRATION,
      {},
    );
    const held = holding({
      m: json,
      linear,
      short: '[1]',
      text: 'x',
      odd: '{"f9": 1}',
      none: '',
      rows: '[1, 2]',
    });
    const cases: [string[], RegExp][] = [
      [['inspect', 'nothing'], /There is no file nothing/],
      [['verify', 'm', 'nothing'], /There is no file nothing/],
      [['verify', 'm', 'short'], /Row 1 has 1 numbers; the model reads 2/],
      [['verify', 'm', 'text'], /Row 1 is neither/],
      [['verify', 'm', 'odd'], /feature "f9", which the model does not read/],
      [['verify', 'm', 'none'], /no row to verify with/],
      [['explain', 'linear', 'rows'], /linear model is explained against rows: give --background/],
    ];
    for (const [arguments_, message] of cases) {
      await assert.rejects(runModel(arguments_, held), { name: 'ModelFormatError', message });
    }
    assert.equal((await runModel(['verify', 'linear', 'rows'], held)).code, 0);
    for (const arguments_ of [[], ['inspect'], ['convert', 'm'], ['sing', 'm', 'x']]) {
      await assert.rejects(runModel(arguments_, held), { name: 'UsageError' });
    }
    assert.equal((await runModel(['--help'], held)).code, 0);
  });

  describe('on gs://, with the official client', () => {
    let storage: TestStorage;
    const before_ = process.env.STORAGE_EMULATOR_HOST;
    before(async () => {
      storage = await startStorage();
      process.env.STORAGE_EMULATOR_HOST = storage.origin;
      const [bucket] = await storage.client.createBucket('models');
      const put = (name: string, content: Uint8Array | string) =>
        bucket.file(name).save(Buffer.from(content), { resumable: false });
      await put('v1/model.ubj', writeUbjson(modelDocument()));
      await put('v1/rows.ndjson', `{"f0": 1, "f1": null, "expected": ${sigmoid(-0.5)}}\n`);
      await put('v1/wrong.ndjson', '{"f1": 0, "expected": 0.5}');
    });
    after(async () => {
      if (before_ === undefined) delete process.env.STORAGE_EMULATOR_HOST;
      else process.env.STORAGE_EMULATOR_HOST = before_;
      await storage.stop();
    });

    it('inspects, verifies and explains as on disk', async () => {
      const [model, rows] = ['gs://models/v1/model.ubj', 'gs://models/v1/rows.ndjson'];
      const { text } = await runModel(['inspect', model], files);
      assert.ok(text.startsWith(`${model}: UBJSON, `), text);
      const { length } = writeUbjson(modelDocument());
      assert.match(text, new RegExp(`${length} bytes\\n  objective    binary:logistic`));
      const verified = await runModel(['verify', model, rows], files);
      assert.equal(verified.code, 0);
      assert.match(verified.text, /agrees$/);
      assert.match((await runModel(['explain', model, rows], files)).text, /^row 1: margin -0\.5/);
    });

    it('fails where rows differ, and names what is not there', async () => {
      const model = 'gs://models/v1/model.ubj';
      assert.equal(
        (await runModel(['verify', model, 'gs://models/v1/wrong.ndjson'], files)).code,
        1,
      );
      for (const path of ['gs://models/v2/model.bst', 'gs://nobody/model.bst']) {
        await assert.rejects(runModel(['inspect', path], files), {
          name: 'ModelFormatError',
          message: `There is no file ${path}.`,
        });
      }
    });
  });

  it('says of a folder that a file in it is wanted', async () => {
    const message = 'test is a folder: name a file in it, of a BigQuery ML export model.bst.';
    await assert.rejects(runModel(['inspect', 'test'], files), {
      name: 'ModelFormatError',
      message,
    });
    await assert.rejects(runModel(['inspect', 'package.json/x'], files), /There is no file/);
  });

  describe('counterfactual', () => {
    const requests = loanRows(20, 9).applications.map(requestOf);
    let held: Record<string, Uint8Array | string>;

    before(async () => {
      const { manifest, files } = await makeVersion(await readPortfolio(), 'v20260601_000000');
      const model = files.get(MODEL_FILE)!;
      const listed = [{ name: MODEL_FILE, bytes: model.length, sha256: sha256(model) }];
      held = {
        'gs://models/v1/manifest.json': JSON.stringify({ ...manifest, files: listed }),
        'gs://models/v1/model.onnx': model,
      };
    });

    const run = (rows: string, changes: typeof held = {}) =>
      runModel(
        ['counterfactual', 'gs://models/v1/manifest.json', 'rows'],
        holding({ ...held, ...changes, rows }),
      );

    it('says of each request what would have led to approval, or why nothing would', async () => {
      const large = { ...requests[0], amount: 45_000, is_customer: true, purpose: 'home' };
      const small = { ...large, amount: 500, term_months: 12 };
      const hopeless = { ...large, employed_since: null, purpose: 'debt', is_customer: false };
      const rows = [large, small, hopeless].map((row) => JSON.stringify(row)).join('\n\n');
      const { text, code } = await run(rows);
      assert.equal(code, 0);
      const [first, second, third] = text.split('\n\n');
      assert.match(
        first!,
        /^request 1: PD 0\.\d{6} after a change of \d\.\d{3} \(evaluations: \d+\)\n {2}amount 45000 → \d+ {2}Ask for less\.$/,
      );
      assert.equal(second, 'request 3: is approved as it is (evaluations: 1)');
      assert.match(third!, /^request 5: no change of up to three fields was found/);
    });

    it('judges by the policy in force now, or at the time that it is given', async () => {
      const strict = {
        ...POLICY_VERSION,
        version: 'strict',
        effective_from: '2026-09-01T00:00:00Z',
        cut_offs: [{ name: 'nobody', review_from: 0, decline_from: 0.001 }],
      };
      const portfolio = await readPortfolio(withPolicy(LOANS, [POLICY_VERSION, strict]));
      const { manifest } = await makeVersion(portfolio, 'v20260601_000000');
      const files = JSON.parse(held['gs://models/v1/manifest.json'] as string).files;
      const all = holding({
        ...held,
        'gs://models/v1/manifest.json': JSON.stringify({ ...manifest, files }),
        rows: JSON.stringify({
          ...requests[0],
          ...{ amount: 500, term_months: 12, is_customer: true, purpose: 'home' },
        }),
      });
      const at = async (now: string, ...options: string[]) => {
        const words = ['counterfactual', 'gs://models/v1/manifest.json', 'rows', ...options];
        return (await runModel(words, all, () => new Date(now))).text;
      };
      assert.match(await at('2026-08-31T23:59:59Z'), /is approved as it is/);
      assert.match(await at('2026-09-01T00:00:00Z'), /no change .* was found/);
      assert.match(await at('2026-09-01', '--at', '2026-08-01T00:00:00Z'), /is approved as it is/);
      await assert.rejects(at('2026-09-01', '--at', 'yesterday'), /--at yesterday is no time/);
    });

    it('refuses by line what is no request', async () => {
      const good = JSON.stringify(requests[0]);
      await assert.rejects(run(`${good}\n{`), /Request 2 is not JSON/);
      await assert.rejects(
        run(`${good}\n${JSON.stringify({ ...requests[1], amount: -1, shoe_size: 40 })}`),
        /Request 2: \/amount .*; \/shoe_size is not in the contract\./,
      );
    });

    it('refuses a version that is not whole, by the file', async () => {
      const place = 'gs://models/v1/model.onnx';
      const other = { [place]: new Uint8Array([1, 2, 3]) };
      await assert.rejects(run('', other), /model\.onnx is not the model that .*manifest\.json/);
      await assert.rejects(
        runModel(['counterfactual', 'nowhere.json', 'rows'], holding({ rows: '' })),
        /There is no file nowhere\.json/,
      );
      const { [place]: _, ...without } = held;
      await assert.rejects(
        runModel(
          ['counterfactual', 'gs://models/v1/manifest.json', 'rows'],
          holding({ ...without, rows: '' }),
        ),
        /There is no file gs:\/\/models\/v1\/model\.onnx, which/,
      );
      await assert.rejects(
        run('', { 'gs://models/v1/manifest.json': '{}' }),
        /manifest\.json is no manifest/,
      );
      await assert.rejects(
        run('', { 'gs://models/v1/manifest.json': '{"format":1}' }),
        /manifest\.json is no manifest: it has format 1, this build reads 2: retrain/,
      );
    });
  });
});
