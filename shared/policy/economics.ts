/** What a plan is expected to cost and to bring, in money. */
import { type ColumnAt, compileFigure, type Values } from './columns.ts';
import type { Economics } from './document.ts';

export interface Expectation {
  readonly currency: string;
  /** PD × loss given default × exposure at default. */
  readonly expected_loss: number;
  /** The merchant's fee, the customer's where the plan goes well, less loss, funding and cost. */
  readonly expected_profit: number;
}

/** Undefined where the probability of default or a figure cannot be known. */
export type Expect = (values: Values, pd: number | undefined) => Expectation | undefined;

const DAYS_A_YEAR = 365;

/** No figure is below 0 (`faults.ts`), so loss never falls and profit never rises with PD. */
export function compileEconomics(document: Economics, columnAt: ColumnAt): Expect {
  const { currency, merchant_fee, funding } = document;
  const exposure = compileFigure(document.exposure_at_default, columnAt);
  const lossGivenDefault = compileFigure(document.loss_given_default, columnAt);
  const sold = compileFigure(merchant_fee.of, columnAt);
  const customerFee = compileFigure(document.customer_fee, columnAt);
  const funded = compileFigure(funding.of, columnAt);
  const days = compileFigure(funding.days, columnAt);
  const cost = compileFigure(document.cost_per_plan, columnAt);
  return (values, pd) => {
    if (pd === undefined) return undefined;
    const expected_loss = pd * lossGivenDefault(values) * exposure(values);
    const interest = (funded(values) * funding.rate_a_year * days(values)) / DAYS_A_YEAR;
    const income = sold(values) * merchant_fee.share + (1 - pd) * customerFee(values);
    const expected_profit = income - expected_loss - interest - cost(values);
    // Written so that NaN fails too.
    if (!Number.isFinite(expected_loss) || !Number.isFinite(expected_profit)) return undefined;
    return { currency, expected_loss, expected_profit };
  };
}
