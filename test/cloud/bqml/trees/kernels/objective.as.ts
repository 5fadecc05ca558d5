/**
 * Losses and their gradients, in XGBoost's float32 arithmetic.
 *
 * Sources: src/objective/regression_loss.h, src/objective/multiclass_obj.cu and
 * src/common/math.h of XGBoost (0.82 to 1.7 agree). `Mathf.exp` is the same algorithm as glibc's
 * expf. `weights` 0 means that all rows weigh 1. Pairs are float32 (gradient, hessian).
 */

const LEAST_HESSIAN: f32 = 1e-16;

@inline function item(array: usize, index: usize): f32 { return load<f32>(array + (index << 2)); }
@inline function weightOf(weights: usize, index: usize): f32 {
  return weights ? item(weights, index) : 1;
}
@inline function putPair(pairs: usize, index: usize, gradient: f32, hessian: f32): void {
  store<f32>(pairs + (index << 3), gradient);
  store<f32>(pairs + (index << 3), hessian, 4);
}

/** reg:linear: gradient margin - label, hessian 1, both times the weight. */
export function squaredGradients(
  margins: usize, labels: usize, weights: usize, count: i32, pairs: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const weight = weightOf(weights, i);
    putPair(pairs, i, (item(margins, i) - item(labels, i)) * weight, weight);
  }
}

/** Sum of weight · (margin - label)². */
export function squaredError(margins: usize, labels: usize, weights: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const d = <f64>(item(margins, i) - item(labels, i));
    sum += d * d * <f64>weightOf(weights, i);
  }
  return sum;
}

/** binary:logistic: the probability of label 1. */
export function sigmoids(margins: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<f32>(out + (i << 2), <f32>1 / (Mathf.exp(min(-item(margins, i), 88.7)) + <f32>1));
  }
}

/** multi:softprob with two classes whose margins are x and -x: the probability of the first. */
export function mirroredSoftmax(margins: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const x = item(margins, i);
    const most = abs(x);
    const first = Mathf.exp(x - most);
    store<f32>(out + (i << 2), first / (first + Mathf.exp(-x - most)));
  }
}

/**
 * Gradients of a binary loss from the probability of `target`. The hessian is p(1 - p) · weight for
 * the logistic loss and twice that for softmax, whose least hessian holds after weighting.
 */
export function binaryGradients(
  probabilities: usize, labels: usize, target: f32, weights: usize, count: i32,
  softmax: bool, pairs: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const p = item(probabilities, i);
    const weight = weightOf(weights, i);
    const gradient = (item(labels, i) == target ? p - <f32>1 : p) * weight;
    const hessian = softmax
      ? max(<f32>2 * p * (<f32>1 - p) * weight, LEAST_HESSIAN)
      : max(p * (<f32>1 - p), LEAST_HESSIAN) * weight;
    putPair(pairs, i, gradient, hessian);
  }
}

/**
 * The probability that a binary model gave to each row's own label, where it gives `target` the
 * probability p. The other's is 1 - p, or p · exp(-steepness · margin) where 1 - p has few digits.
 */
export function binaryLikelihood(
  probabilities: usize, labels: usize, target: f32,
  margins: usize, steepness: f32, count: i32, out: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let p = item(probabilities, i);
    if (item(labels, i) != target) {
      p = p <= <f32>0.5 ? <f32>1 - p : p * Mathf.exp(-steepness * item(margins, i));
    }
    store<f32>(out + (i << 2), p);
  }
}

/**
 * multi:softprob: each row's greatest margin, at least FLT_MIN as in XGBoost, and the sum of
 * exp(margin - greatest) over the classes. `margins` has one run of `count` a class.
 */
export function softmaxNorms(
  margins: usize, classes: i32, count: i32, greatest: usize, sums: usize,
): void {
  const run = <usize>count << 2;
  for (let i: usize = 0; i < <usize>count; i++) {
    let most: f32 = f32.MIN_NORMAL_VALUE;
    let at = margins + (i << 2);
    for (let k = 0; k < classes; k++, at += run) most = max(most, load<f32>(at));
    let sum: f64 = 0;
    at = margins + (i << 2);
    for (let k = 0; k < classes; k++, at += run) sum += <f64>Mathf.exp(load<f32>(at) - most);
    store<f32>(greatest + (i << 2), most);
    store<f32>(sums + (i << 2), <f32>sum);
  }
}

/** multi:softprob: gradients of one class from its run of margins. */
export function softmaxGradients(
  margins: usize, target: f32, greatest: usize, sums: usize,
  labels: usize, weights: usize, count: i32, pairs: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const p = Mathf.exp(item(margins, i) - item(greatest, i)) / item(sums, i);
    const weight = weightOf(weights, i);
    const hessian = max(<f32>2 * p * (<f32>1 - p) * weight, LEAST_HESSIAN);
    putPair(pairs, i, (item(labels, i) == target ? p - <f32>1 : p) * weight, hessian);
  }
}

/** multi:softprob: the probability that each row's own label was given. */
export function softmaxLikelihood(
  margins: usize, greatest: usize, sums: usize, labels: usize, count: i32, out: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const margin = item(margins + (<usize>item(labels, i) * <usize>count << 2), i);
    store<f32>(out + (i << 2), Mathf.exp(margin - item(greatest, i)) / item(sums, i));
  }
}

/**
 * Sum of weight · -log(probability), probabilities at least 1e-16. Unweighted probabilities are
 * multiplied sixteen at a time (at least 1e-256) to save logarithms.
 */
export function logLoss(likelihoods: usize, weights: usize, count: i32): f64 {
  let sum: f64 = 0;
  let product: f64 = 1;
  for (let i: usize = 0; i < <usize>count; i++) {
    const p = <f64>max(item(likelihoods, i), 1e-16);
    if (weights) {
      sum -= <f64>item(weights, i) * Math.log(p);
    } else {
      product *= p;
      if ((i & 15) == 15) {
        sum -= Math.log(product);
        product = 1;
      }
    }
  }
  return sum - Math.log(product);
}
