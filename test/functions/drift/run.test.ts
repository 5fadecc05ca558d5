/** The function drift end to end: what it counts is counted again in plain code. */
import assert from 'node:assert/strict';
import { createDriftHandler } from '../../../functions/drift/handler.ts';
import type { Baseline } from '../../../shared/bundle/baseline.ts';
import { readManifest } from '../../../shared/bundle/bundle.ts';
import { psi, smoothed } from '../../../shared/statistics/divergence.ts';
import { query, useLender } from '../support/lender.ts';
import { keepLog } from '../support/log.ts';
import type { LoanRecord } from '../support/rows.ts';
import { post, type Served, serveFunction } from '../support/serve.ts';
import { deploy } from '../support/versions.ts';
import { CALM, CHALLENGER, EARLY, type Lent, lendForMonths, ODD, WATCHED } from './watched.ts';

const DAY_MS = 86_400_000;
const daysBefore = (time: string, days: number) =>
  new Date(Date.parse(time) - days * DAY_MS).toISOString();

interface Row {
  readonly kind: string;
  readonly subject: string;
  readonly metric: string;
  readonly segment: string | null;
  readonly arm: string | null;
  readonly model_version: string | null;
  readonly n: number;
  readonly figure: number | null;
  readonly reference: number | null;
  readonly verdict: string | null;
  readonly severity: string | null;
  readonly why: string | null;
}

