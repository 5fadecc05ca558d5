-- Purpose: the hyperparameters that trials found best.
-- Grain: one row.
-- Inputs: a model with hyperparameter tuning.
-- Cost: nothing of any table: figures that the model has.
SELECT hyperparameters
FROM ML.TRIAL_INFO(MODEL ${model})
WHERE is_optimal
ORDER BY trial_id
LIMIT 1
