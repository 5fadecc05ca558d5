/** Metrics as the warehouse computes them, against their definitions. */
import assert from 'node:assert/strict';
import { judge } from '../../../functions/retrain/judge.ts';
import { planRun } from '../../../functions/retrain/plan.ts';
import { calibrator } from '../../../shared/bridge/calibration.ts';
import type { Metrics } from '../../../shared/bundle/manifest.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { type Lender, query, useLender } from '../support/lender.ts';
import { retrainContext } from '../support/retrained.ts';

interface Predicted {
  readonly role: 'CALIBRATION' | 'TEST';
  readonly probability: number;
  readonly defaulted: number;
}

/** A fixed mess: the scores repeat, and bads and goods share them. */
const MESS = Array.from({ length: 400 }, (_, i): Predicted => {
  const probability = ((i * 37) % 41) / 50 + 0.05;
  return {
    role: i % 2 === 0 ? 'CALIBRATION' : 'TEST',
    probability,
    defaulted: (i * 7919) % 1009 < 1009 * probability ? 1 : 0,
  };
});

const marginOf = (p: number) => Math.log(p / (1 - p));

describe('the judgement of a version', () => {
  const lender = useLender();
  let day = 0;

  async function judged(
    calibration: Portfolio['calibration'],
    rows: readonly Predicted[],
    asOf = new Date(Date.UTC(2026, 5, ++day)),
  ) {
    const portfolio = { ...lender.portfolio, calibration };
    const plan = planRun(portfolio, asOf);
    await writePredictions(lender, plan.tables.predictions, rows);
    return judge(retrainContext(lender, { portfolio }), plan);
  }

  /** Of the test's rows, with the PDs that a calibration gives them. */
  function assertMeasured(metrics: Metrics, pdOf: (margin: number) => number) {
    const test = MESS.filter(({ role }) => role === 'TEST').map(({ probability, defaulted }) => ({
      bad: defaulted === 1,
      pd: pdOf(marginOf(probability)),
    }));
    for (const [name, figure] of Object.entries(measure(test))) {
      const found = metrics[name as keyof Metrics];
      assert.ok(Math.abs(found - figure) < 1e-9, `${name}: ${found}, by definition ${figure}`);
    }
    assert.equal(metrics.gini, 2 * metrics.auc - 1);
  }

  it('measures the PDs of a line as their definitions say, ties included', async () => {
    const { calibration, metrics } = await judged('platt', MESS);
    assert.ok(calibration.kind === 'platt');
    assert.equal(calibration.rows, 200);
    const { slope, intercept } = calibration;
    assertMeasured(metrics, (margin) => 1 / (1 + Math.exp(-(slope * margin + intercept))));
  });

  it('measures the PDs of a curve as served, plateaus and ramps alike', async () => {
    const { calibration, curve, metrics } = await judged('isotonic', MESS);
    assert.ok(calibration.kind === 'isotonic');
    assert.equal(calibration.rows, 200);
    assert.ok(calibration.from.length >= 3, `${calibration.from.length} ramps`);
    const pds = MESS.map(({ probability }) => calibrator(curve)(marginOf(probability)));
    // Plateaus make ties of what the model tells apart.
    assert.ok(new Set(pds).size < new Set(MESS.map(({ probability }) => probability)).size);
    assertMeasured(metrics, calibrator(curve));
  });

  const near = [0.2, 0.8].flatMap((probability) =>
    Array.from({ length: 500 }, (): Predicted => {
      return { role: 'CALIBRATION', probability, defaulted: probability > 0.5 ? 1 : 0 };
    }),
  );
  const far = [0, 1].map((probability): Predicted => {
    return { role: 'TEST', probability, defaulted: probability };
  });

  it('has figures for scores that no line has seen the like of', async () => {
    const { calibration, metrics } = await judged('platt', [...near, ...far]);
    assert.ok(calibration.kind === 'platt' && calibration.slope > 3);
    assert.deepEqual([metrics.auc, metrics.ks], [1, 1]);
    assert.ok(metrics.log_loss < 1e-9 && metrics.brier < 1e-9);
  });

  it('gives scores beyond a curve the PD of its end, never 0 or 1', async () => {
    const { calibration, metrics } = await judged('isotonic', [...near, ...far]);
    const edge = 0.5 / 1001;
    assert.ok(calibration.kind === 'isotonic');
    assert.deepEqual([calibration.first, calibration.from.length], [edge, 1]);
    assert.deepEqual([metrics.auc, metrics.ks], [1, 1]);
    assert.ok(Math.abs(metrics.brier - edge ** 2) < 1e-15);
    assert.ok(Math.abs(metrics.log_loss + Math.log(1 - edge)) < 1e-12);
  });

  it('leaves of a version what was judged last, each row once, where its portfolio changed in between', async () => {
    const asOf = new Date(Date.UTC(2026, 6, 1));
    await judged('platt', MESS, asOf);
    const { curve } = await judged('isotonic', MESS, asOf);
    const kept = await query(
      lender,
      "SELECT probability, pd FROM evaluations WHERE as_of = '2026-07-01'",
    );
    assert.equal(kept.length, 200);
    for (const { probability, pd } of kept) {
      const expected = calibrator(curve)(marginOf(probability as number));
      assert.ok(Math.abs((pd as number) - expected) < 1e-12);
    }
  });

  it('refuses to draw a curve where outcomes do not get worse with the score', async () => {
    const backwards = near.map((row) => ({ ...row, defaulted: 1 - row.defaulted }));
    await assert.rejects(judged('isotonic', [...backwards, ...far]), {
      code: 'calibration_impossible',
      status: 422,
      message: /in 1000 applications: .* "calibration": "platt" in portfolio\.json/,
    });
  });
});

