/** Records that come again: late, twice, corrected, out of order, or once bad. */
import assert from 'node:assert/strict';
import { query } from '../support/lender.ts';
import { loanRows } from '../support/rows.ts';
import { useIngestion } from './ingesting.ts';

const { applications, outcomes } = loanRows(60);
const [loan] = applications;

describe('a record that comes again', () => {
  const ingesting = useIngestion();
  const { arrive, lender } = ingesting;

  const stored = (table = 'applications', columns = 'loan_id, amount, _ingest_run AS run') =>
    query(
      lender,
      `SELECT ${columns} FROM ${table} WHERE ${table === 'applications' ? 'asked_at' : 'known_at'} >= '2000-01-01' ORDER BY 1`,
    );
  const amounts = async () => (await stored()).map(({ amount }) => amount);
  const at = (time: string, amount: number) => ({ ...loan!, asked_at: time, amount });
  const NOON = '2026-04-01T12:00:00Z';

  it('with other values at the same time: takes the place of the first', async () => {
    await arrive({ loans: [at(NOON, 500)] }, 'same1');
    await arrive({ loans: [at(NOON, 600)] }, 'same2');
    assert.deepEqual(await stored(), [{ loan_id: loan!.loan_id, amount: 600, run: 'same2' }]);
  });

  it('as it was: leaves the first untouched', async () => {
    await arrive({ loans: [at(NOON, 500)] }, 'still1');
    await arrive({ loans: [at(NOON, 500), { ...at(NOON, 700), loan_id: 'other' }] }, 'still2');
    assert.deepEqual((await stored()).map(({ run }) => run).sort(), ['still1', 'still2']);
  });

  it('at a later time: takes the place of the first, in another partition', async () => {
    await arrive({ loans: [at(NOON, 500)] });
    await arrive({ loans: [at('2026-04-20T12:00:00Z', 600)] });
    assert.deepEqual(await amounts(), [600]);
  });

  it('at an earlier time, an old copy that comes late: changes nothing', async () => {
    await arrive({ loans: [at('2026-04-20T12:00:00Z', 600)] });
    await arrive({ loans: [at(NOON, 500)] });
    assert.deepEqual(await amounts(), [600]);
  });

  it('several times in one delivery: the latest counts, and of the same time the last', async () => {
    const later = '2026-04-01T13:00:00Z';
    await arrive({ loans: [at(later, 3), at(NOON, 1), at(later, 4)].map(allowed) });
    assert.deepEqual(await amounts(), [400]);
  });
  const allowed = <T extends { amount: number }>(row: T): T => ({
    ...row,
    amount: row.amount * 100,
  });

  it('ends the same in whatever order its versions come', async () => {
    const versions = [
      at(NOON, 500),
      at('2026-04-10T12:00:00Z', 600),
      at('2026-04-15T12:00:00Z', 700),
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      await query(lender, 'TRUNCATE TABLE applications');
      for (const i of order) await arrive({ loans: [versions[i]!] });
      assert.deepEqual(await amounts(), [700], String(order));
    }
  });

  it('is looked for as far away as the portfolio says, and no farther', async () => {
    const portfolio = {
      ...lender.portfolio,
      source: { ...lender.portfolio.source, corrected_within_days: 5 },
    };
    await arrive({ loans: [at(NOON, 500)] });
    await arrive({ loans: [at('2026-04-06T12:00:00Z', 600)] }, undefined, { portfolio });
    assert.deepEqual(await amounts(), [600]);
    await arrive({ loans: [at('2026-04-13T12:00:00Z', 700)] }, undefined, { portfolio });
    assert.deepEqual(await amounts(), [600, 700]);
  });

  it('as an outcome before its application: both are there', async () => {
    const [first, second] = outcomes;
    await arrive({ loan_outcomes: [second, first] });
    await arrive({ loans: applications.slice(0, 5) });
    await arrive({ loan_outcomes: [first, { ...second!, defaulted: 1 - second!.defaulted }] });
    assert.deepEqual(
      await stored('outcomes', 'outcome_id, defaulted'),
      [first!, { ...second!, defaulted: 1 - second!.defaulted }].map(
        ({ outcome_id, defaulted }) => ({ outcome_id, defaulted }),
      ),
    );
  });
});

describe('a quarantined record', () => {
  const ingesting = useIngestion();
  const { arrive, ids, lender } = ingesting;
  const bad = { ...loan!, amount: -1 };
  const waiting = () =>
    query(
      lender,
      `SELECT record_key, release, released_by, FORMAT_TIMESTAMP('%F', released_at) AS day
       FROM quarantine WHERE _ingested_at >= '2000-01-01' ORDER BY record_key`,
    );

  it('knows the key and the time of its record, where there are some', async () => {
    await arrive({ loans: [bad, { loan_id: 7, asked_at: 'soon' }, 'nothing', null] });
    const rows = await query(
      lender,
      `SELECT record_key, FORMAT_TIMESTAMP('%FT%TZ', record_time) AS time
       FROM quarantine WHERE _ingested_at >= '2000-01-01' ORDER BY record_key`,
    );
    const time = bad.asked_at.replace('.000', '');
    assert.deepEqual(rows, [
      { record_key: null, time: null },
      { record_key: null, time: null },
      { record_key: '7', time: null },
      { record_key: bad.loan_id, time },
    ]);
  });

  it('leaves when the source sends it mended: marked, not deleted', async () => {
    await arrive({ loans: [bad] }, 'bad1');
    await arrive({ loans: [loan] }, 'good1', { due: new Date('2026-06-03T01:15:00Z') });
    assert.deepEqual(await ids(), [loan!.loan_id]);
    const gone = { release: 'corrected', released_by: 'good1', day: '2026-06-03' };
    assert.deepEqual(await waiting(), [{ record_key: bad.loan_id, ...gone }]);
  });

  it('stays when another record is sent, or an older version of it, or another stream', async () => {
    const [, other] = applications;
    await arrive({ loans: [bad] });
    const older = { ...loan!, asked_at: '2026-03-01T00:00:00Z' };
    const outcome = { ...outcomes[0]!, outcome_id: loan!.loan_id };
    await arrive({ loans: [other, older], loan_outcomes: [outcome] });
    assert.deepEqual(await waiting(), [
      { record_key: bad.loan_id, release: null, released_by: null, day: null },
    ]);
  });
});
