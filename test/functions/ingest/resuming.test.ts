/** Ranges of days: broken off, out of time, repeated, changed at the source. */
import assert from 'node:assert/strict';
import { daysOf } from '../../../functions/ingest/days.ts';
import { ingest } from '../../../functions/ingest/run.ts';
import { query } from '../support/lender.ts';
import { FIRST_DAY, type LoanRecord, loanRows } from '../support/rows.ts';
import { idsOf, requestOf, useIngestion } from './ingesting.ts';
import { byDay, refusal } from './source.ts';

// Two a day: from the first of April to the fifth.
const applications = loanRows(120).applications.slice(0, 10);
const RANGE = { start: FIRST_DAY, end: '2026-04-05' };
const NEVER = () => undefined;
const bad: LoanRecord = { ...applications[3]!, loan_id: 'bad', amount: -1 };

describe('a range of days', () => {
  const ingesting = useIngestion();
  const { contextOf, ids, lender } = ingesting;

  beforeEach(() => {
    ingesting.source.asked.length = 0;
    ingesting.source.scripts.loans = byDay([...applications, bad], 'asked_at');
  });

  const run = async (
    name: string,
    changes: Parameters<typeof requestOf>[1] = {},
    context: Parameters<typeof contextOf>[0] = {},
  ) =>
    ingest(await contextOf(context), requestOf(name, { range: RANGE, again: NEVER, ...changes }));

  const asked = () =>
    ingesting.source.asked
      .filter(({ generator }) => generator === 'loans')
      .map(({ body }) => `${body.start_date}..${body.end_date}`.replaceAll('2026-04-', ''));

  const records = () =>
    query(
      lender,
      `SELECT FORMAT_TIMESTAMP('%F', day) AS day, received, accepted, quarantined, _ingest_run AS run
       FROM ingested_days
       WHERE day >= '2026-01-01' AND stream = 'applications'
       ORDER BY day, _ingested_at, run`,
    );

  it('is one record a day and stream: what came, what was accepted, what was not', async () => {
    const summary = await run('range1');
    assert.deepEqual(summary.days, { known: 0, ingested: 5, left: 0 });
    assert.deepEqual(summary.applications, { received: 11, accepted: 10, quarantined: 1 });
    const whole = { received: 2, accepted: 2, quarantined: 0, run: 'range1' };
    assert.deepEqual(
      await records(),
      daysOf(RANGE).map((day) =>
        day === '2026-04-02' ? { ...whole, day, received: 3, quarantined: 1 } : { ...whole, day },
      ),
    );
    const days = await ids('ingested_days', 'stream');
    assert.equal(days.filter((stream) => stream === 'outcomes').length, 5);
  });

  it('goes on where it was broken off', async () => {
    ingesting.source.scripts.loans = (response, question) => {
      const fails = question.body.start_date === '2026-04-02';
      const script = fails ? refusal(500, 'no') : byDay(applications, 'asked_at');
      return script(response, question);
    };
    await assert.rejects(run('range2'), /answered 500/);
    assert.deepEqual(await ids(), idsOf(applications.slice(0, 2)));
    ingesting.source.scripts.loans = byDay(applications, 'asked_at');
    ingesting.source.asked.length = 0;
    const rest = await run('range3');
    assert.deepEqual(rest.days, { known: 1, ingested: 4, left: 0 });
    assert.deepEqual(asked(), ['02..02', '03..05']);
    assert.deepEqual(await ids(), idsOf(applications));
  });

  it('ends in good order when its time is over, says how far it came, and goes on when called again', async () => {
    let clock = Date.parse('2026-06-01T00:00:00Z');
    // A day takes ten seconds: each question of the source is one.
    ingesting.source.scripts.loans = (response, question) => {
      clock +=
        10_000 *
        daysOf({ start: String(question.body.start_date), end: String(question.body.end_date) })
          .length;
      return byDay(applications, 'asked_at')(response, question);
    };
    const deadline = () => new Date(clock + 45_000);
    const now = () => new Date(clock);
    const first = await run('range4', { deadline: deadline() }, { now });
    assert.deepEqual([first.state, first.days], ['unfinished', { known: 0, ingested: 4, left: 1 }]);
    assert.deepEqual(await ids(), idsOf(applications.slice(0, 8)));
    const second = await run('range4', { deadline: deadline() }, { now });
    assert.deepEqual([second.state, second.days], ['done', { known: 4, ingested: 1, left: 0 }]);
    assert.deepEqual(await ids(), idsOf(applications));
  });

  it('asks the source for nothing when all of it is there', async () => {
    await run('range5');
    ingesting.source.asked.length = 0;
    const again = await run('range6');
    assert.deepEqual([again.state, again.days], ['done', { known: 5, ingested: 0, left: 0 }]);
    assert.deepEqual(asked(), []);
    assert.equal((await records()).length, 5);
  });

  it('is ingested again on purpose, with what the source has changed, and only that', async () => {
    await run('range7');
    const mended: LoanRecord = { ...applications[4]!, amount: 4321 };
    const added: LoanRecord = { ...applications[4]!, loan_id: 'added' };
    const rows = [...applications.map((row, i) => (i === 4 ? mended : row)), added];
    ingesting.source.scripts.loans = byDay(rows, 'asked_at');
    const moment = new Date('2026-06-02T00:00:00Z');
    const later = { run: { name: 'range8', due: moment }, again: () => moment };
    const again = await run('range8', later);
    assert.deepEqual(again.days, { known: 0, ingested: 5, left: 0 });
    const stored = await query(
      lender,
      "SELECT loan_id, amount, _ingest_run AS run FROM applications WHERE asked_at >= '2026-01-01' AND _ingest_run = 'range8' ORDER BY loan_id",
    );
    assert.deepEqual(stored, [
      { loan_id: 'added', amount: added.amount, run: 'range8' },
      { loan_id: mended.loan_id, amount: 4321, run: 'range8' },
    ]);
    const [first, , third] = (await records()).filter(({ run }) => run === 'range8');
    assert.deepEqual([first!.received, third!.received], [2, 3]);
    // The same request once more: there is nothing left to do.
    ingesting.source.asked.length = 0;
    assert.deepEqual((await run('range9', later)).days.known, 5);
    assert.deepEqual(asked(), []);
  });

  it('is loaded again on purpose though the source has changed nothing, as after a loss', async () => {
    await run('range10');
    await query(lender, 'TRUNCATE TABLE applications');
    await run('range11', { again: () => new Date('2100-01-01') });
    assert.deepEqual(await ids(), idsOf(applications));
  });

  it('is the same in the end in whatever order its days come', async () => {
    await run('range12', { range: { start: '2026-04-04', end: '2026-04-05' } });
    await run('range13', { range: { start: '2026-04-01', end: '2026-04-01' } });
    const rest = await run('range14');
    assert.deepEqual(rest.days, { known: 3, ingested: 2, left: 0 });
    assert.deepEqual(asked(), ['04..04', '05..05', '01..01', '02..02', '03..03']);
    assert.deepEqual(await ids(), idsOf(applications));
  });
});
