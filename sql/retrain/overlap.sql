-- Purpose: what of a snapshot is on both sides of a line that training and measuring must not cross.
-- Grain: one row.
-- Inputs: a training snapshot (`snapshot`); the portfolio's applications, their key (`key`), entity
--   (`entity`) and time (`time`).
-- Parameters: @from, @until TIMESTAMP; @folds INT64, 1 where time draws the line.
-- Cost: a few columns of the snapshot and of the applications of the window.
WITH
  asked AS (
    SELECT
      CAST(${key} AS STRING) AS application_id,
      ANY_VALUE(CAST(${entity} AS STRING)) AS entity
    FROM applications
    WHERE ${time} >= @from
      AND ${time} < @until
    GROUP BY application_id
  ),
  placed AS (
    SELECT
      snapshot.application_id,
      asked.entity,
      IF(@folds = 1, snapshot.role, CAST(snapshot.fold AS STRING)) AS part
    FROM ${snapshot} AS snapshot
    JOIN asked
      ON asked.application_id = snapshot.application_id
  ),
  applications_seen AS (
    SELECT application_id, COUNT(*) AS times
    FROM placed
    GROUP BY application_id
  ),
  entities_seen AS (
    SELECT entity, COUNT(DISTINCT part) AS parts
    FROM placed
    GROUP BY entity
  )
SELECT
  (SELECT SUM(times - 1) FROM applications_seen) AS duplicates,
  (SELECT COUNTIF(parts > 1) / COUNT(*) FROM entities_seen) AS entity_overlap
