-- Purpose: what every shard of a batch holds.
-- Grain: one row a shard that has rows.
-- Inputs: the staged table of the run (`staged`).
-- Cost: two columns of it.
SELECT
  shard,
  COUNT(*) AS size,
  COUNT(faults) AS refused
FROM ${staged}
GROUP BY shard
ORDER BY shard
