-- Purpose: how the PDs that models said over some days are spread over the bins of their baselines, and
--   how well they would separate bads from goods if each is as probable as they say.
-- Grain: one row a model version, role (champion, challenger, shadow) and cell, as in features.sql.
-- Inputs: flit.decisions, each once.
-- Parameters: @portfolio STRING; @from, @until TIMESTAMP bound the decisions; @baseline ARRAY<STRING>: the
--   distributions of PDs as JSON, each with the `version` that it is of.
-- Cost: the partitions of these days, of the portfolio's cluster: ids, times and scores, of which the
--   features as JSON are most: about 1.2 KB a decision, 42 MB for a week of 5,000 a day.
WITH
  once AS (
    SELECT scores
    FROM flit.decisions
    WHERE decided_at >= @from
      AND decided_at < @until
      AND portfolio = @portfolio
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  ),
  said AS (
    SELECT
      score.version,
      score.role,
      score.pd
    FROM once
    CROSS JOIN UNNEST(once.scores) AS score
  ),
  known AS (
    SELECT
      JSON_VALUE(distribution, '$.version') AS version,
      CAST(JSON_VALUE(distribution, '$.lowest') AS FLOAT64) AS lowest,
      CAST(JSON_VALUE(distribution, '$.highest') AS FLOAT64) AS highest,
      ARRAY(
        SELECT CAST(edge AS FLOAT64)
        FROM UNNEST(JSON_VALUE_ARRAY(distribution, '$.edges')) AS edge WITH OFFSET AS place
        ORDER BY place
      ) AS edges
    FROM UNNEST(@baseline) AS distribution
  ),
  ranked AS (
    SELECT
      said.version,
      said.role,
      said.pd,
      known.edges,
      CASE
        WHEN said.pd IS NULL THEN 'missing'
        WHEN said.pd BETWEEN known.lowest AND known.highest THEN 'bin'
        ELSE 'unseen'
      END AS cell,
      -- Expected bads with this PD or a higher one, and with this or a lower one: a tie counts half of both.
      SUM(said.pd) OVER (
        PARTITION BY said.version, said.role
        ORDER BY said.pd DESC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS bads_from,
      SUM(said.pd) OVER (
        PARTITION BY said.version, said.role
        ORDER BY said.pd
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS bads_to,
      SUM(said.pd) OVER (PARTITION BY said.version, said.role) AS bads
    FROM said
    JOIN known
      ON known.version = said.version
  )
SELECT
  version,
  role,
  cell,
  IF(cell = 'bin', RANGE_BUCKET(pd, edges), NULL) AS place,
  COUNT(*) AS n,
  SUM(pd) AS pd,
  SUM((1 - pd) * (bads_from + bads - bads_to) / 2) AS pairs
FROM ranked
GROUP BY version, role, cell, place