let loads = 0;

async function writePredictions(lender: Lender, table: string, rows: readonly Predicted[]) {
  const object = `predictions/${table}.ndjson`;
  const applied_at = '2026-05-01T00:00:00Z';
  const lines = rows
    .map((row, i) => JSON.stringify({ application_id: `l-${i}`, applied_at, ...row }))
    .join('\n');
  await lender.objects.replace(object, Buffer.from(lines), 'application/x-ndjson');
  // A load has a name of its own: the same rows may come twice.
  await retrainContext(lender).warehouse.load(`load-${table}-${++loads}`, {
    bucket: lender.models.name,
    object,
    table,
    schema: [
      { name: 'application_id', type: 'STRING' },
      { name: 'applied_at', type: 'TIMESTAMP' },
      { name: 'role', type: 'STRING' },
      { name: 'probability', type: 'FLOAT64' },
      { name: 'defaulted', type: 'INT64' },
    ],
  });
}

/** By definition, pair by pair and cut by cut. */
function measure(rows: readonly { readonly bad: boolean; readonly pd: number }[]) {
  const bads = rows.filter(({ bad }) => bad);
  const goods = rows.filter(({ bad }) => !bad);
  const mean = (figures: readonly number[]) =>
    figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  const pairs = bads.flatMap((bad) =>
    goods.map((good) => (bad.pd > good.pd ? 1 : bad.pd === good.pd ? 0.5 : 0)),
  );
  const cuts = [...new Set(rows.map(({ pd }) => pd))];
  const above = (some: typeof rows, cut: number) => some.filter(({ pd }) => pd >= cut).length;
  return {
    rows: rows.length,
    bad: bads.length,
    auc: mean(pairs),
    ks: Math.max(
      ...cuts.map((cut) =>
        Math.abs(above(bads, cut) / bads.length - above(goods, cut) / goods.length),
      ),
    ),
    // Average precision: precision at each bad's own cut.
    pr_auc: mean(bads.map(({ pd }) => above(bads, pd) / above(rows, pd))),
    brier: mean(rows.map(({ bad, pd }) => (Number(bad) - pd) ** 2)),
    log_loss: mean(rows.map(({ bad, pd }) => -Math.log(bad ? pd : 1 - pd))),
    mean_pd: mean(rows.map(({ pd }) => pd)),
    bad_rate: bads.length / rows.length,
  };
}
