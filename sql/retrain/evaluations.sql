-- Purpose: put what a version says of applications that it was not fitted on in place of what was there of it.
-- Grain: one row an application.
-- Inputs: the predictions of the version (`predictions`); the portfolio's policy.sql with its key carried
--   (`policy`), and which of the cut-offs that are in force holds for a row (`cut_off`).
-- Parameters: @version, @validation, @policy_version, @role STRING; @as_of, @from, @until TIMESTAMP; of the
--   cut-offs @names ARRAY<STRING>, @review_from, @decline_from ARRAY<FLOAT64>, and the bounds that they
--   hold within: @bounds ARRAY<FLOAT64>; the calibration as a line in pieces over the log-odds: @starts,
--   @levels (there) and @slopes ARRAY<FLOAT64>, starts ascending; @of_log_odds BOOL: what the line gives
--   are log-odds again, not PDs.
-- Cost: the predictions, what policy.sql reads of the applications of the window, the version's partition.
MERGE evaluations AS stored
USING (
  WITH
    input AS (
      SELECT *
      FROM applications
      WHERE ${time} >= @from
        AND ${time} < @until
    ),
    known AS (
      ${policy}
    ),
    chosen AS (
      SELECT
        application_id,
        ${cut_off} AS place
      FROM known
    ),
    clamped AS (
      SELECT
        *,
        LEAST(GREATEST(probability, 1e-9), 1 - 1e-9) AS p
      FROM ${predictions}
      WHERE role = @role
    ),
    placed AS (
      SELECT
        *,
        LN(p / (1 - p)) AS margin,
        -- The first piece goes on to the left, the last one to the right.
        GREATEST(1, RANGE_BUCKET(LN(p / (1 - p)), @starts)) AS piece
      FROM clamped
    ),
    on_line AS (
      SELECT
        *,
        @levels[ORDINAL(piece)] + @slopes[ORDINAL(piece)] * (margin - @starts[ORDINAL(piece)]) AS height
      FROM placed
    )
  SELECT
    @version AS version,
    @as_of AS as_of,
    @validation AS validation,
    on_line.application_id,
    on_line.applied_at,
    on_line.defaulted,
    on_line.probability,
    -- Within 30, so that neither EXP overflows nor LN(pd) or LN(1 - pd) fails.
    IF(@of_log_odds, 1 / (1 + EXP(-GREATEST(-30, LEAST(30, height)))), height) AS pd,
    @policy_version AS policy_version,
    @names[SAFE_OFFSET(chosen.place)] AS cut_off,
    @review_from[SAFE_OFFSET(chosen.place)] AS review_from,
    @decline_from[SAFE_OFFSET(chosen.place)] AS decline_from
  FROM on_line
  LEFT JOIN chosen
    ON chosen.application_id = on_line.application_id
) AS measured
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.version = @version THEN
  DELETE
