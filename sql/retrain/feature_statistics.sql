-- Purpose: the training mean of every feature, which BigQuery ML puts in place of NULL.
-- Grain: one row a feature.
-- Inputs: a model.
-- Cost: nothing of any table: figures that the model has.
SELECT
  input,
  mean,
  null_count
FROM ML.FEATURE_INFO(MODEL ${model})
