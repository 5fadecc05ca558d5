/** What columns are like, day by day: counted again in plain code. */
import assert from 'node:assert/strict';
import { query } from '../support/lender.ts';
import { LOANS, withDocument } from '../support/loans.ts';
import { type LoanRecord, loanRows } from '../support/rows.ts';
import { useIngestion } from './ingesting.ts';

const { applications, outcomes } = loanRows(200);
/** All on two days, a week apart. */
const loans: LoanRecord[] = applications.map((loan, i) => ({
  ...loan,
  asked_at: `2026-04-0${i % 4 === 0 ? 1 : 8}T${loan.asked_at.slice(11)}`,
}));
const RANGE = { start: '2026-04-01', end: '2026-04-08' };

describe('the profile of columns', function () {
  this.timeout(30_000);
  const { lender, arrive } = useIngestion(
    withDocument(LOANS, { personal: { customer_id: 'identifier', employer: 'content' } }),
  );
  const request = { range: RANGE };

  const profiles = (where: string) =>
    query(
      lender,
      `SELECT * FROM flit_views_loans.column_profiles
       WHERE day >= '2026-04-01' AND ${where} ORDER BY day, column_name`,
    );
  const ofDay = (day: string) => loans.filter(({ asked_at }) => asked_at.startsWith(day));

  it('tells of numbers how they are spread, and of each column how much is missing', async () => {
    await arrive({ loans, loan_outcomes: outcomes }, undefined, { request });
    const rows = await profiles("stream = 'applications' AND column_name = 'income'");
    assert.equal(rows.length, 2);
    for (const [n, row] of rows.entries()) {
      const own = ofDay(n === 0 ? '2026-04-01' : '2026-04-08');
      const incomes = own.flatMap(({ income }) => (income === null ? [] : [Number(income)]));
      const sorted = incomes.toSorted((a, b) => a - b);
      const mean = incomes.reduce((sum, income) => sum + income, 0) / incomes.length;
      assert.equal(row.records, own.length);
      assert.equal(row.missing_share, (own.length - incomes.length) / own.length);
      assert.deepEqual([row.minimum, row.maximum], [sorted[0], sorted.at(-1)]);
      assert.ok(Math.abs(Number(row.mean) - mean) < 1e-6);
      const middle = Number(row.median);
      assert.ok(middle >= sorted[Math.floor(sorted.length * 0.4)]!);
      assert.ok(middle <= sorted[Math.floor(sorted.length * 0.6)]!);
      assert.deepEqual([row.top_value, row.top_values], [null, []]);
    }
    assert.equal(rows[1]!.missing_share_week_before, rows[0]!.missing_share);
    assert.equal(rows[1]!.mean_week_before, rows[0]!.mean);
    assert.equal(rows[0]!.mean_week_before, null);
  });

  it('tells of lists which values there are, and how often', async () => {
    await arrive({ loans }, undefined, { request });
    const [row] = await profiles("column_name = 'purpose' AND DATE(day) = '2026-04-08'");
    const counts = new Map<unknown, number>();
    for (const { purpose } of ofDay('2026-04-08'))
      counts.set(purpose, (counts.get(purpose) ?? 0) + 1);
    const top = row!.top_values as { value: string | null; count: number }[];
    assert.deepEqual(new Map(top.map(({ value, count }) => [value, count])), counts);
    assert.equal(row!.top_value_share, Math.max(...counts.values()) / Number(row!.records));
  });

  it('tells no value of personal data, of keys or of free text, and has a row for every column', async () => {
    await arrive({ loans, loan_outcomes: outcomes }, undefined, { request });
    const rows = await profiles("stream = 'applications' AND DATE(day) = '2026-04-01'");
    assert.deepEqual(
      rows.map(({ column_name }) => column_name),
      Object.keys(lender.portfolio.application.properties).sort(),
    );
    const { personal, keys } = lender.portfolio;
    const silent = [...Object.keys(personal), keys.application];
    assert.ok(silent.length > 1);
    for (const row of rows.filter(({ column_name }) => silent.includes(String(column_name)))) {
      const { minimum, maximum, mean, deviation, median, top_values } = row;
      assert.deepEqual([minimum, maximum, mean, deviation, median], Array(5).fill(null));
      assert.deepEqual(top_values, []);
      assert.ok(Number(row.different) > 0, String(row.column_name));
    }
  });

  it('is replaced when a day is ingested again', async () => {
    await arrive({ loans }, undefined, { request });
    const before = await profiles("stream = 'applications'");
    await arrive({ loans: loans.map((loan) => ({ ...loan, income: null })) }, undefined, {
      request,
    });
    const after = await profiles("stream = 'applications'");
    assert.equal(after.length, before.length);
    const incomes = after.filter(({ column_name }) => column_name === 'income');
    assert.deepEqual(
      incomes.map(({ missing_share }) => missing_share),
      [1, 1],
    );
  });
});
