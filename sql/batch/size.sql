-- Purpose: how large a batch's source is, for its number of shards.
-- Grain: one row.
-- Inputs: the source (`source`).
-- Parameters: of a source with dates, @from and @until TIMESTAMP.
-- Cost: nothing for a whole table; the column of the time for dates; a view as it is.
SELECT COUNT(*) AS size
FROM (
  ${source}
)
