-- Purpose: the weights of a logistic regression, on the scale of its inputs.
-- Grain: one row a processed input; the intercept is `__INTERCEPT__`.
-- Inputs: a model.
-- Cost: nothing of any table: figures that the model has.
SELECT
  processed_input,
  weight
FROM ML.WEIGHTS(MODEL ${model})