describe('the function drift', function () {
  this.timeout(60_000);
  const lender = useLender(WATCHED);
  const log = keepLog();
  let served: Served;
  let lent: Lent;
  let baseline: Baseline;

  before(async () => {
    lent = await lendForMonths(lender);
    baseline = (await readManifest(lender.objects, 'loans', lent.champion)).baseline!;
    served = await serveFunction(createDriftHandler(lender.environment, log));
    for (const as_of of [EARLY, CALM, ODD]) assert.equal((await look(as_of)).status, 200, as_of);
  });
  after(() => served.stop());

  const look = (as_of: string) => post(served.url, { portfolio: 'loans', as_of });
  const rowsAt = (as_of: string, where = 'TRUE') =>
    query(
      lender,
      `SELECT * FROM flit.monitoring WHERE as_of = TIMESTAMP '${as_of}' AND ${where}`,
    ) as unknown as Promise<Row[]>;
  const rowAt = async (as_of: string, where: string): Promise<Row> => {
    const rows = await rowsAt(as_of, where);
    assert.equal(rows.length, 1, `${where}: ${rows.length} rows`);
    return rows[0]!;
  };
  const failed = async (as_of: string, kind: string) =>
    (await rowsAt(as_of, `kind = '${kind}' AND verdict = 'failed'`)).map(
      ({ subject, metric, segment }) => [subject, metric, segment].filter(Boolean).join(' '),
    );
  const appliedIn = (from: string, until: string): LoanRecord[] =>
    lent.rows.applications.filter(({ asked_at }) => asked_at >= from && asked_at < until);

  /** PSI of a number of some loans against the baseline, without SQL. */
  function psiOf(name: string, loans: readonly LoanRecord[]): number {
    const distribution = baseline.features.find((feature) => feature.name === name)!;
    assert.ok(distribution.kind === 'number');
    const { lowest, highest, edges, counts, missing } = distribution;
    const found = new Array<number>(counts.length + 2).fill(0);
    for (const loan of loans) {
      const value = loan[name] as number | null;
      if (value === null) found[0]!++;
      else if (value < lowest! || value > highest!) found[counts.length + 1]!++;
      else found[1 + edges.filter((edge) => edge <= value).length]!++;
    }
    // The lowest and the highest stand for what is beyond them.
    const inside = counts.with(0, counts[0]! - 1);
    inside[inside.length - 1]!--;
    const all = [missing, ...inside, 2];
    const kept = all.flatMap((n, i) => (n + found[i]! > 0 ? [i] : []));
    return psi(smoothed(kept.map((i) => found[i]!)), smoothed(kept.map((i) => all[i]!)));
  }

  it('finds in a calm month only what a model that may not know employers cannot know', async () => {
    assert.deepEqual(await failed(CALM, 'drift'), []);
    assert.deepEqual(await failed(CALM, 'performance'), []);
    assert.deepEqual(await failed(CALM, 'fairness'), ['employer calibration_off employer=mine']);
    assert.deepEqual(await failed(CALM, 'experiment'), []);
  });

  it('finds in an odd one what was changed, by name', async () => {
    const drifted = await failed(ODD, 'drift');
    for (const expected of [
      'amount psi',
      'amount ks',
      'monthly_payment psi',
      'income missing_rate',
      'income psi',
      'pd psi',
      'amount psi purpose=car',
      'income missing_rate is_customer=true',
    ]) {
      assert.ok(drifted.includes(expected), `${expected} is not among ${drifted.join(', ')}`);
    }
    const untouched = /^(term_months|purpose_rank|is_customer|hour|employed_days|dependants) /;
    const rightly = drifted.filter((one) => untouched.test(one) && !/attribution/.test(one));
    assert.deepEqual(rightly, []);
    const performance = await failed(ODD, 'performance');
    for (const expected of ['bad_rate_off', 'calibration_off', 'auc_drop']) {
      assert.ok(performance.includes(`maturity 10 ${expected}`), performance.join(', '));
    }
    const amount = await rowAt(ODD, "subject = 'amount' AND metric = 'psi' AND segment IS NULL");
    assert.equal(amount.severity, 'critical');
  });

  it('measures PSI as plain code does, of the days before the run and no others', async () => {
    for (const as_of of [CALM, ODD]) {
      const loans = appliedIn(daysBefore(as_of, 20), as_of);
      for (const name of ['amount', 'income', 'term_months']) {
        const row = await rowAt(
          as_of,
          `subject = '${name}' AND metric = 'psi' AND segment IS NULL`,
        );
        assert.equal(row.n, loans.length);
        assert.ok(Math.abs(row.figure! - psiOf(name, loans)) < 1e-12, name);
        assert.equal(row.model_version, lent.champion.version);
      }
    }
  });

  it('holds a segment against its own past', async () => {
    const share = (loans: readonly LoanRecord[]) =>
      loans.filter(({ income }) => income === null).length / loans.length;
    const cars = (from: string, until: string) =>
      appliedIn(from, until).filter(({ purpose }) => purpose === 'car');
    const row = await rowAt(
      ODD,
      "subject = 'income' AND metric = 'missing_rate' AND segment = 'purpose=car'",
    );
    const past = share(cars(daysBefore(ODD, 50), daysBefore(ODD, 20)));
    assert.equal(row.reference, past);
    assert.equal(row.figure, Math.abs(share(cars(daysBefore(ODD, 20), ODD)) - past));
  });

  it('counts bads by what was known at an age, of those who have reached it', async () => {
    for (const as_of of [CALM, ODD]) {
      const loans = appliedIn(daysBefore(as_of, 30), daysBefore(as_of, 10));
      const known = new Map(lent.rows.outcomes.map((outcome) => [outcome.loan_id, outcome]));
      const labels = loans.flatMap(({ loan_id, asked_at }) => {
        const outcome = known.get(loan_id);
        const inTime = outcome && outcome.known_at <= daysBefore(asked_at, -10);
        return inTime ? [outcome.defaulted] : [];
      });
      const bad = labels.filter((label) => label === 1).length;
      const rate = await rowAt(
        as_of,
        "subject = 'maturity 10' AND metric = 'bad_rate' AND segment IS NULL",
      );
      assert.equal(rate.n, labels.length);
      assert.equal(rate.figure, bad / labels.length);
      const [share] = await rowsAt(
        as_of,
        "subject = 'maturity 10' AND metric = 'labelled_share' AND segment IS NULL",
      );
      assert.equal(share!.n, loans.length);
    }
  });

  it('says that nothing is known at an age at which nothing can be', async () => {
    const row = await rowAt(
      ODD,
      "subject = 'maturity 5' AND metric = 'bad_rate' AND segment IS NULL",
    );
    assert.equal(row.verdict, 'not_measurable');
    assert.match(row.why!, /^0 of \d+ applications have a label/);
  });

  it('measures how sharp and how true the champion was as plain code does', async () => {
    const ends = new Map(lent.rows.outcomes.map(({ loan_id, defaulted }) => [loan_id, defaulted]));
    const cohort = lent.events.filter(
      ({ decided_at, model_version, application_id }) =>
        decided_at >= daysBefore(ODD, 30) &&
        decided_at < daysBefore(ODD, 10) &&
        model_version === lent.champion.version &&
        ends.has(application_id),
    );
    const badOf = ({ application_id }: (typeof cohort)[number]) => ends.get(application_id) === 1;
    const bads = cohort.filter(badOf);
    const goods = cohort.filter((event) => !badOf(event));
    let pairs = 0;
    for (const bad of bads) {
      for (const good of goods) pairs += bad.pd > good.pd ? 1 : bad.pd === good.pd ? 0.5 : 0;
    }
    const own = `subject = 'maturity 10' AND model_version = '${lent.champion.version}'`;
    const auc = await rowAt(ODD, `${own} AND metric = 'auc'`);
    assert.ok(Math.abs(auc.figure! - pairs / (bads.length * goods.length)) < 1e-12);
    assert.equal(auc.n, cohort.length);
    const expected = cohort.reduce((sum, { pd }) => sum + pd, 0);
    const off = await rowAt(ODD, `${own} AND metric = 'calibration_off'`);
    assert.ok(Math.abs(off.figure! - Math.abs(bads.length / expected - 1)) < 1e-9);
  });

  it('promises an AUC from PDs alone', async () => {
    const said = lent.events.filter(
      ({ decided_at, arm }) =>
        decided_at >= daysBefore(CALM, 20) && decided_at < CALM && arm === 'champion',
    );
    let [pairs, all] = [0, 0];
    for (const one of said) {
      for (const other of said) {
        const weight = one.pd * (1 - other.pd);
        all += weight;
        pairs += weight * (one.pd > other.pd ? 1 : one.pd === other.pd ? 0.5 : 0);
      }
    }
    const row = await rowAt(CALM, "metric = 'estimated_auc' AND arm = 'champion'");
    assert.ok(Math.abs(row.figure! - pairs / all) < 1e-9, `${row.figure} is not ${pairs / all}`);
  });

  it('screens approvals by group as plain code does, each decision once', async () => {
    const employers = new Map(
      lent.rows.applications.map(({ loan_id, employer }) => [loan_id, employer ?? 'missing']),
    );
    const decided = lent.events.filter(
      ({ decided_at }) => decided_at >= daysBefore(CALM, 50) && decided_at < CALM,
    );
    for (const group of ['mine', 'missing']) {
      const own = decided.filter(({ application_id }) => employers.get(application_id) === group);
      const row = await rowAt(CALM, `metric = 'approval_rate' AND segment = 'employer=${group}'`);
      assert.equal(row.n, own.length);
      assert.equal(
        row.figure,
        own.filter(({ outcome }) => outcome === 'approve').length / own.length,
      );
    }
  });

  it('reports decisions by day and arm', async () => {
    const day = CALM.slice(0, 10);
    const yesterday = daysBefore(CALM, 1).slice(0, 10);
    const own = lent.events.filter(
      ({ decided_at, arm }) => decided_at >= yesterday && decided_at < day && arm === 'challenger',
    );
    const row = await rowAt(
      CALM,
      `subject = 'day' AND metric = 'applications' AND arm = 'challenger'
       AND DATE(period_from) = '${yesterday}'`,
    );
    assert.equal(row.figure, own.length);
  });

  describe('of what people decided', () => {
    /** By decision: the latest verdict before a moment. */
    const verdictsBefore = (time: string) =>
      new Map(
        lent.reviews
          .filter(({ reviewed_at }) => reviewed_at < time)
          .toSorted((a, b) => (a.reviewed_at < b.reviewed_at ? -1 : 1))
          .map(({ decision_id, outcome }) => [decision_id, outcome]),
      );
    const decidedFrom = (from: string, until: string) =>
      lent.events.filter(({ decided_at }) => decided_at >= from && decided_at < until);

    it('reports overrides of either side, and of reviews how many are decided, by day and arm', async () => {
      const verdicts = verdictsBefore(CALM);
      let overrides = 0;
      for (let back = 20; back > 0; back -= 1) {
        const [from, until] = [daysBefore(CALM, back), daysBefore(CALM, back - 1)];
        const own = decidedFrom(from, until).filter(({ arm }) => arm === 'champion');
        const count = (decided: string, verdict?: string) =>
          own.filter(
            ({ decision_id, outcome }) =>
              outcome === decided &&
              (verdict === undefined || verdicts.get(decision_id) === verdict),
          ).length;
        const reviewed = count('review', 'approve') + count('review', 'decline');
        const expected = {
          reviewed_share: [reviewed, count('review')],
          review_approval_rate: [count('review', 'approve'), reviewed],
          low_side_override_rate: [count('decline', 'approve'), count('decline')],
          high_side_override_rate: [count('approve', 'decline'), count('approve')],
        };
        overrides += count('decline', 'approve') * count('approve', 'decline');
        const day = `arm = 'champion' AND subject = 'day' AND DATE(period_from) = '${from.slice(0, 10)}'`;
        const rows = new Map((await rowsAt(CALM, day)).map((row) => [row.metric, row]));
        for (const [metric, [cases, n]] of Object.entries(expected)) {
          const { figure, n: of } = rows.get(metric)!;
          assert.deepEqual([of, figure], [n, n === 0 ? null : cases! / n!], `${metric} ${from}`);
        }
      }
      assert.ok(overrides > 0, 'no day has both');
    });

    it('holds the share of overrides against that of the weeks before', async () => {
      const verdicts = verdictsBefore(ODD);
      const shareOf = (from: string, until: string) => {
        const own = decidedFrom(from, until);
        const overridden = own.filter(({ decision_id, outcome }) => {
          const verdict = verdicts.get(decision_id);
          return verdict !== undefined && outcome !== 'review' && verdict !== outcome;
        });
        return overridden.length / own.length;
      };
      const [now, then] = [
        shareOf(daysBefore(ODD, 20), ODD),
        shareOf(daysBefore(ODD, 50), daysBefore(ODD, 20)),
      ];
      assert.ok(now > 0 && then > 0);
      assert.equal((await rowAt(ODD, "metric = 'override_rate'")).figure, now);
      const change = await rowAt(ODD, "metric = 'override_rate_change'");
      assert.ok(Math.abs(change.figure! - Math.abs(now - then)) < 1e-12);
      assert.ok(Math.abs(change.reference! - then) < 1e-12);
    });

    it('tells the bad rate of those that people approved beside that of the service', async () => {
      const verdicts = verdictsBefore(ODD);
      // Labels are known at ten days.
      const [from, until] = [daysBefore(ODD, 30), daysBefore(ODD, 10)];
      const bad = new Map(lent.rows.outcomes.map(({ loan_id, defaulted }) => [loan_id, defaulted]));
      const badRate = (approved: string, of: (outcome: string, verdict?: string) => boolean) => {
        const own = decidedFrom(from, until).filter(
          ({ decision_id, outcome, application_id }) =>
            of(outcome, verdicts.get(decision_id)) && bad.has(application_id),
        );
        const bads = own.filter(({ application_id }) => bad.get(application_id) === 1);
        assert.ok(bads.length > 0, approved);
        return { figure: bads.length / own.length, n: own.length };
      };
      const service = badRate(
        'by the service',
        (outcome, verdict) => outcome === 'approve' && verdict !== 'decline',
      );
      const review = badRate(
        'on review',
        (outcome, verdict) => outcome === 'review' && verdict === 'approve',
      );
      const rows = await rowsAt(
        ODD,
        "metric = 'bad_rate' AND STARTS_WITH(segment, 'approved=') AND subject = 'maturity 10'",
      );
      const found = (approved: string) =>
        rows.find(({ segment }) => segment === `approved=${approved}`)!;
      assert.deepEqual(
        [found('by the service').figure, found('by the service').n],
        [service.figure, service.n],
      );
      assert.deepEqual(
        [found('on review').figure, found('on review').n],
        [review.figure, review.n],
      );
      assert.equal(found('on review').reference, service.figure);
      const few = found('low-side override');
      assert.equal(few.verdict, 'not_measurable');
      assert.match(few.why!, /have a label: 100 are needed/);
    });

    it('shows every verdict beside its decision, the latest of several', async () => {
      const rows = await query(
        lender,
        'SELECT decision_id, decided_outcome, reviewed_outcome, side, hours_to_review, verdicts FROM flit_views_loans.overrides',
      );
      const last = verdictsBefore('2100-01-01');
      const outcomes = new Map(lent.events.map((event) => [event.decision_id, event.outcome]));
      assert.equal(rows.length, last.size);
      for (const row of rows) {
        const [decided, reviewed] = [
          outcomes.get(String(row.decision_id)),
          last.get(String(row.decision_id)),
        ];
        assert.deepEqual([row.decided_outcome, row.reviewed_outcome], [decided, reviewed]);
        const side = decided === 'decline' ? 'low' : 'high';
        assert.equal(row.side, decided === 'review' || decided === reviewed ? null : side);
        assert.equal(row.hours_to_review, 5);
      }
      assert.ok(rows.some(({ verdicts }) => verdicts === 2));
    });
  });

  it('does not measure what people decided where nothing has come of it', async () => {
    const row = await rowAt(EARLY, "metric = 'override_rate'");
    assert.deepEqual(
      [row.verdict, row.why],
      ['not_measurable', 'No verdict of a person has come on any of these decisions.'],
    );
  });

  it('reads an experiment by person: who was assigned, what they brought', async () => {
    const first = new Map<string, (typeof lent.events)[number]>();
    for (const event of lent.events) {
      if (event.decided_at >= CALM || first.has(event.entity_id)) continue;
      first.set(event.entity_id, event);
    }
    const [ratio] = await rowsAt(CALM, "metric = 'sample_ratio_p_value'");
    assert.equal(ratio!.n, first.size);
    assert.equal(ratio!.model_version, CHALLENGER);
    const [difference] = await rowsAt(CALM, "metric = 'profit_difference'");
    const ends = new Map(lent.rows.outcomes.map(({ loan_id, defaulted }) => [loan_id, defaulted]));
    const status = new Map(lent.rows.applications.map(({ loan_id, status }) => [loan_id, status]));
    const profits = new Map<string, number>();
    for (const event of lent.events.filter(({ decided_at }) => decided_at < daysBefore(CALM, 10))) {
      const { application_id: id, entity_id, outcome, expected_profit, expected_loss, pd } = event;
      const approved = outcome === 'approve';
      if (approved && status.get(id) === 'refused') continue;
      const loss = ends.get(id) === 1 ? expected_loss / pd : 0;
      const profit = approved ? expected_profit + expected_loss - loss : 0;
      profits.set(entity_id, (profits.get(entity_id) ?? 0) + profit);
    }
    const means = ['champion', 'challenger'].map((arm) => {
      const own = [...profits].filter(([entity]) => first.get(entity)!.arm === arm);
      return own.reduce((sum, [, profit]) => sum + profit / own.length, 0);
    });
    assert.ok(Math.abs(difference!.figure! - (means[1]! - means[0]!)) < 1e-6);
  });

  it('shows analysts all of it, each figure where they look for it', async () => {
    const view = async (sql: string) => {
      const [row, ...others] = await query(lender, sql);
      assert.deepEqual(others, [], sql);
      return row!;
    };
    const at = `as_of = TIMESTAMP '${ODD}'`;
    const amount = await view(
      `SELECT * FROM flit_views_loans.drift WHERE ${at} AND subject = 'amount' AND segment IS NULL`,
    );
    const psiRow = await rowAt(ODD, "subject = 'amount' AND metric = 'psi' AND segment IS NULL");
    assert.equal(amount.psi, psiRow.figure);
    assert.ok((amount.psi_by_chance as number) > 0.01 && amount.is_measured === true);
    assert.deepEqual((amount.failed as string[]).includes('psi'), true);
    const [rate, vintage] = await Promise.all([
      rowAt(ODD, "subject = 'maturity 10' AND metric = 'bad_rate' AND segment IS NULL"),
      view(
        `SELECT * FROM flit_views_loans.vintages
         WHERE age_days = 10 AND segment IS NULL AND cohort_until = TIMESTAMP '${daysBefore(ODD, 10)}'`,
      ),
    ]);
    assert.deepEqual([vintage.bad_rate, vintage.labelled], [rate.figure, rate.n]);
    const performance = await view(
      `SELECT * FROM flit_views_loans.performance WHERE ${at} AND subject = 'maturity 10'
       AND segment IS NULL AND model_version = '${lent.champion.version}'`,
    );
    assert.equal(performance.auc_promised, (await promised()).auc);
    const group = await view(
      `SELECT * FROM flit_views_loans.fairness WHERE ${at} AND member = 'mine'`,
    );
    assert.equal(group.attribute, 'employer');
    assert.ok((group.approval_ratio as number) > 0.8 && (group.failed as string[]).length > 0);
    const days = await query(
      lender,
      "SELECT SUM(applications) AS n FROM flit_views_loans.kpis WHERE day < '2026-08-30'",
    );
    const decided = lent.events.filter(
      ({ decided_at }) => decided_at >= daysBefore(CALM, 20) && decided_at < ODD,
    ).length;
    const unwatched = lent.events.filter(
      ({ decided_at }) => decided_at >= CALM && decided_at < daysBefore(ODD, 20),
    ).length;
    assert.equal(days[0]!.n, decided - unwatched);
    const experiment = await view(`SELECT * FROM flit_views_loans.experiments WHERE ${at}`);
    assert.equal(experiment.challenger, CHALLENGER);
    assert.ok((experiment.profit_low as number) < (experiment.profit_high as number));
  });

  const promised = async () => (await readManifest(lender.objects, 'loans', lent.champion)).metrics;

  it('takes what it cannot measure for no pass', async () => {
    const rows = await rowsAt(EARLY, "kind = 'fairness'");
    assert.ok(rows.length > 0);
    assert.ok(rows.every(({ verdict }) => verdict === 'not_measurable'));
  });

  it('raises an alert for what failed, once, with owner and figure', async () => {
    const alerts = await query(
      lender,
      "SELECT kind, subject, segment, severity, owner FROM flit.alerts WHERE occurred_at >= '2000-01-01' AND subject = 'amount' AND segment IS NULL",
    );
    const expected = { kind: 'drift', subject: 'amount', segment: null, severity: 'critical' };
    assert.deepEqual(alerts, [{ ...expected, owner: 'Loans risk' }]);
  });

  it('ends with the same rows and no further alert when it is called again, twice at a time', async () => {
    const [rows, alerts] = [await rowsAt(ODD), await query(lender, ALERTS)];
    const answers = await Promise.all([look(ODD), look(ODD)]);
    for (const { status, body } of answers) assert.deepEqual([status, body.alerts], [200, 0]);
    const order = (found: readonly Row[]) => found.map((row) => JSON.stringify(row)).sort();
    assert.deepEqual(order(await rowsAt(ODD)), order(rows));
    assert.deepEqual(await query(lender, ALERTS), alerts);
  });

  it('says when nobody serves, and when who serves has no baseline', async () => {
    const later = '2026-09-20T00:00:00.000Z';
    await deploy(lender.objects, 'loans', {
      champion: lent.challenger,
      challenger: null,
    });
    assert.equal((await look(later)).status, 200);
    const old = await rowAt(later, "subject = 'baseline'");
    assert.deepEqual([old.verdict, old.figure], ['not_measurable', null]);
    assert.match(old.why!, /made before versions had a baseline: retrain/);
    const last = '2026-09-21T00:00:00.000Z';
    await deploy(lender.objects, 'loans', { champion: null });
    assert.equal((await look(last)).status, 200);
    assert.match((await rowAt(last, "subject = 'baseline'")).why!, /No version serves/);
  });

  it('asks for a time, and for a portfolio that there is', async () => {
    assert.equal((await post(served.url, { portfolio: 'loans' })).status, 400);
    assert.equal((await post(served.url, { portfolio: 'others', as_of: CALM })).status, 404);
    assert.equal((await post(served.url, { portfolio: 'loans', as_of: 'soon' })).status, 400);
  });

  it('logs what it found, and nothing of anybody', () => {
    const [line] = log.of('watched');
    assert.equal(line!.portfolio, 'loans');
    const text = JSON.stringify(log.lines);
    assert.ok(!/"?[lcs]-l?-?\d+/.test(text.replaceAll(/drift-loans-\d+/g, '')), 'an id was logged');
  });
});

const ALERTS =
  "SELECT * FROM flit.alerts WHERE occurred_at >= '2000-01-01' ORDER BY alert_id, occurred_at";
