import assert from 'node:assert/strict';
import type { BigQuery } from '@google-cloud/bigquery';
import { WarehouseError } from '../../../shared/warehouse/failures.ts';
import {
  createWarehouse,
  type Warehouse,
  type WarehouseOptions,
} from '../../../shared/warehouse/warehouse.ts';
import { query, useLender } from '../../functions/support/lender.ts';
import { type KeptLog, keepLog } from '../../functions/support/log.ts';
import { RESOURCES } from '../../start/provision.ts';

describe('a warehouse', () => {
  const lender = useLender();
  let log: KeptLog;
  let count = 0;
  let job: string;
  let warehouse: Warehouse;
  beforeEach(() => {
    log = keepLog();
    job = `test-job-${++count}`;
    warehouse = warehouseOf({});
  });

  const warehouseOf = (changes: Partial<WarehouseOptions>): Warehouse =>
    createWarehouse({
      bigquery: lender.bigquery,
      datasetId: 'flit_loans',
      location: RESOURCES.location,
      log,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 5)),
      labels: { function: 'test' },
      ...changes,
    });

  const metadataOf = async (jobId: string) => {
    const [metadata] = await lender.bigquery
      .job(jobId, { location: RESOURCES.location })
      .getMetadata();
    return metadata;
  };

  it('runs a statement with named parameters, in its own dataset, and answers the rows', async () => {
    await warehouse.run(`${job}-make`, {
      sql: 'SELECT 1 AS a UNION ALL SELECT 2',
      into: 'numbers',
    });
    const rows = await warehouse.run(job, {
      sql: 'SELECT a, @text AS text, @nothing AS nothing FROM numbers WHERE a > @least ORDER BY a',
      parameters: { least: 1, text: 'x', nothing: null },
      types: { least: 'INT64', text: 'STRING', nothing: 'STRING' },
    });
    assert.deepEqual(rows, [{ a: 2, text: 'x', nothing: null }]);
  });

  it('names the job and labels it, so that its cost has an owner', async () => {
    await warehouse.run(job, { sql: 'SELECT 1' });
    const { configuration, jobReference } = await metadataOf(job);
    assert.deepEqual(configuration.labels, { function: 'test' });
    assert.equal(jobReference.location, RESOURCES.location);
  });

  it('tells what each job took that it ran or joined, failed ones too', async () => {
    await warehouse.run(`${job}-make`, { sql: 'SELECT 1 AS a', into: 'costly' });
    await warehouse.run(job, { sql: 'SELECT a FROM costly' });
    await assert.rejects(warehouse.run(`${job}-bad`, { sql: "SELECT CAST('x' AS INT64)" }));
    const joined = warehouseOf({});
    await joined.run(job, { sql: 'SELECT a FROM costly' });
    assert.deepEqual(
      warehouse.finished.map(({ jobId, failure }) => [jobId, failure !== null]),
      [
        [`${job}-make`, false],
        [job, false],
        [`${job}-bad`, true],
      ],
    );
    const { statistics } = await metadataOf(job);
    const expected = {
      jobId: job,
      failure: null,
      startedAt: new Date(Number(statistics.startTime)),
      endedAt: new Date(Number(statistics.endTime)),
      bytesProcessed: 8,
      bytesBilled: 10 * 1024 * 1024,
      slotMs: Number(statistics.totalSlotMs),
    };
    assert.deepEqual(joined.finished, [expected]);
    assert.deepEqual(warehouse.finished[1], expected);
  });

  it('joins the job that has the name: the statement runs once, whoever asks', async () => {
    const first = await warehouse.run(job, { sql: 'SELECT GENERATE_UUID() AS id' });
    const second = await warehouseOf({}).run(job, { sql: 'SELECT GENERATE_UUID() AS id' });
    assert.deepEqual(second, first);
    const [third, fourth] = await Promise.all(
      [1, 2].map(() => warehouse.run(`${job}-b`, { sql: 'SELECT GENERATE_UUID() AS id' })),
    );
    assert.deepEqual(third, fourth);
    assert.notDeepEqual(third, first);
  });

  it('answers nothing of the rows that a table takes', async () => {
    const rows = await warehouse.run(job, { sql: 'SELECT 1 AS x', into: 'taken' });
    assert.deepEqual(rows, []);
    assert.deepEqual(await query(lender, 'SELECT * FROM taken'), [{ x: 1 }]);
  });

  it('replaces a table by the rows, and does not when it joins', async () => {
    await warehouse.run(`${job}-a`, { sql: 'SELECT 1 AS x, "gone" AS y', into: 'replaced' });
    await warehouse.run(`${job}-b`, { sql: 'SELECT 2 AS x', into: 'replaced' });
    assert.deepEqual(await query(lender, 'SELECT * FROM replaced'), [{ x: 2 }]);
    await warehouse.run(`${job}-a`, { sql: 'SELECT 1 AS x, "gone" AS y', into: 'replaced' });
    assert.deepEqual(await query(lender, 'SELECT * FROM replaced'), [{ x: 2 }]);
  });

  it('names the job and says why when a statement fails', async () => {
    await assert.rejects(warehouse.run(job, { sql: 'SELECT 1 / (SELECT 0)' }), {
      name: 'WarehouseError',
      code: 'warehouse_failed',
      status: 502,
      message: new RegExp(`^The job ${job} .*division by zero`, 'is'),
    });
  });

  it('names the job and the place when a statement is refused', async () => {
    await assert.rejects(warehouse.run(job, { sql: 'SELECT 1\nFROM nowhere' }), {
      name: 'WarehouseError',
      message: new RegExp(`^The job ${job} .*nowhere`, 's'),
    });
    await assert.rejects(warehouse.run(`${job}-b`, { sql: 'SELECT 1\nFORM x y' }), {
      message: /\[2:\d+\]/,
    });
  });

  it('tries again under a number where the job of an earlier run had failed, and says so', async () => {
    const statement = { sql: 'SELECT x FROM late_table' };
    await assert.rejects(warehouse.run(job, statement), /late_table/);
    await warehouse.run(`${job}-make`, { sql: 'SELECT 7 AS x', into: 'late_table' });
    assert.deepEqual(await warehouse.run(job, statement), [{ x: 7 }]);
    assert.equal((await metadataOf(`${job}-2`)).status.state, 'DONE');
    const [told] = log.of('a job of an earlier run is of no use; trying again');
    assert.equal(told?.jobId, job);
    assert.match(String(told?.why), /late_table/);
    // And from then on that one is joined.
    assert.deepEqual(await warehouse.run(job, statement), [{ x: 7 }]);
    await assert.rejects(metadataOf(`${job}-3`), { code: 404 });
  });

  it('tries once a run, and after five failures no more', async () => {
    const statement = { sql: 'SELECT x FROM never_there' };
    for (const name of [job, `${job}-2`, `${job}-3`, `${job}-4`, `${job}-5`, `${job}-5`]) {
      await assert.rejects(warehouse.run(job, statement), new RegExp(`The job ${name} `));
    }
    await assert.rejects(metadataOf(`${job}-6`), { code: 404 });
  });

  it('asks for the answer again when the word of a job that was made got lost', async () => {
    let lost = 0;
    const bigquery = new Proxy(lender.bigquery, {
      get(target, property) {
        const member = Reflect.get(target, property) as unknown;
        if (property !== 'createQueryJob')
          return typeof member === 'function' ? member.bind(target) : member;
        return async (options: Parameters<BigQuery['createQueryJob']>[0]) => {
          await target.createQueryJob(options);
          lost++;
          // As the client's own retry meets it.
          throw Object.assign(new Error('Already Exists'), { code: 409 });
        };
      },
    });
    assert.deepEqual(await warehouseOf({ bigquery }).run(job, { sql: 'SELECT 5 AS x' }), [
      { x: 5 },
    ]);
    assert.equal(lost, 1);
  });

  it('runs a statement anew when the results of an earlier run are gone', async () => {
    const forgetful = new Proxy(lender.bigquery, {
      get(target, property) {
        const member = Reflect.get(target, property) as unknown;
        if (property !== 'job') return typeof member === 'function' ? member.bind(target) : member;
        return (...args: Parameters<BigQuery['job']>) =>
          Object.assign(target.job(...args), {
            getQueryResults: async () => {
              throw Object.assign(new Error('Not found: Table anon'), { code: 404 });
            },
          });
      },
    });
    const statement = { sql: 'SELECT 5 AS x' };
    await warehouse.run(job, statement);
    assert.deepEqual(await warehouseOf({ bigquery: forgetful }).run(job, statement), [{ x: 5 }]);
    assert.equal((await metadataOf(`${job}-2`)).status.state, 'DONE');
  });

  it('does not start a job twice for a fault on the line', async () => {
    const broken = new Proxy(lender.bigquery, {
      get(target, property) {
        const member = Reflect.get(target, property) as unknown;
        if (property !== 'job') return typeof member === 'function' ? member.bind(target) : member;
        return (...args: Parameters<BigQuery['job']>) =>
          Object.assign(target.job(...args), {
            getMetadata: async () => {
              throw Object.assign(new Error('Service unavailable'), { code: 503 });
            },
          });
      },
    });
    await warehouse.run(job, { sql: 'SELECT 1' });
    const joining = warehouseOf({ bigquery: broken }).run(job, { sql: 'SELECT 1' });
    await assert.rejects(joining, { code: 503 });
    await assert.rejects(metadataOf(`${job}-2`), { code: 404 });
  });

  it('polls ever more slowly and tells that a long job lives', async () => {
    const pauses: number[] = [];
    let looks = 0;
    const running = {
      id: job,
      metadata: {
        statistics: { query: { mlStatistics: { iterationResults: [{}, {}], maxIterations: 9 } } },
      },
      getMetadata: async () => [{ status: { state: looks++ < 60 ? 'RUNNING' : 'DONE' } }],
      getQueryResults: async () => [[{ x: 1 }]],
    };
    const bigquery = new Proxy(lender.bigquery, {
      get: (target, property) =>
        property === 'createQueryJob' ? async () => [running] : Reflect.get(target, property),
    });
    const sleep = async (milliseconds: number) => {
      pauses.push(milliseconds);
    };
    await warehouseOf({ bigquery, sleep }).run(job, { sql: 'SELECT 1' });
    assert.equal(pauses[0], 50);
    assert.equal(Math.max(...pauses), 5000);
    assert.deepEqual(
      pauses,
      [...pauses].sort((a, b) => a - b),
    );
    const [told] = log.of('a job is running');
    assert.deepEqual([told?.job, told?.iterations, told?.of], [job, 2, 9]);
  });

  it('waits no longer than there is time, says how far the job is, and joins it later', async () => {
    let isDone = false;
    const running = {
      id: job,
      metadata: {
        statistics: { query: { mlStatistics: { iterationResults: [{}, {}], maxIterations: 9 } } },
      },
      getMetadata: async () => [{ status: { state: isDone ? 'DONE' : 'RUNNING' } }],
      getQueryResults: async () => [[{ x: 1 }]],
    };
    const bigquery = new Proxy(lender.bigquery, {
      get: (target, property) =>
        property === 'createQueryJob' ? async () => [running] : Reflect.get(target, property),
    });
    let looks = 0;
    const hurried = warehouseOf({ bigquery, timeIsUp: () => ++looks === 3, sleep: async () => {} });
    await assert.rejects(hurried.run(job, { sql: 'SELECT 1' }), {
      name: 'JobUnderWay',
      jobId: job,
      progress: { iterations: 2, of: 9 },
    });
    assert.equal(looks, 3);
    isDone = true;
    assert.deepEqual(await hurried.run(job, { sql: 'SELECT 1' }), [{ x: 1 }]);
  });

  it('tells what would fail again from what may pass', async () => {
    const isFinal = async (name: string, sql: string) => {
      const error = await warehouse.run(name, { sql }).catch((reason: unknown) => reason);
      assert.ok(error instanceof WarehouseError);
      return error.final;
    };
    assert.equal(await isFinal(`${job}-a`, 'SELECT 1 / (SELECT 0)'), true);
    assert.equal(await isFinal(`${job}-b`, 'SELECT 1\nFORM x y'), true);
    assert.equal(await isFinal(`${job}-c`, 'SELECT 1 FROM nowhere'), false);
    assert.equal(new WarehouseError('down', 'jobBackendError').final, false);
    assert.equal(new WarehouseError('no word why').final, false);
  });

  describe('that loads', () => {
    const schema = [
      { name: 'id', type: 'INT64', mode: 'REQUIRED' },
      { name: 'word', type: 'STRING', mode: 'NULLABLE' },
    ];
    const put = async (object: string, lines: readonly unknown[]) => {
      const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      await lender.models.file(object).save(body.join('\n'), { resumable: false });
      return { bucket: lender.models.name, object, table: 'loaded', schema };
    };

    it('replaces the table by the rows of an object and answers how many', async () => {
      const first = await put('a.ndjson', [{ id: 1, word: 'a' }, { id: 2 }]);
      assert.equal(await warehouse.load(`${job}-a`, first), 2);
      const second = await put('b.ndjson', [{ id: 3, word: 'c' }]);
      assert.equal(await warehouse.load(`${job}-b`, second), 1);
      assert.deepEqual(await query(lender, 'SELECT * FROM loaded'), [{ id: 3, word: 'c' }]);
    });

    it('joins the load that has the name', async () => {
      const load = await put('c.ndjson', [{ id: 1 }]);
      await warehouse.load(job, load);
      await put('c.ndjson', [{ id: 2 }, { id: 3 }]);
      assert.equal(await warehouse.load(job, load), 1);
      assert.deepEqual(await query(lender, 'SELECT id FROM loaded'), [{ id: 1 }]);
    });

    it('keeps the table as it was, names the job and says why when a row does not fit', async () => {
      await warehouse.load(`${job}-a`, await put('d.ndjson', [{ id: 1 }]));
      const bad = await put('e.ndjson', [{ id: 2 }, { id: 'no number' }]);
      await assert.rejects(warehouse.load(`${job}-b`, bad), {
        name: 'WarehouseError',
        message: new RegExp(`The job ${job}-b failed: .*`),
      });
      assert.deepEqual(await query(lender, 'SELECT id FROM loaded'), [{ id: 1 }]);
      await put('e.ndjson', [{ id: 2 }]);
      assert.equal(await warehouse.load(`${job}-b`, bad), 1);
      assert.deepEqual(await query(lender, 'SELECT id FROM loaded'), [{ id: 2 }]);
    });

    it('says that there is no such object', async () => {
      const load = { bucket: lender.models.name, object: 'none.ndjson', table: 'loaded', schema };
      await assert.rejects(warehouse.load(job, load), /none\.ndjson/);
    });
  });

  it('deletes a table, whether it is there or not', async () => {
    await warehouse.run(job, { sql: 'SELECT 1 AS x', into: 'short_lived' });
    await warehouse.deleteTable('short_lived');
    await warehouse.deleteTable('short_lived');
    await assert.rejects(query(lender, 'SELECT * FROM short_lived'), /short_lived/);
  });
});
