/** An ingestion that dies at any step, and is delivered again. */
import assert from 'node:assert/strict';
import type { Warehouse } from '../../../shared/warehouse/warehouse.ts';
import { loanRows } from '../support/rows.ts';
import { idsOf, useIngestion } from './ingesting.ts';

const { applications } = loanRows(60);

describe('an ingestion that is killed and delivered again', () => {
  const ingesting = useIngestion();
  const { arrive, contextOf, ids, newName, staging } = ingesting;

  const dying = (warehouse: Warehouse, step: RegExp, moment: 'before' | 'after'): Warehouse => {
    const guard = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      if (!step.test(name)) return work();
      if (moment === 'after') await work();
      throw new Error('killed');
    };
    return {
      ...warehouse,
      run: (name, statement) => guard(name, () => warehouse.run(name, statement)),
      load: (name, load) => guard(name, () => warehouse.load(name, load)),
      deleteTable: (table) => guard(table, () => warehouse.deleteTable(table)),
    };
  };
  const bad = { ...applications[59], amount: 'much' };
  const loans = [...applications.slice(0, 59), bad];

  const steps = {
    'the load': /applications-2026-04-01-\w+-load$/,
    'the look at what is stored': /applications-[\w-]+-look$/,
    'the merge': /applications-2026-04-01-\w+-merge$/,
    'the clearing up': /^staging_\w+_applications_2026_04_01_[^_]+$/,
    'the load of the quarantine': /quarantine-\w+-load$/,
    'the merge of the quarantine': /quarantine-\w+-merge$/,
    'the clearing up of the quarantine': /^staging_\w+_quarantine_[^_]+$/,
    'the record of the day': /-record-/,
  };
  for (const [title, step] of Object.entries(steps)) {
    for (const moment of ['before', 'after'] as const) {
      it(`${moment} ${title}: has every record once in the end`, async () => {
        const name = newName();
        const { warehouse } = await contextOf();
        const first = arrive({ loans }, name, { warehouse: dying(warehouse, step, moment) });
        await assert.rejects(first, /killed/);
        const again = await arrive({ loans }, name);
        assert.equal(again.applications.accepted, 59);
        assert.deepEqual(await ids(), idsOf(applications.slice(0, 59)));
        assert.equal((await ids('quarantine', 'stream')).length, 1);
        assert.deepEqual(await staging(), []);
      });
    }
  }

  it('with more records than before: has those too', async () => {
    const name = newName();
    const { warehouse } = await contextOf();
    const first = arrive({ loans: applications.slice(0, 20) }, name, {
      warehouse: dying(warehouse, /-load$/, 'after'),
    });
    await assert.rejects(first, /killed/);
    await arrive({ loans: applications }, name);
    assert.deepEqual(await ids(), idsOf(applications));
  });

  it('twice at the same time: has every record once', async () => {
    const name = newName();
    const ended = await Promise.allSettled([arrive({ loans }, name), arrive({ loans }, name)]);
    assert.ok(ended.some(({ status }) => status === 'fulfilled'));
    assert.deepEqual(await ids(), idsOf(applications.slice(0, 59)));
    assert.equal((await ids('quarantine', 'stream')).length, 1);
  });
});
