import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { commentsOf } from '../../../shared/card/meanings.ts';

const SQL = `-- Purpose: what is known.
WITH
  plan AS (
    SELECT
      -- Not of the features.
      amount AS paid
    FROM input
  )
SELECT
  first,

  -- What is owed,
  -- all of it.
  t.amount, -- in cents
  CASE
    -- Inside an expression.
    WHEN income > 0 THEN 1 ELSE 0
  END AS has_income,

  purpose,
  -- When.
  hour
FROM plan
`;

describe('comments of features', () => {
  it('stand for the columns below them, up to a blank line', () => {
    assert.deepEqual(
      [...commentsOf(SQL, ['first', 'amount', 'has_income', 'purpose', 'hour', 'paid'])],
      [
        ['amount', 'What is owed, all of it.'],
        ['has_income', 'Inside an expression.'],
        ['hour', 'When.'],
      ],
    );
  });

  it('are found for the features of bnpl', () => {
    const found = commentsOf(readFileSync('sql/bnpl/features.sql', 'utf8'), [
      'amount',
      'installment_to_income',
      'credit_score_rank',
      'is_holiday_season',
    ]);
    assert.deepEqual(
      [...found.values()],
      ['The plan.', 'The plan.', 'Who asks.', 'The purchase and the moment.'],
    );
  });
});
