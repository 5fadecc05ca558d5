/** Verdicts of people, as a stream of their own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tableSchema } from '../../../shared/portfolio/contract.ts';
import { REVIEW } from '../../../shared/portfolio/review.ts';
import { query } from '../support/lender.ts';
import { LOANS, withDocument } from '../support/loans.ts';
import { loanRows } from '../support/rows.ts';
import { useIngestion } from './ingesting.ts';

const REVIEWED = withDocument(LOANS, {
  source: { ...LOANS['portfolio.json'].source, reviews: 'loan_reviews' },
});

const review = (changes: object = {}) => ({
  review_id: 'v-1',
  decision_id: 'd-1',
  outcome: 'approve',
  reason_code: 'income_verified',
  reviewer: 'r-07',
  reviewed_at: '2026-04-01T11:00:00Z',
  ...changes,
});

describe('reviews', function () {
  this.timeout(30_000);
  const { lender, arrive, ids } = useIngestion(REVIEWED);
  const { applications } = loanRows(20);

  it('are kept in the columns of their contract', () => {
    const columns = (name: string) =>
      JSON.parse(readFileSync(`sql/tables/${name}.json`, 'utf8')) as object[];
    assert.deepEqual(columns('reviews'), [...tableSchema(REVIEW), ...columns('ingest_columns')]);
  });

  it('are stored once, each with its latest word, those that break the contract in quarantine', async () => {
    const other = review({ review_id: 'v-2', reviewed_at: '2026-04-01T15:00:00Z' });
    const summary = await arrive({
      loans: applications,
      loan_reviews: [
        review(),
        review({ outcome: 'decline', reviewed_at: '2026-04-01T12:00:00Z' }),
        other,
        review({ review_id: 'v-3', outcome: 'maybe' }),
        review({ review_id: 'v-4', reviewer: 'Ada Lovelace' }),
      ],
    });
    assert.deepEqual(summary.reviews, { received: 5, accepted: 3, quarantined: 2 });
    assert.deepEqual(await ids('reviews', 'review_id'), ['v-1', 'v-2']);
    const stored = await query(
      lender,
      "SELECT review_id, outcome FROM reviews WHERE reviewed_at >= '2026-01-01' ORDER BY review_id",
    );
    assert.deepEqual(stored[0], { review_id: 'v-1', outcome: 'decline' });
    const refused = await query(
      lender,
      "SELECT record_key, stream, faults[OFFSET(0)].pointer AS pointer FROM quarantine WHERE _ingested_at >= '2000-01-01' ORDER BY record_key",
    );
    assert.deepEqual(
      refused.map(({ record_key, stream, pointer }) => [record_key, stream, pointer]),
      [
        ['v-3', 'reviews', '/outcome'],
        ['v-4', 'reviews', '/reviewer'],
      ],
    );
  });

  it('are asked for on days that were ingested before the source had them', async () => {
    await arrive({ loans: applications });
    await query(
      lender,
      "DELETE FROM ingested_days WHERE day >= '2000-01-01' AND stream = 'reviews'",
    );
    const summary = await arrive({ loan_reviews: [review()] }, undefined, {
      request: { again: () => undefined },
    });
    assert.deepEqual([summary.days.ingested, summary.reviews!.accepted], [1, 1]);
    const again = await arrive({}, undefined, { request: { again: () => undefined } });
    assert.deepEqual(again.days, { known: 1, ingested: 0, left: 0 });
  });
});
