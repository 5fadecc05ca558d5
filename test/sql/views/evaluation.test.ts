/** The views of how good versions are, over rows with ties, against their definitions. */
import assert from 'node:assert/strict';
import { query, useLender } from '../../functions/support/lender.ts';

interface Row {
  readonly application_id: string;
  readonly defaulted: 0 | 1;
  readonly pd: number;
  readonly cut_off: string | null;
}

const CUT_OFFS: Readonly<Record<string, readonly [review: number, decline: number]>> = {
  standard: [0.2, 0.4],
  large: [0.1, 0.3],
};

/** A fixed mess: PDs repeat, bads and goods share them, the cut-offs and 1 among them. */
const messOf = (size: number, shift: number): Row[] =>
  Array.from({ length: size }, (_, i) => {
    const pd = i === 7 ? 0.001 : (1 + ((i * 37 + shift) % 31)) / 40;
    return {
      application_id: `a-${(i * 7919) % 1009}`,
      defaulted: (i * 104_729) % 997 < 997 * pd ? 1 : 0,
      pd,
      cut_off: i % 3 === 0 ? 'large' : i % 50 === 1 ? null : 'standard',
    };
  });

const VERSIONS: Readonly<Record<string, readonly Row[]>> = {
  v20260601_000000: messOf(613, 0),
  v20260608_000000: messOf(407, 11),
};

const asOf = (version: string) => `${version.slice(1, 5)}-06-${version.slice(7, 9)}T00:00:00Z`;

const storedOf = (version: string) => (row: Row) => ({
  version,
  as_of: asOf(version),
  validation: 'out_of_time',
  applied_at: '2026-05-01T00:00:00Z',
  probability: row.pd,
  policy_version: 'p-1',
  review_from: row.cut_off === null ? null : CUT_OFFS[row.cut_off]![0],
  decline_from: row.cut_off === null ? null : CUT_OFFS[row.cut_off]![1],
  ...row,
});

const isBad = ({ defaulted }: Row) => defaulted === 1;
const count = (rows: readonly Row[], test: (row: Row) => boolean) => rows.filter(test).length;
const mean = (figures: readonly number[]) =>
  figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

function close(found: Record<string, unknown>, expected: Readonly<Record<string, number>>): void {
  for (const [name, figure] of Object.entries(expected)) {
    const difference = Math.abs((found[name] as number) - figure);
    assert.ok(difference < 1e-9, `${name}: ${found[name]}, by definition ${figure}`);
  }
}

