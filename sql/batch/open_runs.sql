-- Purpose: runs that have shards which are not done.
-- Grain: one row a run.
-- Inputs: the tables of runs (`runs`) and of shards that are done (`shards`), as far back as they are kept.
-- Cost: ids and times of both tables: a row a run, and one a shard.
WITH
  done AS (
    SELECT
      run_id,
      COUNT(DISTINCT shard) AS shards
    FROM ${shards}
    WHERE planned_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    GROUP BY run_id
  )
SELECT runs.run_id
FROM ${runs} AS runs
LEFT JOIN done
  ON done.run_id = runs.run_id
WHERE runs.planned_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND IFNULL(done.shards, 0) < runs.shards
ORDER BY runs.run_id
