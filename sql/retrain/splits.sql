-- Purpose: when blocks of equally many applications from before the test begin, to compare candidates over time.
-- Grain: one row a block, in time.
-- Inputs: a training snapshot (`snapshot`).
-- Parameters: @blocks INT64.
-- Cost: two columns of the snapshot.
WITH
  placed AS (
    SELECT
      applied_at,
      NTILE(@blocks) OVER (ORDER BY applied_at) AS block
    FROM ${snapshot}
    WHERE role != 'TEST'
  )
SELECT
  block,
  MIN(applied_at) AS starts_at
FROM placed
GROUP BY block
ORDER BY block
