-- Purpose: how far every batch run is, and what it took.
-- Grain: one row a run.
-- Inputs: batch_runs, batch_shards.
-- Cost: both tables, a row a run and some rows a shard.
-- Column shards_done: Shards whose rows are all in batch_scores.
-- Column scored: Rows of these with a probability of default.
-- Column refused_done: Rows of these that the contract does not allow.
-- Column finished_at: When the last of them was done; the run is whole once shards_done equals shards.
-- Column worked_ms: Milliseconds of workers, all together.
-- Column state: done, or open.
WITH
  done AS (
    SELECT
      run_id,
      planned_at,
      COUNT(*) AS shards_done,
      SUM(scored) AS scored,
      SUM(refused) AS refused_done,
      MAX(finished_at) AS finished_at,
      SUM(milliseconds) AS worked_ms
    FROM ${data}.batch_shards
    WHERE planned_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    GROUP BY run_id, planned_at
  )
SELECT
  runs.run_id,
  runs.planned_at,
  runs.model_version,
  runs.policy_version,
  runs.request,
  IF(IFNULL(done.shards_done, 0) = runs.shards, 'done', 'open') AS state,
  runs.shards,
  IFNULL(done.shards_done, 0) AS shards_done,
  runs.size,
  runs.refused,
  IFNULL(done.scored, 0) AS scored,
  IFNULL(done.refused_done, 0) AS refused_done,
  done.finished_at,
  IFNULL(done.worked_ms, 0) AS worked_ms,
  runs.bytes_processed,
  runs.bytes_billed,
  runs.slot_ms
FROM ${data}.batch_runs AS runs
LEFT JOIN done
  ON done.run_id = runs.run_id
  AND done.planned_at = runs.planned_at
WHERE runs.planned_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
