/** Broken candidates, each retrained from end to end and refused for what is broken about it. */
import assert from 'node:assert/strict';
import type { Context } from '../../../../functions/retrain/context.ts';
import { versionOf } from '../../../../functions/retrain/plan.ts';
import { run } from '../../../../functions/retrain/run.ts';
import { findBundle } from '../../../../shared/bundle/bundle.ts';
import { verdictOf } from '../../../../shared/bundle/manifest.ts';
import { compileFeatures } from '../../../../shared/features/compile.ts';
import { inputFields } from '../../../../shared/portfolio/contract.ts';
import { readDeployment } from '../../../../shared/registry/deployment.ts';
import { refusedBy } from '../../../../shared/registry/hurdle.ts';
import type { Warehouse } from '../../../../shared/warehouse/warehouse.ts';
import { query, seedRows, useLender } from '../../support/lender.ts';
import { LOANS, withDocument } from '../../support/loans.ts';
import { retrainContext } from '../../support/retrained.ts';
import { deploy, storeVersion } from '../../support/versions.ts';

interface Row extends Record<string, unknown> {
  readonly defaulted: number;
  readonly pd: number;
  readonly application: Readonly<Record<string, unknown>>;
}

const GATES = {
  ...LOANS['portfolio.json'].gates,
  calibration_slope: { at_least: 0.5, at_most: 2 },
  psi_to_training_at_most: 0.25,
  psi_to_champion_at_most: 0.5,
  reasons_covered_at_least: 0.9,
  model_bytes_at_most: 100_000,
  score_ms_at_most: 20,
};

