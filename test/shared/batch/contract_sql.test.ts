/** The contract as SQL refuses what the check of requests refuses, and nothing else. */
import assert from 'node:assert/strict';
import { faultsSql, fieldSql, textColumn } from '../../../shared/batch/contract_sql.ts';
import { createCheck } from '../../../shared/portfolio/contract.ts';
import { useLender } from '../../functions/support/lender.ts';
import { LOANS } from '../../functions/support/loans.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';

const contract = LOANS['application.schema.json'];
const good = requestOf({ ...loanRows(1).applications[0]!, dependants: 2, income: 5000 });

/** Values of each kind at and beyond every bound. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  loan_id: ['a', 'a b', 'x'.repeat(40), 'x'.repeat(41), null],
  asked_at: [
    '2026-01-01T00:00:00Z',
    '1829-12-31T23:59:59Z',
    '1830-01-01T00:00:00Z',
    '2110-01-01T00:00:00Z',
    null,
  ],
  amount: [100, 99.99, 50_000, 50_000.01, -1, null],
  term_months: [6, 5, 60, 61, null],
  income: [0, -1, 1_000_000, 1_000_001, null],
  purpose: ['car', 'yacht', 'CAR', null],
  is_customer: [true, false, null],
  employed_since: ['2020-02-29', '1000-01-01', '0999-12-31', null],
  employer: ['mill', 'é'.repeat(40), 'é'.repeat(41), null],
  dependants: [0, 10, 11, -1],
};

describe('a contract as SQL', () => {
  const lender = useLender();
  const names = Object.keys(VALUES);
  const cases = names.flatMap((name) => VALUES[name]!.map((value) => ({ ...good, [name]: value })));
  const check = createCheck(contract, 'checkout');
  const wanted = cases.map((request) => {
    const result = check(request);
    return result.ok ? [] : result.faults.map(({ pointer }) => pointer).sort();
  });

  /** What is found of each case. @param isText as in a file */
  async function found(isText: boolean): Promise<string[][]> {
    const fields = names.map((name) => fieldSql(contract, name, isText));
    const rows = `SELECT n, ${names.map((name) => {
      const type =
        {
          amount: 'FLOAT64',
          income: 'FLOAT64',
          term_months: 'INT64',
          dependants: 'INT64',
          is_customer: 'BOOL',
          asked_at: 'TIMESTAMP',
          employed_since: 'DATE',
        }[name] ?? 'STRING';
      const text = `JSON_VALUE(line, '$.${name}')`;
      return isText ? `${text} AS ${textColumn(name)}` : `CAST(${text} AS ${type}) AS ${name}`;
    })} FROM UNNEST(@lines) AS line WITH OFFSET AS n`;
    const typed = isText
      ? `SELECT *, ${fields.map(({ name, value }) => `${value} AS ${name}`)} FROM (${rows})`
      : rows;
    const [answered] = await lender.bigquery.query({
      query: `SELECT n, ${faultsSql(fields.flatMap(({ faults }) => faults))} AS faults FROM (${typed}) ORDER BY n`,
      params: { lines: cases.map((request) => JSON.stringify(request)) },
    });
    return answered.map(({ faults }: { faults: string | null }) =>
      faults === null
        ? []
        : (JSON.parse(faults) as { pointer: string }[]).map(({ pointer }) => pointer).sort(),
    );
  }

  it('agrees with the check of requests on every bound, for a table', async () => {
    assert.ok(wanted.some((pointers) => pointers.length > 0));
    assert.deepEqual(await found(false), wanted);
  });

  it('agrees for the text of a file', async () => {
    assert.deepEqual(await found(true), wanted);
  });
});
