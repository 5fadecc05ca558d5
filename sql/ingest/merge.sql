-- Purpose: put what arrived beside what is stored; a record that came twice, or before, counts once.
-- Grain: one row a record.
-- Inputs: the stored table (`table`), a staging table of the same columns (`staging`), the record's
--   key (`key`) and time (`time`).
-- Parameters: @from, @until TIMESTAMP: the times between which a record may be stored already.
-- Cost: the staging table, and the key of the stored partitions in between.
MERGE ${table} AS stored
USING (
  SELECT *
  FROM ${staging}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${time}) = 1
) AS arrived
ON stored.${key} = arrived.${key}
  AND stored.${time} >= @from
  AND stored.${time} <= @until
WHEN NOT MATCHED THEN
  INSERT ROW
