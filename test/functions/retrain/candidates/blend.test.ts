/** A blend of candidates: several models of the warehouse, one ONNX graph, where it wins. */
import assert from 'node:assert/strict';
import { weigh } from '../../../../functions/retrain/candidates/blend.ts';
import type { Prediction } from '../../../../functions/retrain/candidates/figures.ts';
import type { Context } from '../../../../functions/retrain/context.ts';
import { membersOf } from '../../../../functions/retrain/members.ts';
import { planRun } from '../../../../functions/retrain/plan.ts';
import { type RunSummary, run } from '../../../../functions/retrain/run.ts';
import { readScoringGraph } from '../../../../shared/bridge/onnx/read.ts';
import { type Bundle, readBundle } from '../../../../shared/bundle/bundle.ts';
import type { Candidate } from '../../../../shared/bundle/candidates.ts';
import { showVersion } from '../../../../shared/commands/registry/reports.ts';
import { versionText } from '../../../../shared/commands/registry/texts.ts';
import type { ModelDocument } from '../../../../shared/portfolio/documents.ts';
import { loadPortfolio } from '../../../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../../../shared/registry/deployment.ts';
import { createServingModel } from '../../../../shared/serving/serving_model.ts';
import { query, seedRows, useLender, writeSql } from '../../support/lender.ts';
import { COMPARED, type PortfolioFiles, TEXTUAL } from '../../support/loans.ts';
import { keepLog } from '../../support/log.ts';
import { retrainContext } from '../../support/retrained.ts';
import { AS_OF, loanRows, requestOf } from '../../support/rows.ts';

/** Two kinds of trees that both learn too much by heart, and not the same: together they know more. */
const MODEL: ModelDocument = {
  model_type: 'BOOSTED_TREE_CLASSIFIER',
  options: {
    ...TEXTUAL['model.json'].options,
    MAX_TREE_DEPTH: 8,
    SUBSAMPLE: 0.6,
  },
  candidates: [
    {
      name: 'forest',
      model_type: 'RANDOM_FOREST_CLASSIFIER',
      options: { NUM_PARALLEL_TREE: 10, MAX_TREE_DEPTH: 10 },
    },
  ],
  blends: [{ name: 'both', members: ['main', 'forest'], weights: 'fitted' }],
  selection: { by: 'auc', splits: 2 },
};

const BLENDED: PortfolioFiles = {
  ...TEXTUAL,
  'portfolio.json': {
    ...TEXTUAL['portfolio.json'],
    gates: { ...TEXTUAL['portfolio.json'].gates, monotone_reversal_at_most: 1 },
    monotone: { amount: 'increasing' },
    warehouse_parity: 'required',
  },
  'model.json': MODEL,
};

const REQUEST = { asOf: new Date(AS_OF), actor: 'test' };