describe('a retraining with all gates', () => {
  const lender = useLender(
    withDocument(LOANS, { gates: GATES, protected_attributes: ['employer'] }),
  );
  before(() => seedRows(lender));

  let hour = 0;
  /** Every case has a time, and so a version, of its own. */
  const nextTime = () => new Date(Date.UTC(2026, 5, 11, ++hour));
  const retrain = async (changes: Partial<Context> = {}) => {
    const asOf = nextTime();
    const summary = await run(retrainContext(lender, changes), { asOf, actor: 'test' });
    const { manifest } = (await findBundle(lender.objects, 'loans', versionOf(asOf)))!;
    assert.deepEqual(manifest.gates, summary.gates);
    return { ...summary, refused: refusedBy(summary).map(({ gate }) => gate) };
  };

  /** A warehouse in which the candidate scored otherwise, or others. */
  const scoring = (change: (row: Row, i: number) => Row): Partial<Context> => {
    const { warehouse } = retrainContext(lender);
    const changed: Warehouse = {
      ...warehouse,
      async run(name, statement) {
        const rows = await warehouse.run(name, statement);
        return name.endsWith('-judged') ? rows.map((row, i) => change(row as Row, i)) : rows;
      },
    };
    return { warehouse: changed };
  };
  const champion = async () =>
    (await readDeployment(lender.objects, 'loans'))?.deployment.champion?.version;

  it('holds a sound candidate against all of them, the first against no champion', async () => {
    const { promotion, refused, gates, version, metrics } = await retrain();
    assert.deepEqual([promotion, refused], ['promoted', []]);
    assert.deepEqual(
      gates
        .map((gate) => [gate.gate, verdictOf(gate)])
        .filter(([, verdict]) => verdict !== 'passed'),
      [
        ['psi_champion', 'not_measurable'],
        ['champion', 'not_measurable'],
      ],
    );
    const of = (name: string) => gates.find(({ gate }) => gate === name)!;
    const auc = of('auc');
    assert.equal(auc.n, metrics.rows, 'all of so few');
    assert.ok(auc.interval![0] < metrics.auc && metrics.auc < auc.interval![1]);
    assert.ok(of('model_bytes').figure! > 1000 && of('score_ms').figure === 0);
    assert.equal(await champion(), version);
  });

  it('counts groups as the warehouse does', async () => {
    const { gates, version } = await retrain();
    const fairness = gates.find(({ gate }) => gate === 'fairness_employer')!;
    const rates = await query(
      lender,
      `SELECT employer, COUNT(*) AS n, COUNTIF(pd < review_from) / COUNT(*) AS rate
       FROM evaluations
       JOIN applications ON loan_id = application_id
       WHERE asked_at > '2026-01-01' AND as_of > '2026-01-01' AND version = '${version}' AND employer IS NOT NULL
       GROUP BY employer
       ORDER BY rate`,
    );
    assert.equal(rates.length, 4);
    const [lowest, highest] = [rates[0]!, rates.at(-1)!];
    const ratio = (lowest.rate as number) / (highest.rate as number);
    assert.ok(Math.abs(fairness.figure! - ratio) < 1e-12);
    assert.equal(fairness.n, lowest.n);
    assert.match(
      fairness.why,
      new RegExp(`"${lowest.employer}" over that of "${highest.employer}"`),
    );
  });

  it('refuses one that a protected group fares worse by', async () => {
    const employer = (pd: number) => (pd < 0.25 ? 'mill' : 'mine');
    const { refused, promotion } = await retrain(
      scoring((row, i) => ({
        ...row,
        application: { ...row.application, employer: i % 4 === 0 ? 'mill' : employer(row.pd) },
      })),
    );
    assert.deepEqual([promotion, refused], ['refused by its gates', ['fairness_employer']]);
  });

  it('refuses one whose scores have drifted from those of training', async () => {
    const { refused } = await retrain(
      scoring((row) => ({ ...row, pd: 1 / (1 + (4 * (1 - row.pd)) / row.pd) })),
    );
    assert.ok(refused.includes('psi_training') && refused.includes('psi_champion'), `${refused}`);
    assert.ok(!refused.includes('champion') && !refused.includes('calibration_slope_low'));
  });

  it('refuses one that is too sure of itself', async () => {
    // Of two in three the outcome has nothing to do with the PD.
    const { refused } = await retrain(
      scoring((row, i) => ({ ...row, defaulted: i % 3 === 0 ? row.defaulted : i % 2 })),
    );
    assert.ok(refused.includes('calibration_slope_low'), `${refused}`);
  });

  it('refuses one that scores too slowly, by the clock that it is given', async () => {
    let at = 0;
    const { refused, gates } = await retrain({ clock: () => (at += 21) });
    assert.deepEqual(refused, ['score_ms']);
    assert.equal(gates.find(({ gate }) => gate === 'score_ms')!.figure, 21);
  });

  it('refuses one that is too large', async () => {
    const gates = { ...lender.portfolio.gates, model_bytes_at_most: 1000 };
    const { refused } = await retrain({ portfolio: { ...lender.portfolio, gates } });
    assert.deepEqual(refused, ['model_bytes']);
  });

  describe('whose portfolio wants approval', () => {
    const withApproval = (approval: 'where_not_measured' | 'required') => ({
      portfolio: { ...lender.portfolio, release: { approval, as: 'champion' as const } },
    });

    it('registers a version and deploys nothing', async () => {
      const before = await champion();
      const { promotion, version, refused } = await retrain(withApproval('required'));
      assert.deepEqual([promotion, refused], ['waits for approval', []]);
      assert.equal(await champion(), before);
      const [gated] = await query(
        lender,
        `SELECT reason, JSON_VALUE(details, '$.waits') AS waits FROM flit.registry_events
         WHERE occurred_at > '2026-01-01' AND kind = 'gated' AND version = '${version}'`,
      );
      assert.match(String(gated!.reason), /waits for approval: the portfolio wants every version/);
      assert.equal(gated!.waits, 'true');
    });

    it('deploys what was measured in full, where only the rest has to wait', async () => {
      const all = await retrain(withApproval('where_not_measured'));
      const unknown = all.gates.filter((gate) => verdictOf(gate) === 'not_measurable');
      assert.deepEqual([all.promotion, all.refused, unknown], ['promoted', [], []]);
      const few = await retrain({
        ...withApproval('where_not_measured'),
        ...scoring((row) => ({ ...row, application: { ...row.application, employer: null } })),
      });
      assert.equal(few.promotion, 'waits for approval');
    });
  });

  describe('against a champion of other features', () => {
    it('has it score the very same applications, by those', async () => {
      // Made by hand of other trees, for a time before all tests: it knows none of the applications.
      const sql = lender.portfolio.sql.features.replace(
        '  EXTRACT(HOUR FROM asked_at) AS hour,\n',
        '',
      );
      const features = compileFeatures(sql, inputFields(lender.portfolio.application));
      assert.equal(features.features.length, lender.portfolio.features.features.length - 1);
      const ref = await storeVersion(
        lender.objects,
        { ...lender.portfolio, features },
        'v20260101_000000',
        {
          training: {
            as_of: '2026-01-01T00:00:00Z',
            snapshot: 'p.d.s',
            query: 'SELECT 1',
            rows: {},
            excluded: {},
          },
        },
      );
      await deploy(lender.objects, 'loans', { champion: ref });
      const { gates, metrics } = await retrain();
      const gate = gates.find((one) => one.gate === 'champion')!;
      assert.equal(gate.n, metrics.rows);
      assert.equal(verdictOf(gate), 'passed');
      assert.ok(gate.interval![0] > -0.1 && gate.figure! > gate.interval![0]);
      assert.match(gate.why, /v20260101_000000, on the same applications/);
    });
  });
});
