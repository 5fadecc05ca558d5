-- Purpose: train one model in BigQuery ML.
-- Inputs: a training snapshot (`snapshot`) and which of its rows (`rows`); the column that tells
--   evaluation rows apart (`split`), where time does.
CREATE OR REPLACE MODEL ${model}
OPTIONS (
  ${options}
)
AS
SELECT
  * EXCEPT (application_id, applied_at, role, fold) ${split}
FROM ${snapshot}
WHERE ${rows}
