-- Purpose: what a batch is scored from: the features of the version's own features.sql and what its
--   policy.sql reads, with the shard of every row. A row that the contract does not allow keeps its
--   key and what is wrong with it; it is computed on NULLs, so that no bad value fails the others.
-- Grain: one row a row of the source.
-- Inputs: the source (`source`); its fields (`typed`), what is wrong with them (`faults`); those of a
--   row that has no fault (`fitted`, `restored`); policy.sql and features.sql with carried columns
--   (`policy`, `features`); what is kept of both (`columns`).
-- Parameters: @shards INT64; of a source with dates, @from and @until TIMESTAMP.
-- Cost: reads the columns of the source that features and policy read, once.
WITH
  source AS (
    ${source}
  ),
  typed AS (
    SELECT
      *,
      ${typed}
    FROM source
  ),
  checked AS (
    SELECT
      *,
      ${faults} AS batch_faults
    FROM typed
  ),
  ruled AS (
    WITH
      input AS (
        SELECT
          batch_key,
          batch_faults,
          ${fitted}
        FROM checked
      )
    SELECT *
    FROM (
      ${policy}
    )
  ),
  featured AS (
    WITH
      input AS (
        SELECT
          batch_key,
          batch_faults,
          ${restored}
        FROM ruled
      )
    SELECT *
    FROM (
      ${features}
    )
  )
SELECT
  -- The sign bit is dropped first: ABS of the smallest INT64 would overflow.
  MOD(FARM_FINGERPRINT(IFNULL(batch_key, '')) & 0x7FFFFFFFFFFFFFFF, @shards) AS shard,
  batch_key AS application_id,
  batch_faults AS faults,
  ${columns}
FROM featured