describe('a retraining whose best candidate is a blend', () => {
  const lender = useLender(BLENDED);
  let summary: RunSummary;
  let bundle: Bundle;
  before(async function () {
    this.timeout(120_000);
    await seedRows(lender);
    // Killed when one member is trained and the other is not, then when one is handed over, then let be.
    for (const job of [/-train-.*_main_member$/, /-export-.*_main_member$/]) {
      await assert.rejects(run(dyingAfter(job), REQUEST), /killed/);
    }
    summary = await run(retrainContext(lender), REQUEST);
    const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
    bundle = await readBundle(lender.objects, 'loans', deployment.champion!);
  });

  /** A context whose warehouse dies after a job, which is done and nobody was told. */
  function dyingAfter(job: RegExp): Context {
    const context = retrainContext(lender);
    const warehouse: Context['warehouse'] = {
      ...context.warehouse,
      async run(id, ...statement) {
        const rows = await context.warehouse.run(id, ...statement);
        if (job.test(id)) throw new Error('killed');
        return rows;
      },
    };
    return { ...context, warehouse };
  }

  it('chooses it for its figures, above each member on average', () => {
    const { candidates } = bundle.manifest;
    const [main, forest, both] = candidates!;
    assert.deepEqual(
      candidates!.map(({ name, chosen }) => [name, chosen]),
      [
        ['main', false],
        ['forest', false],
        ['both', true],
      ],
    );
    for (const member of [main!, forest!]) {
      assert.ok(both!.metrics.auc.mean > member.metrics.auc.mean);
      assert.equal(member.members, undefined);
    }
    assert.deepEqual(
      both!.splits.map(({ rows, bad }) => [rows, bad]),
      main!.splits.map(({ rows, bad }) => [rows, bad]),
    );
    const weights = both!.members!.map(({ weight }) => weight);
    assert.ok(
      weights.every((weight) => weight > 0.1 && Number.isInteger(Math.round(100 * weight))),
    );
    assert.ok(Math.abs(weights.reduce((a, b) => a + b, 0) - 1) <= 0.011);
  });

  it('trains each member once, whatever killed the run, and converts each export once', async () => {
    const [jobs] = await lender.bigquery.getJobs();
    const of = (kind: string) =>
      jobs
        .flatMap(
          ({ id }) => new RegExp(`-${kind}-model_${summary.version}_(\\w+)$`).exec(id!)?.[1] ?? [],
        )
        .sort();
    assert.deepEqual(of('export'), ['forest_member', 'main_member']);
    assert.deepEqual(of('train'), [
      'forest_member',
      'forest_split_1',
      'forest_split_2',
      'main_member',
      'main_split_1',
      'main_split_2',
    ]);
  });

  it('serves the weighted sum of what the members say in the warehouse', async () => {
    const { members } = bundle.manifest.model;
    const said = await Promise.all(
      members!.map(({ bigquery_model }) =>
        query(
          lender,
          `SELECT application_id, probs.prob
           FROM ML.PREDICT(MODEL \`${bigquery_model}\`,
             (SELECT * FROM snapshot_${summary.version} WHERE role = 'TEST')),
             UNNEST(predicted_defaulted_probs) AS probs
           WHERE probs.label = 1
           ORDER BY application_id`,
        ),
      ),
    );
    const requests = new Map(
      loanRows().applications.map((loan) => [loan.loan_id, requestOf(loan)]),
    );
    const model = await createServingModel(bundle);
    let furthest = 0;
    for (const [i, { application_id }] of said[0]!.entries()) {
      const margin = members!.reduce((sum, { weight }, k) => {
        const p = said[k]![i]!.prob as number;
        return sum + weight * Math.log(p / (1 - p));
      }, 0);
      const { probability } = await model.score(requests.get(application_id as string)!, keepLog());
      furthest = Math.max(furthest, Math.abs(probability - 1 / (1 + Math.exp(-margin))));
    }
    await model.close();
    assert.equal(said[0]!.length, summary.rows.TEST);
    assert.ok(furthest <= 1e-6, `${furthest}`);
  });

  it('is one forest of all members’ trees, proven by the warehouse in both ways', () => {
    const { booster, metadata } = readScoringGraph(bundle.model);
    // Ten rounds of two trees, and two forests of ten.
    assert.equal(booster!.trees.length, 40);
    assert.match(metadata.blend!, /^0\.\d+ model_\w+_main_member,0\.\d+ model_\w+_forest_member$/);
    const { parity } = bundle.manifest;
    assert.ok(parity.largest_difference <= 1e-6);
    assert.equal(parity.imported!.rows, parity.rows);
    assert.ok(parity.imported!.largest_difference! <= 1e-6);
    const gates = new Map(summary.gates.map(({ gate, passed }) => [gate, passed]));
    assert.deepEqual(
      ['parity', 'warehouse_parity', 'monotone_amount'].map((gate) => gates.get(gate)),
      [true, true, true],
    );
    assert.equal(summary.promotion, 'promoted');
  });

  it('was judged as it serves', async () => {
    const model = await createServingModel(bundle);
    const [row] = await query(
      lender,
      `SELECT application_id, probability, pd FROM evaluations WHERE as_of >= '2000-01-01' ORDER BY application_id LIMIT 1`,
    );
    const loan = loanRows().applications.find(({ loan_id }) => loan_id === row!.application_id)!;
    const score = await model.score(requestOf(loan), keepLog());
    assert.ok(Math.abs(score.probability - (row!.probability as number)) <= 1e-6);
    assert.ok(Math.abs(score.pd - (row!.pd as number)) <= 1e-6);
    await model.close();
  });

  it('explains decisions exactly, and tells analysts what features do in it', async () => {
    const model = await createServingModel(bundle);
    const [first, last] = [bundle.manifest.golden[0]!, bundle.manifest.golden.at(-1)!];
    const explained = async ({ request }: typeof first) => {
      const { row, probability } = await model.score(request, keepLog());
      const added = Object.values(model.contributions(row)).reduce((a, b) => a + b, 0);
      return { added, margin: Math.log(probability / (1 - probability)) };
    };
    const [low, high] = [await explained(first), await explained(last)];
    assert.ok(Math.abs(high.added - low.added - (high.margin - low.margin)) < 1e-5);
    await model.close();
    const features = await query(
      lender,
      'SELECT feature, importance_weight, attribution FROM flit_views_loans.feature_importance',
    );
    assert.equal(features.length, bundle.manifest.features.features.length);
    const { booster } = readScoringGraph(bundle.model);
    const splits = booster!.trees.flatMap(({ left }) => [...left].filter((child) => child >= 0));
    const counted = features.reduce((sum, one) => sum + (one.importance_weight as number), 0);
    assert.equal(counted, splits.length);
  });

  it('names its members, their weights and where they are: manifest, card, registry, view', async () => {
    const { model, candidates } = bundle.manifest;
    assert.deepEqual([model.model_type, model.options, model.bigquery_model], ['BLEND', {}, null]);
    const { members } = candidates!.find(({ chosen }) => chosen)!;
    const dataset = `${lender.projectId}.flit_loans`;
    assert.deepEqual(
      model.members,
      members!.map(({ name, weight }) => ({
        name,
        model_type: candidates!.find((one) => one.name === name)!.model_type,
        options: candidates!.find((one) => one.name === name)!.options,
        bigquery_model: `${dataset}.model_${summary.version}_${name}_member`,
        weight,
      })),
    );
    const prefix = `models/loans/${summary.version}`;
    const card = Buffer.from((await lender.objects.read(`${prefix}/card.md`))!.bytes).toString();
    const shown = versionText(await showVersion(lender.objects, 'loans', summary.version));
    for (const { name, model_type, bigquery_model, weight } of model.members!) {
      assert.ok(
        card.includes(
          `Member ${name}, weight ${weight}: ${model_type} of BigQuery ML, \`${bigquery_model}\``,
        ),
      );
      assert.ok(shown.includes(`${weight} ${name}, ${model_type}`));
      const files = bundle.manifest.files.map((file) => file.name);
      assert.ok(files.includes(`export/${name}/model.bst`));
    }
    const rows = await query(
      lender,
      'SELECT candidate, model_type, members FROM flit_views_loans.candidates ORDER BY members NULLS LAST',
    );
    assert.deepEqual(rows[0], {
      candidate: 'both',
      model_type: 'BLEND',
      members: JSON.stringify(members),
    });
    assert.deepEqual([rows[1]!.members, rows[2]!.members], [null, null]);
  });
});

