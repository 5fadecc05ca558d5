/** The curve between log-odds and probabilities. */

/** Log-odds to probability. */
export const logistic = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Probability to log-odds. */
export const logit = (probability: number): number => Math.log(probability / (1 - probability));
