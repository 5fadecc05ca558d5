-- Purpose: how many rows of a snapshot play which role, how many of them are bad, and what tells their content.
-- Grain: one row a role.
-- Inputs: a training snapshot (`snapshot`).
-- Cost: the snapshot.
-- Two fingerprints, for what comes twice cancels out of the first. As text: INT64 has more digits than JSON.
SELECT
  role,
  COUNT(*) AS applications,
  COUNTIF(defaulted = 1) AS bad,
  CONCAT(
    CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(snapshot))) AS STRING),
    ':',
    CAST(SUM(FARM_FINGERPRINT(TO_JSON_STRING(snapshot)) & 0xFFFFFFFF) AS STRING)
  ) AS fingerprint
FROM ${snapshot} AS snapshot
GROUP BY role
ORDER BY role