describe('the weights of a blend', () => {
  const said = (...probabilities: number[]): Prediction[] =>
    probabilities.map((probability, i) => ({
      application_id: `a${i}`,
      bad: i % 2 === 1,
      probability,
    }));
  const knows = said(0.2, 0.6, 0.3, 0.7, 0.4, 0.3);
  const errs = said(0.7, 0.3, 0.6, 0.2, 0.5, 0.4);

  it('are equal where that is asked for, whatever the members know', () => {
    assert.deepEqual(weigh('equal', [knows, errs]), [0.5, 0.5]);
  });

  it('leave out whoever only errs', () => {
    assert.deepEqual(weigh('fitted', [errs, knows]), [0, 1]);
  });

  it('are equal where nobody tells bads from goods', () => {
    assert.deepEqual(weigh('fitted', [errs, errs]), [0.5, 0.5]);
  });
});

describe('what a version is made of', () => {
  const metrics = { mean: 0, spread: 0 };
  const candidate = (name: string, rest: Partial<Candidate> = {}): Candidate => ({
    name,
    model_type: 'BOOSTED_TREE_CLASSIFIER',
    options: { MAX_TREE_DEPTH: name.length },
    splits: [],
    metrics: { auc: metrics, log_loss: metrics, brier: metrics, profit: null },
    chosen: false,
    why: '',
    ...rest,
  });
  const blend = (weights: Readonly<Record<string, number>>) =>
    candidate('blend', {
      model_type: 'BLEND',
      options: {},
      chosen: true,
      members: Object.entries(weights).map(([name, weight]) => ({ name, weight })),
    });
  const lender = useLender();
  const made = (candidates?: Candidate[]) => {
    const plan = planRun(lender.portfolio, new Date(AS_OF));
    return membersOf(plan, MODEL, candidates).map(({ name, model, weight, folder, options }) => [
      name,
      model.replace(plan.model, 'model'),
      weight,
      folder,
      options.MAX_TREE_DEPTH,
    ]);
  };

  it('is the first model of model.json where there is nothing to choose', () => {
    assert.deepEqual(made(), [['main', 'model', 1, 'export/', 8]]);
  });

  it('is the one that was chosen, with the options that tuning found', () => {
    assert.deepEqual(made([candidate('main'), candidate('tuned', { chosen: true })]), [
      ['tuned', 'model', 1, 'export/', 5],
    ]);
  });

  it('is those members of a blend that count for something', () => {
    const blended = [
      candidate('main'),
      candidate('a'),
      candidate('bc'),
      blend({ main: 0.25, a: 0, bc: 0.75 }),
    ];
    assert.deepEqual(made(blended), [
      ['main', 'model_main_member', 0.25, 'export/main/', 4],
      ['bc', 'model_bc_member', 0.75, 'export/bc/', 2],
    ]);
  });

  it('is one member where a blend turned out to be that alone', () => {
    assert.deepEqual(made([candidate('main'), candidate('a'), blend({ main: 0, a: 1 })]), [
      ['a', 'model', 1, 'export/', 1],
    ]);
  });
});

