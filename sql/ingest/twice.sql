-- Purpose: which of the records that were just merged are stored more than once. In BigQuery statements that
--   insert never conflict, so two runs at the same time can both find a record missing and both insert it;
--   whichever of them ends last sees it here.
-- Grain: one row a record.
-- Inputs: the stored table (`table`), a staging table (`staging`); the record's key (`key`) and time (`time`).
-- Parameters: @from, @until TIMESTAMP: the times between which it may be stored.
-- Cost: key and time of the staging table and of the stored partitions in between.
SELECT CAST(stored.${key} AS STRING) AS record_key
FROM ${table} AS stored
WHERE stored.${time} >= @from
  AND stored.${time} <= @until
  AND stored.${key} IN (SELECT ${key} FROM ${staging})
GROUP BY record_key
HAVING COUNT(*) > 1
ORDER BY record_key
