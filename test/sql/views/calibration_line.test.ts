/** The line of calibration, held to what makes it the likeliest: no residual is left along it. */
import assert from 'node:assert/strict';
import { query, useLender } from '../../functions/support/lender.ts';

interface Row {
  readonly pd: number;
  readonly defaulted: number;
}

/** Outcomes that follow a line of the log-odds of the PDs, the same in every run. */
function outcomes(count: number, intercept: number, slope: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const pd = (((i * 37) % 397) + 1) / 500;
    const chance = 1 / (1 + Math.exp(-intercept - slope * Math.log(pd / (1 - pd))));
    return { pd, defaulted: Number(((i * 7919) % 1009) / 1009 < chance) };
  });
}

const VERSIONS: Readonly<Record<string, readonly Row[]>> = {
  v20260601_000000: outcomes(2000, 0, 1),
  v20260602_000000: outcomes(2000, 0.5, 0.4),
  v20260603_000000: outcomes(2000, -1, 1.8),
  // Nobody turned bad; the PD parts them; there is one PD only.
  v20260604_000000: outcomes(50, 0, 1).map(({ pd }) => ({ pd, defaulted: 0 })),
  v20260605_000000: outcomes(50, 0, 1).map(({ pd }) => ({ pd, defaulted: Number(pd > 0.3) })),
  v20260606_000000: outcomes(50, 0, 1).map(({ defaulted }) => ({ pd: 0.2, defaulted })),
  // PDs at the ends of what is possible.
  v20260607_000000: outcomes(2000, 0, 1).map((row, i) =>
    i % 100 === 0 ? { ...row, pd: i % 200 === 0 ? 0 : 1 } : row,
  ),
};

describe('the view of the line of calibration', () => {
  const lender = useLender();
  let lines: Map<unknown, Record<string, unknown>>;
  before(async () => {
    const rows = Object.entries(VERSIONS).flatMap(([version, own]) =>
      own.map(({ pd, defaulted }, i) => ({
        version,
        as_of: '2026-06-20T00:00:00Z',
        validation: 'out_of_time',
        application_id: `a-${i}`,
        applied_at: '2026-06-12T00:00:00Z',
        defaulted,
        probability: pd,
        pd,
        policy_version: 'p',
      })),
    );
    await lender.bigquery.dataset('flit_loans').table('evaluations').insert(rows);
    const found = await query(lender, 'SELECT * FROM flit_views_loans.calibration_line');
    lines = new Map(found.map((row) => [row.version, row]));
  });

  it('leaves no residual, neither as a whole nor along the log-odds', () => {
    for (const [version, rows] of Object.entries(VERSIONS)) {
      const line = lines.get(version)! as Record<string, number>;
      assert.equal(line.applications, rows.length);
      assert.equal(line.bad, rows.filter(({ defaulted }) => defaulted === 1).length);
      if (line.slope === null) continue;
      let [total, along] = [0, 0];
      for (const { pd, defaulted } of rows) {
        const kept = Math.min(Math.max(pd, 1e-12), 1 - 1e-12);
        const logOdds = Math.log(kept / (1 - kept));
        const rest = defaulted - 1 / (1 + Math.exp(-line.intercept! - line.slope! * logOdds));
        total += rest;
        along += rest * logOdds;
      }
      assert.ok(Math.abs(total) < 1e-6 && Math.abs(along) < 1e-6, `${version}: ${total}, ${along}`);
    }
  });

  it('finds the line that made the outcomes, within its intervals', () => {
    for (const [version, intercept, slope] of [
      ['v20260601_000000', 0, 1],
      ['v20260602_000000', 0.5, 0.4],
      ['v20260603_000000', -1, 1.8],
    ] as const) {
      const line = lines.get(version)! as Record<string, number>;
      assert.ok(line.slope_low! < slope && slope < line.slope_high!, `${version}: ${line.slope}`);
      assert.ok(line.intercept_low! < intercept && intercept < line.intercept_high!);
      // A standard error of log-odds over 2,000 applications.
      assert.ok(line.slope_high! - line.slope_low! < 0.5);
    }
  });

  it('says nothing where no line fits best', () => {
    for (const version of ['v20260604_000000', 'v20260605_000000', 'v20260606_000000']) {
      const { intercept, slope, slope_low, intercept_high } = lines.get(version)!;
      const told = [intercept, slope, slope_low, intercept_high];
      assert.deepEqual(told, [null, null, null, null], version);
    }
    assert.equal(lines.size, Object.keys(VERSIONS).length);
    assert.notEqual(lines.get('v20260607_000000')!.slope, null);
  });
});