for (const [version, rows] of Object.entries(VERSIONS)) {
  describe(`the views of the evaluation of ${version}, beside another`, () => {
    const lender = useLender();
    const bads = rows.filter(isBad);
    const goods = rows.filter((row) => !isBad(row));

    const view = (name: string, order: string) =>
      query(
        lender,
        `SELECT * FROM flit_views_loans.${name} WHERE version = '${version}' ORDER BY ${order}`,
      );

    before(async () => {
      const table = lender.bigquery.dataset('flit_loans').table('evaluations');
      for (const [name, all] of Object.entries(VERSIONS))
        await table.insert(all.map(storedOf(name)));
      await lender.bigquery
        .dataset('flit')
        .table('registry_events')
        .insert(
          // Copied twice, and of another portfolio.
          ['loans', 'loans', 'others'].map((portfolio) => ({
            event_id: `${portfolio}/created`,
            portfolio,
            kind: 'created',
            occurred_at: '2026-06-08T00:00:00Z',
            actor: 'test',
            reason: 'test',
            version: portfolio === 'loans' ? 'v20260608_000000' : 'v20260601_000000',
          })),
        );
    });

    it('measures it pair by pair and cut by cut', async () => {
      const [found, ...more] = await view('evaluation', 'as_of');
      assert.equal(more.length, 0);
      const pairs = bads.flatMap((bad) =>
        goods.map((good) => (bad.pd > good.pd ? 1 : bad.pd === good.pd ? 0.5 : 0)),
      );
      const distanceAt = (cut: number) =>
        Math.abs(
          count(bads, ({ pd }) => pd >= cut) / bads.length -
            count(goods, ({ pd }) => pd >= cut) / goods.length,
        );
      const distances = rows.map(({ pd }) => distanceAt(pd));
      const meanPd = mean(rows.map(({ pd }) => pd));
      close(found!, {
        applications: rows.length,
        bad: bads.length,
        bad_rate: bads.length / rows.length,
        mean_pd: meanPd,
        expected_to_observed: meanPd / (bads.length / rows.length),
        auc: mean(pairs),
        gini: 2 * mean(pairs) - 1,
        ks: Math.max(...distances),
        pr_auc: mean(
          bads.map(
            ({ pd }) => count(bads, (row) => row.pd >= pd) / count(rows, (row) => row.pd >= pd),
          ),
        ),
        brier: mean(rows.map(({ defaulted, pd }) => (defaulted - pd) ** 2)),
        log_loss: mean(rows.map((row) => -Math.log(isBad(row) ? row.pd : 1 - row.pd))),
      });
      assert.ok(Math.abs(distanceAt(found!.ks_at_pd as number) - Math.max(...distances)) < 1e-12);
      assert.equal(found!.validation, 'out_of_time');
      assert.equal(found!.registered, version === 'v20260608_000000');
    });

    it('draws ROC and precision-recall through every score, the riskiest first', async () => {
      const points = await view('curves', 'threshold DESC');
      const cuts = [...new Set(rows.map(({ pd }) => pd))].sort((a, b) => b - a);
      assert.deepEqual(
        points.map(({ threshold }) => threshold),
        cuts,
      );
      for (const point of points) {
        const flagged = rows.filter(({ pd }) => pd >= (point.threshold as number));
        const caught = count(flagged, isBad);
        const [recall, precision] = [caught / bads.length, caught / flagged.length];
        close(point, {
          flagged: flagged.length,
          flagged_share: flagged.length / rows.length,
          true_positive_rate: recall,
          false_positive_rate: (flagged.length - caught) / goods.length,
          precision,
          f1: caught === 0 ? 0 : (2 * recall * precision) / (recall + precision),
        });
      }
    });

    it('counts who is right and wrong at the cut-off that holds for each, from it on', async () => {
      const found = await view('confusion', 'cut_off');
      assert.deepEqual(
        found.map(({ cut_off }) => cut_off),
        [null, 'large', 'standard'],
      );
      for (const row of found) {
        const held = rows.filter(({ cut_off }) => cut_off === row.cut_off);
        const [review, decline] = CUT_OFFS[row.cut_off as string] ?? [Number.NaN, Number.NaN];
        const within = (bad: boolean, from: number, below: number) =>
          count(held, (one) => isBad(one) === bad && one.pd >= from && one.pd < below);
        const approved = within(false, 0, review) + within(true, 0, review);
        close(row, {
          applications: held.length,
          bad: count(held, isBad),
          approved_good: within(false, 0, review),
          approved_bad: within(true, 0, review),
          reviewed_good: within(false, review, decline),
          reviewed_bad: within(true, review, decline),
          declined_good: within(false, decline, 2),
          declined_bad: within(true, decline, 2),
          approval_rate: approved / held.length,
          bads_declined: within(true, decline, 2) / count(held, isBad),
          goods_declined: within(false, decline, 2) / count(held, (one) => !isBad(one)),
        });
        if (row.cut_off === null) assert.equal(row.approved_bad_rate, null);
        else close(row, { approved_bad_rate: within(true, 0, review) / approved });
      }
    });

    it('holds bands of PD against what came, with an interval that solves Wilson’s equation', async () => {
      const bands = await view('calibration', 'pd_from');
      assert.ok(bands.length > 8);
      let placed = 0;
      for (const band of bands) {
        const [from, below] = [band.pd_from as number, band.pd_below as number];
        const held = rows.filter(({ pd }) => pd >= from && (pd < below || below === 1));
        placed += held.length;
        const rate = count(held, isBad) / held.length;
        close(band, {
          applications: held.length,
          bad: count(held, isBad),
          bad_rate: rate,
          mean_pd: mean(held.map(({ pd }) => pd)),
        });
        for (const end of [band.bad_rate_low as number, band.bad_rate_high as number]) {
          const errors = 1.959963984540054 * Math.sqrt((end * (1 - end)) / held.length);
          assert.ok(Math.abs(Math.abs(rate - end) - errors) < 1e-9);
        }
        assert.ok((band.bad_rate_low as number) <= rate && rate <= (band.bad_rate_high as number));
      }
      assert.equal(placed, rows.length);
    });

    it('ranks by PD, then key, and says what each tenth captures', async () => {
      const deciles = await view('gains', 'decile');
      const ranked = rows.toSorted(
        (a, b) => b.pd - a.pd || (a.application_id < b.application_id ? -1 : 1),
      );
      assert.equal(deciles.length, 10);
      let end = 0;
      let rateBefore = Infinity;
      for (const [i, decile] of deciles.entries()) {
        // What does not divide goes to the first ones.
        const size = Math.floor(rows.length / 10) + (i < rows.length % 10 ? 1 : 0);
        const held = ranked.slice(end, end + size);
        end += size;
        const [rate, all] = [count(held, isBad) / size, bads.length / rows.length];
        const captured = count(ranked.slice(0, end), isBad);
        close(decile, {
          decile: i + 1,
          applications: size,
          bad: count(held, isBad),
          highest_pd: held[0]!.pd,
          lowest_pd: held.at(-1)!.pd,
          bad_rate: rate,
          lift: rate / all,
          bads_captured: captured / bads.length,
          cumulative_lift: captured / end / all,
        });
        assert.equal(decile.rank_order_break, rate > rateBefore);
        rateBefore = rate;
      }
    });

    it('spreads goods and bads over bands of half a log-odds', async () => {
      const bands = await view('score_distribution', 'log_odds_from');
      let placed = 0;
      for (const band of bands) {
        const [from, below] = [band.log_odds_from as number, band.log_odds_below as number];
        const held = rows.filter(({ pd }) => {
          const margin = Math.log(pd / (1 - pd));
          return margin >= from && margin < below;
        });
        placed += held.length;
        assert.equal(below - from, 0.5);
        const bad = count(held, isBad);
        close(band, {
          pd_from: 1 / (1 + Math.exp(-from)),
          applications: held.length,
          good: held.length - bad,
          bad,
          share: held.length / rows.length,
          good_share: (held.length - bad) / goods.length,
          bad_share: bad / bads.length,
        });
      }
      assert.equal(placed, rows.length);
    });
  });
}

describe('the curves of many scores', () => {
  const lender = useLender();
  const rows = Array.from({ length: 5000 }, (_, i) => ({
    application_id: `a-${i}`,
    defaulted: (i % 3 === 0 ? 1 : 0) as 0 | 1,
    pd: (i + 1) / 6000,
    cut_off: null,
  }));

  it('keep an exact point a thousandth of the applications, the whole one among them', async () => {
    await lender.bigquery
      .dataset('flit_loans')
      .table('evaluations')
      .insert(rows.map(storedOf('v20260601_000000')));
    const points = await query(
      lender,
      'SELECT * FROM flit_views_loans.curves ORDER BY threshold DESC',
    );
    assert.deepEqual(
      points.map(({ flagged }) => flagged),
      Array.from({ length: 1000 }, (_, i) => 5 * (i + 1)),
    );
    for (const { threshold, flagged, true_positive_rate } of points) {
      const above = rows.slice(5000 - (flagged as number));
      assert.equal(threshold, above[0]!.pd);
      assert.ok(
        Math.abs((true_positive_rate as number) - count(above, isBad) / count(rows, isBad)) < 1e-12,
      );
    }
  });
});
