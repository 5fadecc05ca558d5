/** Files of credit-card accounts in the real file's format, for tests. */

export const CARDS_HEADER = [
  'ID,LIMIT_BAL,SEX,EDUCATION,MARRIAGE,AGE,PAY_0,PAY_2,PAY_3,PAY_4,PAY_5,PAY_6',
  'BILL_AMT1,BILL_AMT2,BILL_AMT3,BILL_AMT4,BILL_AMT5,BILL_AMT6',
  'PAY_AMT1,PAY_AMT2,PAY_AMT3,PAY_AMT4,PAY_AMT5,PAY_AMT6,default.payment.next.month',
]
  .join()
  .split(',');

/** Rows under the header. An account that is behind defaults far more often. Always the same rows. */
export function cardsRows(count: number): string[] {
  const random = generator(20_050_901);
  const within = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return Array.from({ length: count }, (_, index) => {
    const limit = within(1, 50) * 10_000;
    const late = random() < 0.3 ? within(1, 3) : within(-1, 0);
    const months = Array.from({ length: 5 }, () => Math.max(-2, late - within(0, 1)));
    const bills = Array.from({ length: 6 }, () => Math.round(random() * limit));
    const payments = bills.map((bill) => Math.round(bill * random() * (late > 0 ? 0.05 : 0.3)));
    const bad = random() < (late > 0 ? 0.6 : 0.08) ? 1 : 0;
    const person = [within(1, 2), within(1, 4), within(1, 3), within(21, 70)];
    return [index + 1, limit, ...person, late, ...months, ...bills, ...payments, bad].join();
  });
}

export const cardsCsv = (rows: readonly string[]): string =>
  `${CARDS_HEADER.map((name) => `"${name}"`).join()}\n${rows.join('\n')}\n`;

/** Uniform on [0, 1): a linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
