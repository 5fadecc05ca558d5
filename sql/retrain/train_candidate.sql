-- Purpose: train a candidate on the applications of a time, to compare it with others.
-- Inputs: a training snapshot (`snapshot`); what tells the rows of an evaluation apart (`split`).
-- Parameters: @evaluate, @until TIMESTAMP: rows before @evaluate train, from there to @until evaluate.
-- Cost: the snapshot's columns, once.
CREATE OR REPLACE MODEL ${model}
OPTIONS (
  ${options}
)
AS
SELECT
  * EXCEPT (application_id, applied_at, role, fold),
  ${split} AS candidate_split
FROM ${snapshot}
WHERE applied_at < @until
  AND role != 'TEST'
