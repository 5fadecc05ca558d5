-- Purpose: where the hash puts an entity, between 0 and 1: below the challenger's share, the challenger
--   decides.
-- Inputs: the salt of a deployment and the entity. bucketOf of shared/arms/arm.ts is the same: the first
--   52 bits of SHA-256 of both.
-- Cost: reads nothing.
CREATE OR REPLACE FUNCTION ${views}.arm_bucket(salt STRING, entity_id STRING)
RETURNS FLOAT64
AS (
  CAST(CONCAT('0x', SUBSTR(TO_HEX(SHA256(CONCAT(salt, ':', entity_id))), 1, 13)) AS INT64)
    / 4503599627370496
);
