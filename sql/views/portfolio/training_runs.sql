-- Purpose: every training: when, how long, what it took in the warehouse, and what became of its version.
-- Grain: one row a version; of several runs for the same time, the last.
-- Inputs: training_steps and training_jobs, which retraining writes; the registry's events.
-- Cost: training_steps and training_jobs, some ten rows a version each; registry_events.
-- Column state: done, refused or under way.
-- Column step: The last step that was done, or the one that is refused or under way.
-- Column why: What it was refused for.
-- Column started_at: When the first of its jobs began.
-- Column ended_at: When the last one was done.
-- Column minutes: From started_at to ended_at, pauses of a run that was killed and started again included.
-- Column training_seconds: How long CREATE MODEL ran, all models of the run together.
-- Column jobs: How many jobs the run had in BigQuery.
-- Column failed_jobs: How many of them failed.
-- Column bytes_processed: Bytes that they read.
-- Column bytes_billed: Bytes that are paid for where queries are paid by the byte.
-- Column training_bytes_billed: Those of CREATE MODEL, which has a price of its own.
-- Column slot_ms: Milliseconds of slots, paid for where capacity is.
-- Column registered_at: When the version was written; null for one that was not.
-- Column verdict: What its gates said.
-- Column first_promoted_at: When it first became champion.
WITH
  reached AS (
    SELECT
      version,
      as_of,
      run,
      actor,
      begun_at,
      state,
      step,
      why
    FROM ${data}.training_steps
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY version, as_of ORDER BY place DESC) = 1
  ),
  taken AS (
    SELECT
      version,
      as_of,
      MIN(started_at) AS started_at,
      MAX(ended_at) AS ended_at,
      SUM(
        IF(STARTS_WITH(step, 'train-'), TIMESTAMP_DIFF(ended_at, started_at, MILLISECOND), 0)
      ) / 1000 AS training_seconds,
      COUNT(*) AS jobs,
      COUNTIF(failure IS NOT NULL) AS failed_jobs,
      SUM(bytes_processed) AS bytes_processed,
      SUM(bytes_billed) AS bytes_billed,
      SUM(IF(STARTS_WITH(step, 'train-'), bytes_billed, 0)) AS training_bytes_billed,
      SUM(slot_ms) AS slot_ms
    FROM ${data}.training_jobs
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    GROUP BY version, as_of
  ),
  happened AS (
    SELECT
      version,
      MIN(IF(kind = 'created', occurred_at, NULL)) AS registered_at,
      MAX(IF(kind = 'gated', reason, NULL)) AS verdict,
      MIN(IF(kind = 'promoted', occurred_at, NULL)) AS first_promoted_at
    FROM ${flit}.registry_events
    WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND portfolio = '${id}'
    GROUP BY version
  )
SELECT
  reached.version,
  reached.as_of,
  reached.run,
  reached.actor,
  reached.begun_at,
  reached.state,
  reached.step,
  reached.why,
  taken.started_at,
  taken.ended_at,
  TIMESTAMP_DIFF(taken.ended_at, taken.started_at, MILLISECOND) / 60000 AS minutes,
  taken.training_seconds,
  taken.jobs,
  taken.failed_jobs,
  taken.bytes_processed,
  taken.bytes_billed,
  taken.training_bytes_billed,
  taken.slot_ms,
  happened.registered_at,
  happened.verdict,
  happened.first_promoted_at
FROM reached
LEFT JOIN taken
  ON taken.version = reached.version
  AND taken.as_of = reached.as_of
LEFT JOIN happened
  ON happened.version = reached.version
