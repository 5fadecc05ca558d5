import assert from 'node:assert/strict';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { BACKGROUND_FILE, decodeBackground } from '../../../shared/bundle/background.ts';
import { type Bundle, BundleError, MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { decide } from '../../../shared/decision/decide.ts';
import { createInterventionalExplainer } from '../../../shared/explain/interventional.ts';
import { principalReasons } from '../../../shared/explain/reasons.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import { LINEAR_BASE, makeLinearVersion } from '../../functions/support/linear.ts';
import { keepLog } from '../../functions/support/log.ts';
import {
  scoreOnPaper,
  shapleyAgainstOnPaper,
  shapleyOnPaper,
} from '../../functions/support/paper.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { makeVersion, NOBODY } from '../../functions/support/versions.ts';

const VERSION = 'v20260601_000000';
const REQUESTS = loanRows(50, 9).applications.map(requestOf);
const OTHERS = loanRows(30, 4).applications.map(requestOf);

describe('a model that serves', () => {
  let portfolio: Portfolio;

  before(async () => {
    portfolio = await readPortfolio();
  });

  const bundle = async (changes: Parameters<typeof makeVersion>[2] = {}): Promise<Bundle> => {
    const { manifest, files } = await makeVersion(portfolio, VERSION, changes);
    const ref = { version: VERSION, manifest_sha256: '0'.repeat(64) };
    const kept = files.get(BACKGROUND_FILE);
    return {
      ref,
      manifest: { ...manifest, files: [] },
      model: files.get(MODEL_FILE)!,
      background: kept && decodeBackground(kept, manifest.background!),
    };
  };

  it('scores what the trees give on paper, in any order and any number at once', async () => {
    const model = await createServingModel(await bundle());
    const log = keepLog();
    const scored = await Promise.all(REQUESTS.map((request) => model.score(request, log)));
    scored.forEach(({ probability, pd }, i) => {
      const expected = scoreOnPaper(REQUESTS[i]!);
      assert.ok(Math.abs(probability - expected.probability) < 1e-6);
      assert.ok(Math.abs(pd - expected.pd) < 1e-6);
    });
    await model.close();
    assert.deepEqual(log.lines, []);
  });

  it('says what each feature added: Shapley’s values, and 0 for what no tree asks', async () => {
    const model = await createServingModel(await bundle());
    for (const request of REQUESTS.slice(0, 10)) {
      const { row } = await model.score(request, keepLog());
      const expected = shapleyOnPaper(request);
      for (const [feature, value] of Object.entries(model.contributions(row))) {
        assert.ok(Math.abs(value - (expected[feature] ?? 0)) < 1e-6, feature);
      }
    }
    await model.close();
  });

  it('compares with the rows that it keeps where its portfolio says so: Shapley’s values again', async () => {
    const model = await createServingModel(await compared());
    const { baseline } = await explainedAlone();
    for (const request of REQUESTS.slice(10, 20)) {
      const { row, probability } = await model.score(request, keepLog());
      const contributions = model.contributions(row);
      const expected = shapleyAgainstOnPaper(request, OTHERS);
      for (const [feature, value] of Object.entries(contributions)) {
        assert.ok(Math.abs(value - (expected[feature] ?? 0)) < 1e-6, feature);
      }
      const sum = Object.values(contributions).reduce((a, b) => a + b, baseline);
      assert.ok(Math.abs(sum - Math.log(probability / (1 - probability))) < 1e-6);
    }
    await model.close();
  });

  it('gives the reasons that this comparison finds', async () => {
    const model = await createServingModel(await compared());
    const { explainer } = await explainedAlone();
    const names = model.manifest.inputs.map(({ name }) => name);
    const candidates = {
      generation: 1,
      deployment: NOBODY,
      champion: model,
      challenger: undefined,
      shadows: [],
    };
    const other = await createServingModel(await bundle());
    let [adverse, different] = [0, 0];
    for (const request of REQUESTS) {
      const occasion = { decisionId: 'd-1', at: new Date(0), log: keepLog() };
      const { outcome, reasons, rules } = await decide(request, candidates, occasion);
      const isByRule = rules.some(({ kind, hit }) => hit && kind !== 'band' && kind !== 'segment');
      if (outcome === 'approve' || isByRule) continue;
      adverse++;
      const { row } = await model.score(request, keepLog());
      const values = new Float64Array(names.length);
      explainer.explain(Float32Array.from(row), values);
      const contributions = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      assert.deepEqual(reasons, principalReasons(model.manifest.reasons, contributions));
      const against = await decide(request, { ...candidates, champion: other }, occasion);
      different += Number(JSON.stringify(against.reasons) !== JSON.stringify(reasons));
    }
    assert.ok(adverse >= 5 && different >= 1, `${different} of ${adverse}`);
    await Promise.all([model.close(), other.close()]);
  });

  const compared = async () =>
    bundle({
      background: OTHERS,
      portfolio: { ...(await bundle()).manifest.portfolio, explanation: 'interventional' },
    });

  /** The explainer by itself, of the same trees and rows. */
  async function explainedAlone() {
    const { model, background } = await compared();
    const { booster, signs } = readScoringGraph(model);
    const explainer = createInterventionalExplainer(
      booster!,
      signs!,
      Float32Array.from(background!),
    );
    return { explainer, baseline: explainer.baseline };
  }

  it('scores on after it is closed, by the kernel', async () => {
    const model = await createServingModel(await bundle());
    const log = keepLog();
    const before = await model.score(REQUESTS[0]!, log);
    await model.close();
    const after = await model.score(REQUESTS[0]!, log);
    assert.ok(Math.abs(before.pd - after.pd) < 1e-6);
    assert.deepEqual(log.lines, []);
  });

  it('reads what its policy asks for', async () => {
    const model = await createServingModel(await bundle());
    const { values, fault } = model.read({ ...REQUESTS[0]!, amount: 45_000, term_months: 6 });
    assert.deepEqual([[...values], fault], [[1, 0, 45_000, 180], undefined]);
    await model.close();
  });

  it('scores many at once as it scores each', async () => {
    const model = await createServingModel(await bundle());
    const pds = await model.pds(REQUESTS);
    for (const [i, request] of REQUESTS.entries()) {
      assert.ok(Math.abs(pds[i]! - (await model.score(request, keepLog())).pd) < 1e-6);
    }
    await model.close();
  });

  it('scores a list out of its bytes as it checks, scores and reads each, to the bit', async () => {
    const model = await createServingModel(await bundle());
    const log = keepLog();
    // Of several lengths, so that nothing is left of the list before.
    for (const count of [50, 1, 20]) {
      const applications = REQUESTS.slice(0, count);
      const list = model.scoreList(Buffer.from(JSON.stringify({ applications })), 50)!;
      assert.deepEqual(
        list.ids,
        applications.map(({ loan_id }) => loan_id),
      );
      assert.deepEqual(list.pds, await model.pds(applications));
      for (const [i, application] of applications.entries()) {
        assert.ok(model.check(application).ok);
        assert.deepEqual(list.values[i], model.read(application).values);
      }
    }
    await model.close();
    assert.deepEqual(log.lines, []);
  });

  it('leaves a list to others that is too long, or has what no feature or policy can read', async () => {
    const request = { ...REQUESTS[0]!, amount: 500 };
    const bytes = Buffer.from(JSON.stringify({ applications: [request, request] }));
    const model = await createServingModel(await bundle());
    assert.equal(model.scoreList(bytes, 1), undefined);
    assert.equal(model.scoreList(bytes, 2)!.ids.length, 2);
    await model.close();
    const { application, sql } = portfolio;
    const narrow = inputFields(application).map((field) =>
      field.name === 'amount' ? { ...field, minimum: 1000 } : field,
    );
    for (const change of [
      { features: compileFeatures(sql.features, narrow), golden: [] },
      { policy_columns: compileFeatures(sql.policy, narrow) },
    ]) {
      const other = await createServingModel(await bundle(change));
      assert.equal(other.scoreList(bytes, 2), undefined);
      assert.equal(await countOf(other, { ...request, amount: 2000 }), 1);
      await other.close();
    }
  });

  const countOf = async ({ scoreList }: ServingModel, application: object) =>
    scoreList(Buffer.from(JSON.stringify({ applications: [application] })), 2)?.ids.length;

  it('names applications by a whole number, too, and takes no list where the key may be missing', async () => {
    const { manifest } = await bundle();
    const withKey = async (application: string, contract = manifest.contract) => {
      const keys = { ...manifest.portfolio.keys, application };
      const changed = { ...manifest.portfolio, keys };
      return createServingModel(await bundle({ portfolio: changed, contract }));
    };
    const { required } = manifest.contract;
    const nullable = { ...manifest.contract, required: [...required, 'employer'] };
    const numbered = await withKey('term_months');
    const unsure = await withKey('dependants');
    const perhaps = await withKey('employer', nullable);
    const applications = [REQUESTS[0]!];
    const bytes = Buffer.from(JSON.stringify({ applications }));
    assert.deepEqual(numbered.scoreList(bytes, 1)!.ids, [String(REQUESTS[0]!.term_months)]);
    for (const { scoreList } of [unsure, perhaps]) assert.equal(scoreList(bytes, 1), undefined);
    await Promise.all([numbered.close(), unsure.close(), perhaps.close()]);
  });

  it('knows the smallest change to approval, and approves whoever makes it', async () => {
    const model = await createServingModel(await bundle());
    const candidates = {
      generation: 1,
      deployment: NOBODY,
      champion: model,
      challenger: undefined,
      shadows: [],
    };
    const occasion = { decisionId: 'd-1', at: new Date(0), log: keepLog() };
    let found = 0;
    for (const request of REQUESTS) {
      const { outcome } = await decide(request, candidates, occasion);
      const answer = await model.counterfactual(request, occasion.at);
      assert.equal(!answer.changes && answer.why === 'approved', outcome === 'approve');
      if (!answer.changes) continue;
      found++;
      const changes = answer.changes.map(({ field, to }) => [field, to]);
      const changed = { ...request, ...Object.fromEntries(changes) };
      assert.ok(model.check(changed).ok);
      const after = await decide(changed, candidates, occasion);
      assert.equal(after.outcome, 'approve');
      assert.ok(Math.abs(after.pd! - answer.pd) < 1e-6);
    }
    await model.close();
    assert.ok(found >= 5, `${found} of ${REQUESTS.length} have one`);
  });

  it('looks no further for one than it is allowed to', async () => {
    const model = await createServingModel(await bundle());
    const request = { ...REQUESTS[0]!, amount: 45_000 };
    const answer = await model.counterfactual(request, new Date(0), 10);
    assert.deepEqual(answer, { changes: undefined, why: 'limit', evaluations: 10 });
    await model.close();
  });

  it('is explained against the average applicant where it is linear', async () => {
    const linear = await linearBundle();
    const model = await createServingModel(linear);
    const { features, row, probability } = await model.score(REQUESTS[0]!, keepLog());
    const contributions = model.contributions(row);
    assert.ok(
      Math.abs(contributions.term_months! - 0.02 * ((features.term_months as number) - 30)) < 1e-9,
    );
    const sum = Object.values(contributions).reduce((a, b) => a + b, 0);
    const margin = Math.log(probability / (1 - probability));
    assert.ok(Math.abs(model.baseline() - LINEAR_BASE) < 1e-12);
    assert.ok(Math.abs(margin - LINEAR_BASE - sum) < 1e-9);
    await model.close();
  });

  it('is explained against the average of the rows that it keeps where it is linear', async () => {
    const linear = await linearBundle({ rows: 2, terms: [12, 24] });
    const model = await createServingModel(linear);
    const { row } = await model.score({ ...REQUESTS[0]!, term_months: 48 }, keepLog());
    const { term_months, income } = model.contributions(row);
    assert.ok(Math.abs(term_months! - 0.02 * (48 - 18)) < 1e-12);
    assert.ok(Math.abs(income!) < 1e-12, 'of weight 0');
    await model.close();
  });

  it('takes the place of a NULL with the mean of training where it is linear', async () => {
    const model = await createServingModel(await linearBundle());
    const { row } = await model.score({ ...REQUESTS[0]!, income: null }, keepLog());
    assert.equal(row[3], 50_000);
    await model.close();
  });

  const off = (change: (bundle: Bundle) => Partial<Bundle['manifest']>) => async () => {
    const whole = await bundle();
    return { ...whole, manifest: { ...whole.manifest, ...change(whole) } };
  };
  const refused: [string, () => Promise<Bundle>, RegExp][] = [
    [
      'whose golden row scores 2e-6 away',
      off(({ manifest: { golden } }) => ({
        golden: golden.map((row) => ({ ...row, probability: row.probability - 2e-6 })),
      })),
      /golden row 0 scores .* away/,
    ],
    [
      'whose golden row has other features',
      off(({ manifest: { golden } }) => ({
        golden: golden.map((row) => ({ ...row, features: row.features.with(1, null) })),
      })),
      /features of golden row 0 come out differently/,
    ],
    [
      'whose golden row is longer than the row of the model',
      off(({ manifest: { golden } }) => ({
        golden: golden.map((row) => ({ ...row, features: row.features.slice(1) })),
      })),
      /come out differently/,
    ],
    [
      'that reads another number of features',
      off(({ manifest: { inputs } }) => ({ inputs: inputs.slice(1) })),
      /reads 9 numbers, the features give 8/,
    ],
    [
      'whose background is of other rows than it reads',
      off(() => ({ background: { file: BACKGROUND_FILE, rows: 1, width: 8 } })),
      /its background has 8 numbers a row, the features give 9/,
    ],
    [
      'that lacks the background that its portfolio wants',
      off(({ manifest: { portfolio } }) => ({
        portfolio: { ...portfolio, explanation: 'interventional' },
      })),
      /explained against a background, which it lacks/,
    ],
    [
      'that is linear and whose background has missing numbers',
      async () => linearBundle({ rows: 2, terms: [12, Number.NaN] }),
      /background of a linear model must not have missing numbers/,
    ],
    [
      'that is no ONNX',
      async () => ({ ...(await bundle()), model: Buffer.from('no ONNX') }),
      /cannot serve/,
    ],
    [
      'that judges by what it may not',
      off(({ manifest: { portfolio: document } }) => ({
        portfolio: { ...document, protected_attributes: ['is_customer'] },
      })),
      /features\.sql: is_customer reads is_customer, a protected attribute; policy\.sql: long_and_new/,
    ],
    [
      'whose policy names a column that there is not',
      off(({ manifest: { policy_columns: columns } }) => ({
        policy_columns: { ...columns, features: columns.features.slice(1) },
      })),
      /policy\.sql has no column too_large/,
    ],
    [
      'whose features cannot be trusted to run',
      off(({ manifest: { features } }) => ({
        features: { ...features, nodes: features.nodes.slice(1) },
      })),
      /cannot serve/,
    ],
  ];
  for (const [what, make, reason] of refused) {
    it(`is never one ${what}`, async () => {
      const given = await make();
      await assert.rejects(createServingModel(given), (error) => {
        assert.ok(error instanceof BundleError);
        assert.match(error.message, new RegExp(VERSION));
        assert.match(error.message, reason);
        return true;
      });
    });
  }

  async function linearBundle(kept?: { rows: number; terms: readonly number[] }): Promise<Bundle> {
    const { manifest, files } = await makeLinearVersion(portfolio, VERSION);
    const ref = { version: VERSION, manifest_sha256: '0'.repeat(64) };
    const whole = { ref, manifest: { ...manifest, files: [] }, model: files.get(MODEL_FILE)! };
    if (!kept) return whole;
    const names = portfolio.features.features.map(({ name }) => name);
    const width = names.length;
    const background = Float64Array.from({ length: kept.rows * width }, (_, i) =>
      names[i % width] === 'term_months' ? kept.terms[Math.floor(i / width)]! : 1,
    );
    const described = { file: BACKGROUND_FILE, rows: kept.rows, width };
    const document = { ...manifest.portfolio, explanation: 'interventional' as const };
    return {
      ...whole,
      background,
      manifest: { ...whole.manifest, background: described, portfolio: document },
    };
  }
});
