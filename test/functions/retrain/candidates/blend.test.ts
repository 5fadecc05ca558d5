/** A blend of candidates: several models of the warehouse, one ONNX graph, where it wins. */
import assert from 'node:assert/strict';
import { weigh } from '../../../../functions/retrain/candidates/blend.ts';
import type { Prediction } from '../../../../functions/retrain/candidates/figures.ts';
import type { Context } from '../../../../functions/retrain/context.ts';
import { type RunSummary, run } from '../../../../functions/retrain/run.ts';
import { readScoringGraph } from '../../../../shared/bridge/onnx/read.ts';
import { type Bundle, readBundle } from '../../../../shared/bundle/bundle.ts';
import { showVersion } from '../../../../shared/commands/registry/reports.ts';
import { versionText } from '../../../../shared/commands/registry/texts.ts';
import type { ModelDocument } from '../../../../shared/portfolio/model_document.ts';
import { readDeployment } from '../../../../shared/registry/deployment.ts';
import { createServingModel } from '../../../../shared/serving/serving_model.ts';
import { query, seedRows, useLender } from '../../support/lender.ts';
import { type PortfolioFiles, TEXTUAL } from '../../support/loans.ts';
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
      options: { NUM_PARALLEL_TREE: 10, MAX_TREE_DEPTH: 10, CLASS_WEIGHTS: { 0: 1, 1: 3 } },
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
    for (const weight of weights) {
      assert.ok(
        weight > 0.04 && Math.abs(20 * weight - Math.round(20 * weight)) < 1e-9,
        `${weight}`,
      );
    }
    assert.ok(Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 0.06);
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

  it('has as many bads as it promises, though the classes of one member were weighted', async () => {
    const [forest] = await query(
      lender,
      `SELECT AVG(probs.prob) AS mean
       FROM ML.PREDICT(MODEL model_${summary.version}_forest_member,
         (SELECT * FROM snapshot_${summary.version} WHERE role = 'TEST')),
         UNNEST(predicted_defaulted_probs) AS probs
       WHERE probs.label = 1`,
    );
    const { mean_pd, bad_rate } = summary.metrics;
    assert.ok((forest!.mean as number) > 1.5 * bad_rate, `${forest!.mean}, bad rate ${bad_rate}`);
    assert.ok(Math.abs(mean_pd / bad_rate - 1) < 0.25, `${mean_pd}, bad rate ${bad_rate}`);
    for (const { splits } of bundle.manifest.candidates!) {
      for (const split of splits) assert.ok(Math.abs(split.mean_pd / split.bad_rate - 1) < 0.25);
    }
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
