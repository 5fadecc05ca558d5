/** Metrics as the warehouse computes them, against their definitions. */
import assert from 'node:assert/strict';
import { judge } from '../../../functions/retrain/judge.ts';
import { planRun } from '../../../functions/retrain/plan.ts';
import { type Lender, useLender } from '../support/lender.ts';
import { retrainContext } from '../support/retrained.ts';

interface Predicted {
  readonly role: 'CALIBRATION' | 'TEST';
  readonly probability: number;
  readonly defaulted: number;
}

describe('the judgement of a version', () => {
  const lender = useLender();
  let day = 0;

  async function judged(rows: readonly Predicted[]) {
    const plan = planRun(lender.portfolio, new Date(Date.UTC(2026, 5, ++day)));
    await writePredictions(lender, plan.tables.predictions, rows);
    return judge(retrainContext(lender), plan);
  }

  it('measures the calibrated PDs of the test as their definitions say, ties included', async () => {
    // A fixed mess: the scores repeat, and bads and goods share them.
    const rows = Array.from({ length: 400 }, (_, i): Predicted => {
      const probability = ((i * 37) % 41) / 50 + 0.05;
      return {
        role: i % 2 === 0 ? 'CALIBRATION' : 'TEST',
        probability,
        defaulted: (i * 7919) % 1009 < 1009 * probability ? 1 : 0,
      };
    });
    const { calibration, metrics } = await judged(rows);
    const { slope, intercept } = calibration;
    const test = rows
      .filter(({ role }) => role === 'TEST')
      .map(({ probability: p, defaulted }) => ({
        bad: defaulted === 1,
        pd: 1 / (1 + Math.exp(-(slope * Math.log(p / (1 - p)) + intercept))),
      }));
    const expected = measure(test);
    assert.equal(calibration.rows, 200);
    for (const [name, figure] of Object.entries(expected)) {
      const found = metrics[name as keyof typeof metrics];
      assert.ok(Math.abs(found - figure) < 1e-9, `${name}: ${found}, by definition ${figure}`);
    }
    assert.equal(metrics.gini, 2 * metrics.auc - 1);
  });

  it('has figures for scores that no calibration has seen the like of', async () => {
    const near = [0.2, 0.8].flatMap((probability) =>
      Array.from({ length: 500 }, (): Predicted => {
        return { role: 'CALIBRATION', probability, defaulted: probability > 0.5 ? 1 : 0 };
      }),
    );
    const far = [0, 1].map((probability): Predicted => {
      return { role: 'TEST', probability, defaulted: probability };
    });
    const { calibration, metrics } = await judged([...near, ...far]);
    assert.ok(calibration.slope > 3);
    assert.deepEqual([metrics.auc, metrics.ks], [1, 1]);
    assert.ok(metrics.log_loss < 1e-9 && metrics.brier < 1e-9);
  });
});

async function writePredictions(lender: Lender, table: string, rows: readonly Predicted[]) {
  const object = `predictions/${table}.ndjson`;
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  await lender.objects.replace(object, Buffer.from(lines), 'application/x-ndjson');
  await retrainContext(lender).warehouse.load(`load-${table}`, {
    bucket: lender.models.name,
    object,
    table,
    schema: [
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
