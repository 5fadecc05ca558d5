import assert from 'node:assert/strict';
import { ingest } from '../../../functions/ingest/run.ts';
import { query } from '../support/lender.ts';
import { loanRows } from '../support/rows.ts';
import { idsOf, RANGE, requestOf, useIngestion } from './ingesting.ts';
import { records } from './source.ts';

const { applications, outcomes } = loanRows(60);

describe('an ingestion', () => {
  const ingesting = useIngestion();
  const { lender, arrive, contextOf, count, ids, staging } = ingesting;

  it('asks the source for the day, with the parameters that it wants', async () => {
    ingesting.source.asked.length = 0;
    await arrive({});
    const body = { seed: 7, start_date: '2026-04-01', end_date: '2026-04-01' };
    const byName = ingesting.source.asked.toSorted((a, b) => (a.generator < b.generator ? -1 : 1));
    assert.deepEqual(byName, [
      { generator: 'loan_outcomes', body },
      { generator: 'loans', body },
    ]);
  });

  it('stores good records as they came, with the run that brought them', async () => {
    const summary = await arrive({ loans: applications, loan_outcomes: outcomes }, 'first');
    const all = (rows: readonly unknown[]) => ({
      received: rows.length,
      accepted: rows.length,
      quarantined: 0,
    });
    assert.deepEqual(summary, {
      run: 'first',
      state: 'done',
      range: RANGE,
      days: { known: 0, ingested: 1, left: 0 },
      applications: all(applications),
      outcomes: all(outcomes),
      quality: { passed: 0, failed: 0, warned: 0, not_measurable: 0 },
    });
    const rows = await query(
      lender,
      "SELECT TO_JSON_STRING(t) AS row FROM applications AS t WHERE asked_at >= '2000-01-01'",
    );
    const stored = new Map(
      rows.map(({ row }) => JSON.parse(String(row))).map((row) => [row.loan_id, row]),
    );
    for (const sent of applications) {
      const { _ingest_run, _ingested_at, asked_at, dependants, ...rest } = stored.get(sent.loan_id);
      assert.deepEqual([_ingest_run, _ingested_at], ['first', '2026-06-01T01:15:00Z']);
      assert.equal(Date.parse(asked_at), Date.parse(sent.asked_at));
      const { asked_at: _, dependants: said, ...others } = sent;
      assert.deepEqual(rest, others);
      assert.equal(dependants, said ?? null);
    }
    assert.deepEqual(await ids('outcomes'), idsOf(outcomes));
    assert.deepEqual(await staging(), []);
  });

  it('leaves out what the source’s transport adds', async () => {
    await arrive({ loans: [{ ...applications[0], _record_id: 'x' }] });
    assert.deepEqual(await ids(), [applications[0]!.loan_id]);
  });

  it('puts bad records into quarantine, as they came, with a pointer to every fault', async () => {
    const [good, other] = applications;
    const bad = { ...other, amount: -1, extra: 'Ünï', _record_id: 'x' };
    const summary = await arrive({
      loans: [good, bad, 'no record', [1], null],
      loan_outcomes: [{}],
    });
    assert.deepEqual(summary.applications, { received: 5, accepted: 1, quarantined: 4 });
    assert.deepEqual(await ids(), [good!.loan_id]);
    const rows = await query(
      lender,
      "SELECT * EXCEPT (quarantine_id) FROM quarantine WHERE _ingested_at >= '2000-01-01' ORDER BY record",
    );
    assert.deepEqual(
      rows.map(({ stream, record }) => [stream, JSON.parse(String(record))]).toSorted(),
      [
        ['applications', 'no record'],
        ['applications', [1]],
        ['applications', null],
        ['applications', bad],
        ['outcomes', {}],
      ].toSorted(),
    );
    const pointers = (text: string) =>
      (rows.find(({ record }) => record === text)!.faults as { pointer: string; problem: string }[])
        .map(({ pointer, problem }) => {
          assert.ok(problem.length > 0);
          return pointer;
        })
        .sort();
    assert.deepEqual(pointers(JSON.stringify(bad)), ['/amount', '/extra']);
    assert.deepEqual(pointers('"no record"'), ['']);
    assert.deepEqual(pointers('{}'), ['/defaulted', '/known_at', '/loan_id', '/outcome_id']);
  });

  it('does not let one record that no table can hold stop a day', async () => {
    const [good, ...others] = applications;
    const odd = [
      { ...others[0], employed_since: '0000-01-01' },
      { ...others[1], asked_at: '0000-01-01T00:00:00Z' },
      { ...others[2], asked_at: '9999-12-31T23:59:59-12:00' },
      { ...others[3], employer: 'half a \ud83d pair' },
      { ...others[4], asked_at: '2026-04-01T00:00:00.1234567Z' },
    ];
    const summary = await arrive({ loans: [good, ...odd] });
    assert.deepEqual(summary.applications, { received: 6, accepted: 1, quarantined: 5 });
    assert.deepEqual(await ids(), [good!.loan_id]);
    const rows = await query(
      lender,
      "SELECT fault.pointer FROM quarantine, UNNEST(faults) AS fault WHERE _ingested_at >= '2000-01-01' ORDER BY 1",
    );
    assert.deepEqual(
      rows.map(({ pointer }) => pointer),
      ['/asked_at', '/asked_at', '/asked_at', '/employed_since', '/employer'],
    );
  });

  it('counts a record once that comes twice in a stream', async () => {
    const rows = applications.slice(0, 3);
    const summary = await arrive({ loans: [...rows, ...rows, rows[0]] });
    assert.equal(summary.applications.accepted, 7);
    assert.deepEqual(await ids(), idsOf(rows));
  });

  it('counts a record once when its days are asked for again, good or bad', async () => {
    const bad = { ...applications[9], amount: 'much' };
    const loans = [...applications.slice(0, 9), bad];
    await arrive({ loans, loan_outcomes: outcomes });
    const later = { due: new Date('2026-06-03T01:15:00Z') };
    await arrive({ loans, loan_outcomes: outcomes }, undefined, later);
    assert.deepEqual(await ids(), idsOf(applications.slice(0, 9)));
    assert.deepEqual(await ids('outcomes'), idsOf(outcomes));
    const rows = await query(
      lender,
      "SELECT record, STRING(_ingested_at) AS due FROM quarantine WHERE _ingested_at >= '2000-01-01'",
    );
    assert.deepEqual(rows, [{ record: JSON.stringify(bad), due: '2026-06-01 01:15:00+00' }]);
  });

  it('counts a bad record once though the transport names each delivery of it anew', async () => {
    const bad = { ...applications[0], amount: 'much' };
    await arrive({ loans: [{ ...bad, _record_id: 'a' }] });
    await arrive({ loans: [{ ...bad, _record_id: 'b' }] });
    assert.equal((await ids('quarantine', 'stream')).length, 1);
  });

  it('adds what overlapping days and late records bring', async () => {
    await arrive({ loans: applications.slice(10, 30) });
    await arrive({ loans: applications.slice(20, 40) });
    const late = [applications[12]!, applications[5]!, applications[45]!];
    await arrive({ loans: late });
    assert.deepEqual(await ids(), idsOf([...applications.slice(10, 40), late[1]!, late[2]!]));
  });

  it('streams a day of any size through the bucket, every record once', async () => {
    const { applications: many } = loanRows(4000, 2);
    const summary = await arrive({ loans: many });
    assert.equal(summary.applications.accepted, 4000);
    assert.equal((await ids()).length, 4000);
  });

  it('ends with the bucket’s own error where it cannot land, and stores nothing', async () => {
    ingesting.source.scripts.loans = records(loanRows(4000, 2).applications);
    const context = await contextOf({ landing: lender.storage.bucket('no-such-bucket') });
    const homeless = ingest(context, requestOf('homeless'));
    await assert.rejects(homeless, { code: 404, message: /no-such-bucket|bucket does not exist/ });
    assert.equal(await count(), 0);
  });

  it('is content with a day without records', async () => {
    const none = { received: 0, accepted: 0, quarantined: 0 };
    const summary = await arrive({});
    assert.deepEqual([summary.applications, summary.outcomes], [none, none]);
    assert.equal(await count(), 0);
  });
});
