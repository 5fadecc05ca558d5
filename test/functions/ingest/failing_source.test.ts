/** A source that fails in every way, and what is left behind. */
import assert from 'node:assert/strict';
import { ingest } from '../../../functions/ingest/run.ts';
import { RESOURCES } from '../../start/provision.ts';
import { keepLog } from '../support/log.ts';
import { loanRows } from '../support/rows.ts';
import { idsOf, requestOf, useIngestion } from './ingesting.ts';
import { brokenOff, end, events, message, records, refusal, startSource } from './source.ts';

const { applications, outcomes } = loanRows(60);

describe('an ingestion from a source that fails', () => {
  const ingesting = useIngestion();
  const { lender, arrive, contextOf, count, ids, newName } = ingesting;

  const sent = applications.slice(0, 3).map((row) => message(row));
  const cases = {
    'answers with an error': [refusal(500, 'out of memory'), /answered 500: out of memory/],
    'does not know the stream': [refusal(404, 'no such generator'), /answered 404: no such/],
    'breaks off in the middle': [brokenOff(sent), /broke off after 3 records/],
    'says that it failed': [
      events([...sent, 'event: error\ndata: {"why": "disk"}\n\n']),
      /failed after 3 records: \{"why": "disk"\}/,
    ],
    'counts more than arrived': [
      events([...sent, end(4)]),
      /says that it sent 4 records; 3 arrived/,
    ],
    'sends what is not JSON': [
      events([...sent, 'data: {"loan_id": \n\n']),
      /not JSON after 3 records/,
    ],
  } as const;
  for (const [title, [script, message]] of Object.entries(cases)) {
    it(`and ${title}: says so and stores nothing of the stream, not even in the bucket`, async () => {
      ingesting.source.scripts.loans = script;
      const name = newName();
      await assert.rejects(ingest(await contextOf(), requestOf(name)), {
        code: 'unavailable',
        status: 503,
        message,
      });
      assert.equal(await count(), 0);
      const landing = lender.storage.bucket(RESOURCES.landingBucket);
      const [landed] = await landing.getFiles({ prefix: `ingest/loans/${name}/applications` });
      assert.deepEqual(
        landed.map((file) => file.name),
        [],
      );
      // The same run again, once the source is well.
      await arrive({ loans: applications }, name);
      assert.deepEqual(await ids(), idsOf(applications));
    });
  }

  it('and cannot be reached: says what to look at', async () => {
    const gone = await startSource();
    await gone.stop();
    const context = await contextOf({ source: { url: gone.url, parameters: {} } });
    await assert.rejects(ingest(context, requestOf('gone')), {
      code: 'unavailable',
      message: /stream\/.* cannot be reached: is SOURCE_URL right, and the server up\?/,
    });
    assert.equal(await count(), 0);
  });

  it('and so do both streams: says both', async () => {
    ingesting.source.scripts.loans = refusal(500, 'one');
    ingesting.source.scripts.loan_outcomes = refusal(500, 'two');
    const log = keepLog();
    const both = ingest(await contextOf({ log }), requestOf('both'));
    await assert.rejects(both, /answered 500: one/);
    const told = log.of('a stream was not ingested');
    assert.deepEqual(
      told.map(({ stream, stack_trace }) => [stream, /500: (\w+)/.exec(String(stack_trace))?.[1]]),
      [
        ['applications', 'one'],
        ['outcomes', 'two'],
      ],
    );
  });

  it('keeps the other stream', async () => {
    ingesting.source.scripts.loan_outcomes = refusal(500, 'no');
    ingesting.source.scripts.loans = records(applications);
    await assert.rejects(ingest(await contextOf(), requestOf('half')), /answered 500/);
    assert.deepEqual(await ids(), idsOf(applications));
    await arrive({ loan_outcomes: outcomes }, 'half');
    assert.deepEqual(await ids(), idsOf(applications));
    assert.deepEqual(await ids('outcomes'), idsOf(outcomes));
  });
});
