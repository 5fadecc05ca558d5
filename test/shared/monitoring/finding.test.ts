import assert from 'node:assert/strict';
import { breachesOf } from '../../../shared/monitoring/breaches.ts';
import { type Experiment, experimentOf } from '../../../shared/monitoring/experiment.ts';
import { fairnessOf } from '../../../shared/monitoring/fairness.ts';
import { type Finding, judgeFindings } from '../../../shared/monitoring/finding.ts';
import { monitoringSchema } from '../../../shared/portfolio/monitoring.ts';

const AT = { from: new Date('2026-06-01'), until: new Date('2026-06-08') };
const finding = (changes: Partial<Finding>): Finding => ({
  kind: 'drift',
  subject: 'amount',
  metric: 'psi',
  figure: 0.2,
  n: 500,
  limit: { beyond: 'above', warning: 0.1, critical: 0.25 },
  p_value: 1e-6,
  ...AT,
  ...changes,
});
const verdicts = (findings: readonly Finding[]) =>
  judgeFindings(findings, 0.05).map(({ verdict, severity }) => severity ?? verdict);

describe('findings of a run', () => {
  it('fail where they matter and are more than chance', () => {
    assert.deepEqual(
      verdicts([
        finding({}),
        finding({ figure: 0.3 }),
        finding({ figure: 0.09 }),
        finding({ p_value: 0.2 }),
        finding({ figure: 0.5, limit: { beyond: 'below', warning: 0.8 } }),
      ]),
      ['warning', 'critical', 'passed', 'passed', 'warning'],
    );
  });

  it('share alpha among all that are tested, and with nobody else', () => {
    const one = finding({ p_value: 0.01 });
    const untested = { ...finding({}), p_value: undefined };
    assert.deepEqual(verdicts([one, ...new Array(20).fill(untested)])[0], 'warning');
    assert.deepEqual(verdicts([one, ...new Array(9).fill(finding({ p_value: 1 }))])[0], 'passed');
  });

  it('are for information without a limit, and no pass without a figure', () => {
    const { limit: _, ...plain } = finding({});
    assert.deepEqual(
      verdicts([plain, finding({ figure: null }), finding({ figure: Number.NaN })]),
      [null, 'not_measurable', 'not_measurable'],
    );
  });

  it('are told once where all of the portfolio fails, and of a segment that is worse besides', () => {
    const judged = judgeFindings(
      [
        finding({ segment: 'purpose=car' }),
        finding({ segment: 'purpose=boat', figure: 0.3 }),
        finding({ subject: 'age', segment: 'purpose=car' }),
        finding({}),
      ],
      0.05,
    );
    assert.deepEqual(
      breachesOf('loans', AT.until, judged).map(({ subject, segment, severity }) => [
        subject,
        segment,
        severity,
      ]),
      [
        ['amount', 'purpose=boat', 'critical'],
        ['age', 'purpose=car', 'warning'],
        ['amount', undefined, 'warning'],
      ],
    );
  });

  it('are told with figure, limit, cases and chance, and only where they failed', () => {
    const judged = judgeFindings(
      [finding({ segment: 'purpose=car' }), finding({ p_value: 1 })],
      0.05,
    );
    const [breach, ...others] = breachesOf('loans', AT.until, judged);
    assert.deepEqual(others, []);
    assert.equal(
      breach!.text,
      'amount in purpose=car: psi is 0.2, above 0.1, of 500 cases; p < 0.001.',
    );
    assert.deepEqual([breach!.figure, breach!.limit, breach!.n], [0.2, 0.1, 500]);
  });
});