describe('a portfolio with blends', () => {
  const lender = useLender(COMPARED);
  const model = COMPARED['model.json'];
  const refuses = async (change: Partial<ModelDocument>, message: RegExp, files = COMPARED) => {
    await writeSql(lender.sqlDirectory, { ...files, 'model.json': { ...model, ...change } });
    await assert.rejects(loadPortfolio(lender.sqlDirectory, 'loans'), {
      name: 'PortfolioError',
      message,
    });
  };
  const of = (...members: string[]): Partial<ModelDocument> => ({
    blends: [{ name: 'blend', members, weights: 'fitted' }],
  });

  it('is refused where one cannot be: by the name of blend and member', async () => {
    await refuses(of('main', 'other'), /the blend blend names other, which is no candidate/);
    await refuses(of('main'), /are two at least/);
    await refuses(of('main', 'forest', 'main'), /name a candidate twice/);
    await refuses(
      of('main', 'logistic'),
      /the blend blend names logistic, a LOGISTIC_REG: only trees become one forest/,
    );
    await refuses(of('main', 'blend'), /names blend, which is no candidate/);
    const [blend] = model.blends!;
    await refuses({ blends: [{ ...blend!, name: 'forest' }] }, /forest has a name that is taken/);
    await refuses({ blends: [blend!, blend!] }, /the blend blend has a name that is taken/);
    await refuses({ blends: [{ ...blend!, name: 'main' }] }, /is the name of the first model/);
    const { candidates: _, selection: __, ...alone } = model;
    await writeSql(lender.sqlDirectory, { ...COMPARED, 'model.json': alone });
    await assert.rejects(loadPortfolio(lender.sqlDirectory, 'loans'), {
      message: /model\.json has blends, and no candidates/,
    });
  });

  it('is refused where members would read text in different ways', async () => {
    const options = { CATEGORY_ENCODING_METHOD: 'ONE_HOT_ENCODING' };
    const encoded = { name: 'encoded', model_type: 'BOOSTED_TREE_CLASSIFIER' as const, options };
    const [forest] = model.candidates!;
    const change = { ...of('encoded', 'forest'), candidates: [forest!, encoded] };
    await refuses(change, /blend has members that read text in different ways/, TEXTUAL);
  });
});
