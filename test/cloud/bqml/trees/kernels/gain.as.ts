/** What a split gains: XGBoost 1.7's TreeEvaluator, in its own mixture of float64 and float32. */

export let minChildWeight: f64 = 0;
export let l1: f64 = 0;
export let l2: f64 = 0;

/** Sets the regularisation that all searches use until it is set again. */
export function setRegularisation(childWeight: f64, alpha: f64, lambda: f64): void {
  minChildWeight = childWeight;
  l1 = alpha;
  l2 = lambda;
}

/** ThresholdL1(g)² / (h + lambda): twice what the best leaf value takes off the loss. */
@inline export function gainOf(gradient: f64, hessian: f64): f32 {
  if (hessian <= 0) return 0;
  const g = max(abs(gradient) - l1, 0);
  return <f32>(g * g) / <f32>(hessian + l2);
}
