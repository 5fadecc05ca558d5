import assert from 'node:assert/strict';
import { createCheck } from '../../../shared/portfolio/contract.ts';
import { REVIEW } from '../../../shared/portfolio/review.ts';
import { createCaseManagement, type Decided } from './reviews.ts';

const decisions = (outcome: Decided['outcome'], count: number): Decided[] =>
  Array.from({ length: count }, (_, i) => ({
    decision_id: `${outcome}-${i}`,
    outcome,
    decided_at: '2026-11-21T10:00:00.000Z',
    probability_of_default: (i % 40) / 100,
  }));

const ALL = { start_date: '2026-01-01', end_date: '2027-01-01', base_daily_volume: 9, seed: 1 };

describe('case management', () => {
  const streamed = (cases: readonly Decided[], range: object = ALL) => {
    const { source, take } = createCaseManagement();
    take(cases);
    // A decision that is told of twice is one case.
    take(cases.slice(0, 10));
    return [...(source.open(range).batches as Iterable<Record<string, string>[]>)].flat();
  };
  const share = (outcome: Decided['outcome'], verdict: string) =>
    streamed(decisions(outcome, 4000)).filter((review) => review.outcome === verdict).length / 4000;

  it('has verdicts that the contract of reviews allows, each once and after its decision', () => {
    const reviews = streamed(decisions('review', 500));
    const check = createCheck(REVIEW, 'lender');
    for (const review of reviews) {
      assert.ok(check(review).ok);
      assert.ok(review.reviewed_at! > '2026-11-21T10:00:00.000Z');
    }
    assert.equal(new Set(reviews.map(({ review_id }) => review_id)).size, reviews.length);
  });

  it('decides on most reviews, the riskier the more often no, and overrides a few decisions', () => {
    const approved = share('review', 'approve');
    const declined = share('review', 'decline');
    assert.ok(Math.abs(approved + declined - 0.92) < 0.02);
    assert.ok(Math.abs(approved / (approved + declined) - 0.51) < 0.04);
    assert.ok(Math.abs(share('decline', 'approve') - 0.04) < 0.01);
    assert.ok(Math.abs(share('approve', 'decline') - 0.006) < 0.005);
    assert.equal(share('decline', 'decline') + share('approve', 'approve'), 0);
  });

  it('streams the days that are asked for, in the order of time', () => {
    const cases = decisions('review', 300);
    const all = streamed(cases);
    const times = all.map(({ reviewed_at }) => reviewed_at);
    assert.deepEqual(times, times.toSorted());
    const days = [...new Set(times.map((time) => time!.slice(0, 10)))];
    assert.ok(days.length > 1);
    const apart = days.flatMap((day) => streamed(cases, { start_date: day, end_date: day }));
    assert.deepEqual(apart, all);
  });
});
