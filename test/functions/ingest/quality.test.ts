/** Expectations on the records of a day, judged in the warehouse. */
import assert from 'node:assert/strict';
import type { Expectation } from '../../../shared/portfolio/expectations.ts';
import { query } from '../support/lender.ts';
import { loanRows } from '../support/rows.ts';
import { useIngestion } from './ingesting.ts';

const { applications, outcomes } = loanRows(120);
// All of one day: the first of April.
const loans = applications
  .slice(0, 20)
  .map((row) => ({ ...row, asked_at: `2026-04-01T${row.asked_at.slice(11)}`, income: 1000 }));
const ends = outcomes.slice(0, 10).map((row) => ({ ...row, known_at: '2026-04-01T20:00:00Z' }));

const of = <K extends Expectation['kind']>(
  kind: K,
  rest: Omit<Extract<Expectation, { kind: K }>, 'kind' | 'description' | 'severity' | 'stream'> &
    Partial<Expectation>,
): Expectation =>
  ({ stream: 'applications', severity: 'fail', description: 'So.', kind, ...rest }) as Expectation;

describe('the quality of a day', () => {
  const ingesting = useIngestion();
  const { arrive, lender, contextOf } = ingesting;

  const expecting = (...expectations: Expectation[]) => ({
    portfolio: { ...lender.portfolio, expectations },
  });
  const found = async (columns = 'expectation, verdict, records, failing') =>
    query(
      lender,
      `SELECT ${columns} FROM data_quality WHERE day >= '2000-01-01' ORDER BY expectation, day, _ingested_at`,
    );

  const changed = (count: number, change: object) =>
    loans.map((row, i) => (i < count ? { ...row, ...change } : row));

  const kinds: readonly [string, Expectation, readonly object[], readonly [number, number]][] = [
    [
      'a column that must be there',
      of('not_null', { name: 'it', column: 'income', share_at_most: 0 }),
      changed(3, { income: null }),
      [20, 3],
    ],
    [
      'a range, in which NULL is',
      of('range', { name: 'it', column: 'income', minimum: 500, maximum: 2000, share_at_most: 0 }),
      changed(2, { income: 499 }).map((row, i) =>
        i > 17 ? { ...row, income: i === 18 ? null : 2001 } : row,
      ),
      [20, 3],
    ],
    [
      'a list of numbers',
      of('accepted_values', {
        name: 'it',
        column: 'term_months',
        values: [12, 24],
        share_at_most: 0,
      }),
      loans.map((row, i) => ({ ...row, term_months: [12, 24, 36, 24][i % 4] })),
      [20, 5],
    ],
    [
      'a list of texts',
      of('accepted_values', { name: 'it', column: 'purpose', values: ['car'], share_at_most: 0 }),
      loans.map((row, i) => ({ ...row, purpose: i < 5 ? 'home' : 'car' })),
      [20, 5],
    ],
    [
      'a condition, which holds where it is not known',
      of('condition', { name: 'it', holds: 'income > 100', share_at_most: 0 }),
      changed(4, { income: 100 }).map((row, i) => (i === 19 ? { ...row, income: null } : row)),
      [20, 4],
    ],
    [
      'the part of the records that it is about',
      of('not_null', { name: 'it', column: 'income', where: "purpose = 'car'", share_at_most: 0 }),
      loans.map((row, i) => ({
        ...row,
        purpose: i < 8 ? 'car' : 'debt',
        income: i < 3 || i > 9 ? null : 5,
      })),
      [8, 3],
    ],
    [
      'a column whose values are all different',
      of('unique', { name: 'it', column: 'customer_id', share_at_most: 0 }),
      loans.map((row, i) => ({ ...row, customer_id: `c-${i < 4 ? 0 : i}` })),
      [20, 3],
    ],
  ];
  for (const [title, expectation, rows, [records, failing]] of kinds) {
    it(`is held to ${title}`, async () => {
      const summary = await arrive({ loans: rows }, undefined, expecting(expectation));
      const one = { expectation: 'it', records, failing };
      assert.deepEqual(await found(), [{ ...one, verdict: 'failed' }]);
      assert.deepEqual(summary.quality, { passed: 0, failed: 1, warned: 0, not_measurable: 0 });
      const lenient = { ...expectation, share_at_most: failing / records } as Expectation;
      await arrive({ loans: rows }, undefined, expecting(lenient));
      assert.deepEqual((await found())[1], { ...one, verdict: 'passed' });
    });
  }

  it('is held to outcomes having their applications, wherever those were ingested', async () => {
    const reference = of('reference', {
      stream: 'outcomes',
      name: 'known',
      column: 'loan_id',
      within_days: 30,
      share_at_most: 0.3,
    });
    await arrive(
      { loans: loans.slice(0, 5), loan_outcomes: ends },
      undefined,
      expecting(reference),
    );
    const stranger = ends.filter(
      ({ loan_id }) => !loans.slice(0, 5).some((loan) => loan.loan_id === loan_id),
    );
    assert.ok(stranger.length > 3);
    assert.deepEqual(await found(), [
      { expectation: 'known', verdict: 'failed', records: 10, failing: stranger.length },
    ]);
    // Those that were missing come: the day is judged again when it is ingested again.
    await arrive({ loans, loan_outcomes: ends }, undefined, expecting(reference));
    assert.deepEqual((await found())[1], {
      expectation: 'known',
      verdict: 'passed',
      records: 10,
      failing: 0,
    });
  });

  it('does not ask for applications of before the first day that was ingested', async () => {
    const reference = of('reference', {
      stream: 'outcomes',
      name: 'known',
      column: 'loan_id',
      within_days: 30,
      where: 'TIMESTAMP_SUB(known_at, INTERVAL 240 HOUR) >= @first_application',
      share_at_most: 0,
    });
    await arrive({ loan_outcomes: ends }, undefined, expecting(reference));
    assert.deepEqual(await found('verdict, records'), [{ verdict: 'not_measurable', records: 0 }]);
  });

  it('is judged day by day in one query a stream, by the days’ partitions alone', async () => {
    const rows = applications.slice(0, 6).map((row) => ({ ...row, income: null }));
    const income = of('not_null', { name: 'income', column: 'income', share_at_most: 0 });
    const context = await contextOf(expecting(income));
    const request = { range: { start: '2026-04-01', end: '2026-04-03' } };
    // The first day is asked for alone.
    await arrive({ loans: rows.slice(0, 2) }, 'one', { ...context });
    await arrive({ loans: rows }, 'all', { ...context, request });
    const queries = context.warehouse.finished.filter(({ jobId }) => /-quality-\d+$/.test(jobId));
    assert.equal(queries.filter(({ jobId }) => jobId.includes('-all-applications')).length, 2);
    const days = await found("FORMAT_TIMESTAMP('%F', day) AS day, failing, _ingest_run AS run");
    assert.deepEqual(
      days.filter(({ run }) => run === 'all'),
      ['01', '02', '03'].map((day) => ({ day: `2026-04-${day}`, failing: 2, run: 'all' })),
    );
  });

  it('raises an alert where it is not what was expected, once, and says when it is over', async () => {
    const income = of('not_null', { name: 'told', column: 'income', share_at_most: 0 });
    const alerts = () =>
      query(
        lender,
        "SELECT subject, severity, state FROM flit.alerts WHERE occurred_at >= '2000-01-01' AND kind = 'data_quality' AND subject = 'applications.told' ORDER BY occurred_at",
      );
    const bad = changed(3, { income: null });
    const first = { ...expecting(income), due: new Date('2026-04-02T01:15:00Z') };
    await arrive({ loans: bad }, 'bad', first);
    await arrive({ loans: bad }, 'bad', first);
    const raised = { subject: 'applications.told', severity: 'critical', state: 'raised' };
    assert.deepEqual(await alerts(), [raised]);
    const later = { ...first, due: new Date('2026-04-03T01:15:00Z') };
    const request = { range: { start: '2026-04-02', end: '2026-04-02' } };
    const next = loans.map((row) => ({
      ...row,
      loan_id: `x${row.loan_id}`,
      asked_at: '2026-04-02T10:00:00Z',
    }));
    await arrive({ loans: next }, 'good', { ...later, request });
    assert.deepEqual(await alerts(), [raised, { ...raised, state: 'over' }]);
  });

  it('is judged again where a run was killed before it was kept', async () => {
    const income = of('not_null', { name: 'income', column: 'income', share_at_most: 0 });
    const { warehouse } = await contextOf();
    const dying = {
      ...warehouse,
      run: async (name: string, statement: Parameters<typeof warehouse.run>[1]) => {
        if (name.includes('keep-quality')) throw new Error('killed');
        return warehouse.run(name, statement);
      },
    };
    await assert.rejects(
      arrive({ loans }, 'dies', { ...expecting(income), warehouse: dying }),
      /killed/,
    );
    const request = { again: () => undefined };
    const again = await arrive({ loans }, 'dies', { ...expecting(income), request });
    assert.deepEqual(again.days, { known: 0, ingested: 1, left: 0 });
    assert.deepEqual(await found('verdict'), [{ verdict: 'passed' }]);
  });
});
