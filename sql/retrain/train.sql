-- Purpose: train one model in BigQuery ML.
-- Inputs: a training snapshot (`snapshot`) and which of its rows (`rows`); the column that tells
--   evaluation rows apart (`split`), where time does.
-- Cost: the snapshot's columns, once a pass over them; BigQuery ML has a price of its own for them.
CREATE OR REPLACE MODEL ${model}
OPTIONS (
  ${options}
)
AS
SELECT
  * EXCEPT (application_id, applied_at, role, fold) ${split}
FROM ${snapshot}
WHERE ${rows}
