/** The dataset that holds a portfolio's tables and models. */
export const datasetOf = (portfolio: string): string => `flit_${portfolio}`;

/** The dataset of what all portfolios share: decisions. */
export const COMMON_DATASET = 'flit';

/** The dataset of views and functions over it, for analysts. */
export const VIEWS_DATASET = 'flit_views';

/** The dataset of views of one portfolio's tables. */
export const viewsDatasetOf = (portfolio: string): string => `${VIEWS_DATASET}_${portfolio}`;
