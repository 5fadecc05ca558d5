/** Quarantined records that are taken through a contract again. */
import assert from 'node:assert/strict';
import { type ReleaseRequest, release } from '../../../functions/ingest/release.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { query } from '../support/lender.ts';
import { type LoanRecord, loanRows } from '../support/rows.ts';
import { idsOf, useIngestion } from './ingesting.ts';

const { applications, outcomes } = loanRows(60);
const few: readonly LoanRecord[] = applications.slice(0, 4);
const bad = few.map((row) => ({ ...row, amount: 60_000, _record_id: 'x' }));
const worse = { ...applications[9]!, amount: 'much' };

describe('quarantine, checked again', () => {
  const ingesting = useIngestion();
  const { arrive, contextOf, ids, lender, newName, staging } = ingesting;

  /** Loans of up to a hundred thousand are allowed. */
  const mended = (): Portfolio => {
    const { application } = lender.portfolio;
    const amount = { ...application.properties.amount!, maximum: 100_000 };
    const properties = { ...application.properties, amount } as typeof application.properties;
    return { ...lender.portfolio, application: { ...application, properties } };
  };
  const again = async (
    changes: Parameters<typeof contextOf>[0] = { portfolio: mended() },
    request: Partial<ReleaseRequest> = {},
  ) =>
    release(await contextOf(changes), {
      run: { name: newName(), due: new Date('2026-06-05T10:00:00Z') },
      range: { start: '2000-01-01', end: '2999-12-31' },
      deadline: new Date('2100-01-01'),
      ...request,
    });
  const marks = () =>
    query(
      lender,
      `SELECT record_key, release, FORMAT_TIMESTAMP('%F', released_at) AS day
       FROM quarantine WHERE _ingested_at >= '2000-01-01' ORDER BY record_key`,
    );

  it('lets those go that the contract allows now, marks them, and keeps the others', async () => {
    await arrive({ loans: [...bad, worse], loan_outcomes: [{ ...outcomes[0], defaulted: 7 }] });
    const summary = await again();
    assert.equal(summary.state, 'done');
    assert.deepEqual(summary.applications, { taken: 5, released: 4, still_refused: 1 });
    assert.deepEqual(summary.outcomes, { taken: 1, released: 0, still_refused: 1 });
    assert.deepEqual(await ids(), idsOf(few));
    const gone = { release: 'accepted', day: '2026-06-05' };
    assert.deepEqual(
      (await marks()).filter(({ release }) => release !== null),
      few.map((row) => ({ record_key: row.loan_id, ...gone })),
    );
    assert.equal((await marks()).length, 6);
    assert.deepEqual(await staging(), []);
  });

  it('does nothing twice', async () => {
    await arrive({ loans: bad });
    await again();
    assert.deepEqual((await again()).applications, { taken: 0, released: 0, still_refused: 0 });
    assert.deepEqual(await ids(), idsOf(few));
    // The source sends them again, as they were and under the old contract.
    await arrive({ loans: bad });
    assert.deepEqual(
      (await marks()).map((row) => row.release),
      ['accepted', 'accepted', 'accepted', 'accepted'],
    );
  });

  it('changes nothing while the contract is the old one', async () => {
    await arrive({ loans: bad });
    const summary = await again({});
    assert.deepEqual(summary.applications, { taken: 4, released: 0, still_refused: 4 });
    assert.deepEqual(await ids(), []);
  });

  it('does not put an old version in the place of a later one', async () => {
    await arrive({ loans: [bad[0]] });
    const later: LoanRecord = { ...few[0]!, loan_id: 'other', asked_at: '2026-04-09T00:00:00Z' };
    await arrive({ loans: [later, { ...few[0]!, asked_at: '2026-03-31T00:00:00Z' }] });
    await arrive({ loans: [{ ...bad[0]!, loan_id: 'other', asked_at: '2026-04-08T00:00:00Z' }] });
    await again();
    const amounts = await query(
      lender,
      "SELECT loan_id, amount FROM applications WHERE asked_at >= '2000-01-01' ORDER BY loan_id",
    );
    assert.deepEqual(amounts, [
      { loan_id: few[0]!.loan_id, amount: 60_000 },
      { loan_id: 'other', amount: later.amount },
    ]);
  });

  it('takes those of the days that it is told', async () => {
    await arrive({ loans: [bad[0]] }, undefined, { due: new Date('2026-06-01T01:15:00Z') });
    await arrive({ loans: [bad[1]] }, undefined, { due: new Date('2026-06-02T01:15:00Z') });
    const range = { start: '2026-06-02', end: '2026-06-02' };
    const summary = await again({ portfolio: mended() }, { range });
    assert.deepEqual(summary.applications, { taken: 1, released: 1, still_refused: 0 });
    assert.deepEqual(await ids(), [few[1]!.loan_id]);
  });

  it('begins nothing when its time is over, and says so', async () => {
    await arrive({ loans: bad });
    const late = { deadline: new Date('2000-01-01') };
    assert.equal((await again({ portfolio: mended() }, late)).state, 'unfinished');
    assert.deepEqual(await ids(), []);
  });

  for (const step of [/-load$/, /-merge$/, /-accept$/]) {
    for (const moment of ['before', 'after'] as const) {
      it(`has every record once in the end, killed ${moment} ${step.source}`, async () => {
        await arrive({ loans: bad });
        const { warehouse } = await contextOf();
        const guard = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
          if (!step.test(name)) return work();
          if (moment === 'after') await work();
          throw new Error('killed');
        };
        const dying: typeof warehouse = {
          ...warehouse,
          run: (name, statement) => guard(name, () => warehouse.run(name, statement)),
          load: (name, load) => guard(name, () => warehouse.load(name, load)),
        };
        const run = { name: newName(), due: new Date('2026-06-05T10:00:00Z') };
        const portfolio = mended();
        await assert.rejects(again({ portfolio, warehouse: dying }, { run }), /killed/);
        await again({ portfolio }, { run });
        assert.deepEqual(await ids(), idsOf(few));
        assert.ok((await marks()).every(({ release }) => release === 'accepted'));
        assert.deepEqual(await staging(), []);
      });
    }
  }
});
