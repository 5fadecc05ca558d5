-- Purpose: how many rows of a snapshot play which role, how many of them are bad, and what tells their content.
-- Grain: one row a role.
-- Inputs: a training snapshot (`snapshot`).
-- Cost: the snapshot.
-- Two fingerprints, for what comes twice cancels out of the first. As text: INT64 has more digits than JSON.
WITH
  marked AS (
    SELECT
      role,
      defaulted,
      FARM_FINGERPRINT(TO_JSON_STRING(snapshot)) AS mark
    FROM ${snapshot} AS snapshot
  )
SELECT
  role,
  COUNT(*) AS applications,
  COUNTIF(defaulted = 1) AS bad,
  CONCAT(
    CAST(BIT_XOR(mark) AS STRING),
    ':',
    CAST(SUM(mark & 0xFFFFFFFF) AS STRING)
  ) AS fingerprint
FROM marked
GROUP BY role
ORDER BY role
