/** The dataset that holds a portfolio's tables and models. */
export const datasetOf = (portfolio: string): string => `flit_${portfolio}`;

/** The dataset of what all portfolios share: decisions. */
export const COMMON_DATASET = 'flit';