describe('fairness', () => {
  const limits = { adverse_impact_ratio_at_least: 0.8, score_difference: 0.3 };
  const group = (name: string, decisions: number, approved: number, mean_pd = 0.1) => ({
    group: name,
    decisions,
    approved,
    scored: decisions,
    mean_pd,
    variance_pd: 0.01,
  });
  const judged = (groups: Parameters<typeof fairnessOf>[1]) =>
    judgeFindings(fairnessOf({ subject: 'sex', ...AT }, groups, limits, 100), 0.05);
  const of = (found: ReturnType<typeof judged>, metric: string, segment?: string) =>
    found.find((one) => one.metric === metric && (!segment || one.segment === segment))!;

  it('fails a group that is approved four fifths as often as another, or less', () => {
    const found = judged([group('1', 1000, 600), group('2', 1000, 400, 0.15)]);
    const ratio = of(found, 'approval_ratio', 'sex=2');
    assert.ok(Math.abs(ratio.figure! - 2 / 3) < 1e-12);
    assert.equal(ratio.verdict, 'failed');
    const difference = of(found, 'score_difference', 'sex=2');
    assert.ok(Math.abs(difference.figure! - 0.5) < 1e-12);
    assert.equal(difference.verdict, 'failed');
  });

  it('does not fail where chance explains it, or the lower PD is the other way', () => {
    const found = judged([group('1', 110, 60), group('2', 110, 44, 0.05)]);
    assert.equal(of(found, 'approval_ratio', 'sex=2').verdict, 'passed');
    assert.equal(of(found, 'score_difference', 'sex=2').verdict, 'passed');
  });

  it('is not measurable for one group, for a small one, and where nobody is approved', () => {
    assert.equal(of(judged([group('1', 1000, 600)]), 'approval_ratio').verdict, 'not_measurable');
    const small = judged([group('1', 1000, 600), group('2', 900, 500), group('3', 20, 1)]);
    assert.equal(of(small, 'approval_ratio', 'sex=3').verdict, 'not_measurable');
    const none = judged([group('1', 1000, 0), group('2', 1000, 0)]);
    assert.equal(of(none, 'approval_ratio').verdict, 'not_measurable');
  });
});

describe('an experiment', () => {
  const monitoring = monitoringSchema.parse({ experiment: { effect: 2 } });
  const arm = (changes: Partial<Experiment[number]>): Experiment[number] => ({
    arm: 'champion',
    people: 1000,
    share: 500,
    share_variance: 250,
    known: 800,
    known_bad: 40,
    known_labelled: 800,
    profit: 10,
    profit_variance: 400,
    ...changes,
  });
  const read = (champion: object, challenger: object) => {
    const arms: Experiment = [arm(champion), arm({ arm: 'challenger', ...challenger })];
    const found = judgeFindings(
      experimentOf({ subject: 'a against b', ...AT }, arms, monitoring),
      0.05,
    );
    return (metric: string) => found.find((one) => one.metric === metric)!;
  };

  it('trusts arms that are as even as they should be, and no others', () => {
    assert.equal(read({}, {})('sample_ratio_p_value').verdict, 'passed');
    const skewed = read({ people: 1100 }, { people: 900, share: 500 })('sample_ratio_p_value');
    assert.deepEqual([skewed.verdict, skewed.severity], ['failed', 'critical']);
  });

  it('fails a challenger that certainly earns less, and only that', () => {
    assert.equal(read({}, { profit: 4 })('profit_at_best').verdict, 'failed');
    assert.equal(read({}, { profit: 9.5 })('profit_at_best').verdict, 'passed');
    const better = read({}, { profit: 16 });
    assert.ok(better('profit_p_value').figure! < 0.05);
    assert.ok(better('profit_difference').interval![0] > 0);
  });

  it('says how much it could have found', () => {
    const found = read({}, {});
    assert.ok(found('power').figure! > 0.4 && found('power').figure! < 0.6);
    assert.ok(Math.abs(found('detectable_effect').figure! - 2.8015852) < 1e-6);
  });

  it('guards the bad rate', () => {
    assert.equal(read({}, { known_bad: 120 })('bad_rate_worse').verdict, 'failed');
    assert.equal(read({}, { known_bad: 45 })('bad_rate_worse').verdict, 'passed');
  });

  it('measures nothing of people who are too few', () => {
    const found = read({ known: 20, known_labelled: 20 }, {});
    for (const metric of ['profit_difference', 'bad_rate_worse']) {
      assert.equal(found(metric).verdict, 'not_measurable');
    }
  });
});
