/** Two runs that bring the same days at the same time. */
import assert from 'node:assert/strict';
import type { Warehouse } from '../../../shared/warehouse/warehouse.ts';
import { query } from '../support/lender.ts';
import { loanRows } from '../support/rows.ts';
import { idsOf, useIngestion } from './ingesting.ts';

const { applications, outcomes } = loanRows(60);

describe('two runs of the same day at the same time', function () {
  this.timeout(30_000);
  const { lender, arrive, contextOf, ids, newName, staging } = useIngestion();

  const stored = (columns: string) =>
    query(
      lender,
      `SELECT ${columns} FROM applications WHERE asked_at >= '2000-01-01' ORDER BY loan_id`,
    );

  /** In BigQuery neither of two statements that insert sees the other: this is what both leave behind. */
  const unseen = (warehouse: Warehouse, insert: string): Warehouse => ({
    ...warehouse,
    async run(name, statement) {
      const rows = await warehouse.run(name, statement);
      if (/-applications-[\w-]+-merge$/.test(name)) await query(lender, insert);
      return rows;
    },
  });
  const copied = (changes: string) =>
    `INSERT INTO applications SELECT * REPLACE (${changes}) FROM applications WHERE asked_at >= '2000-01-01'`;

  it('store every record once', async () => {
    const names = [newName(), newName(), newName()];
    const streams = { loans: applications, loan_outcomes: outcomes };
    await Promise.all(names.map((name) => arrive(streams, name)));
    assert.deepEqual(await ids(), idsOf(applications));
    assert.equal((await ids('outcomes')).length, outcomes.length);
    assert.deepEqual(await staging(), []);
  });

  it('store it once also where both inserted, and keep the one that arrived last', async () => {
    const { warehouse } = await contextOf();
    const other = copied(
      "'other' AS _ingest_run, TIMESTAMP '2026-06-01 02:00:00 UTC' AS _ingested_at",
    );
    const racing = { warehouse: unseen(warehouse, other) };
    await arrive({ loans: applications }, newName(), racing);
    assert.deepEqual(await ids(), idsOf(applications));
    const runs = await stored('loan_id, _ingest_run');
    assert.deepEqual(new Set(runs.map(({ _ingest_run }) => _ingest_run)), new Set(['other']));
  });

  it('keep the record with the latest time of its own, whoever brought it', async () => {
    const { warehouse } = await contextOf();
    const older = copied(
      "TIMESTAMP_SUB(asked_at, INTERVAL 30 DAY) AS asked_at, 'other' AS _ingest_run, TIMESTAMP '2027-01-01 00:00:00 UTC' AS _ingested_at",
    );
    const name = newName();
    await arrive({ loans: applications }, name, { warehouse: unseen(warehouse, older) });
    const runs = await stored('loan_id, _ingest_run');
    assert.deepEqual(
      runs.map(({ loan_id }) => loan_id),
      idsOf(applications),
    );
    assert.deepEqual(new Set(runs.map(({ _ingest_run }) => _ingest_run)), new Set([name]));
  });

  it('leave one of copies that are alike in every column, and all other records', async () => {
    await arrive({ loans: applications.slice(30) });
    const { warehouse } = await contextOf();
    const own = applications.slice(0, 30);
    const same = `INSERT INTO applications SELECT * FROM applications
      WHERE asked_at >= '2000-01-01' AND loan_id IN (${own.map(({ loan_id }) => `'${loan_id}'`)})`;
    await arrive({ loans: own }, undefined, { warehouse: unseen(warehouse, same) });
    assert.deepEqual(await ids(), idsOf(applications));
  });
});
