import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dataset, Job } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

const JSON_FORMAT = { sourceFormat: 'NEWLINE_DELIMITED_JSON' };

describe('load, extract and copy jobs', () => {
  let bigquery: TestBigQuery;
  let dataset: Dataset;
  let storage: Storage;
  let folder: string;
  before(async () => {
    bigquery = await startBigQuery();
    [dataset] = await bigquery.client.createDataset('d');
    storage = new Storage({ projectId: 'p', apiEndpoint: bigquery.origin });
    await storage.createBucket('bucket');
    folder = await mkdtemp(join(tmpdir(), 'loads-'));
  });
  after(async () => {
    await bigquery.stop();
    await rm(folder, { recursive: true });
  });

  const rowsOf = async (tableId: string) => (await dataset.table(tableId).getRows())[0];

  const put = (name: string, content: string) =>
    storage.bucket('bucket').file(name).save(content, { resumable: false });

  /** Waits more eagerly than the client. */
  const ended = async (job: Job) => {
    for (;;) {
      const [metadata] = await job.getMetadata();
      if (metadata.status.state === 'DONE') return metadata;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };

  const loadText = async (tableId: string, text: string, metadata: object) => {
    const path = join(folder, tableId);
    await writeFile(path, text);
    const [job] = await dataset.table(tableId).createLoadJob(path, metadata as object);
    return ended(job);
  };

  const loadUri = async (tableId: string, name: string, metadata: object) => {
    const file = storage.bucket('bucket').file(name);
    const [job] = await dataset.table(tableId).createLoadJob(file, metadata as object);
    return ended(job);
  };

  const schema = (text: string) => ({
    schema: {
      fields: text.split(',').map((field) => {
        const [name, type] = field.split(':');
        return { name, type };
      }),
    },
  });

  describe('loads', () => {
    it('take a file from the client, and say what came of it', async () => {
      const text = '{"a":1,"b":"x"}\n{"a":2}\n';
      const { statistics, status } = await loadText('file', text, {
        ...JSON_FORMAT,
        ...schema('a:INTEGER,b:STRING'),
      });
      assert.equal(status.errorResult, undefined);
      assert.deepEqual(statistics.load, {
        inputFiles: '1',
        inputFileBytes: String(text.length),
        outputRows: '2',
        outputBytes: '19',
        badRecords: '0',
      });
      assert.deepEqual(await rowsOf('file'), [
        { a: 1, b: 'x' },
        { a: 2, b: null },
      ]);
    });

    it('take a stream from the client', async () => {
      const table = dataset.table('stream');
      const stream = table.createWriteStream({
        sourceFormat: 'CSV',
        ...schema('a:INTEGER,b:STRING'),
      } as object);
      const completed = once(stream, 'complete');
      await pipeline(Readable.from(['1,x\n', '2,', 'y\n']), stream);
      await completed;
      assert.deepEqual(await rowsOf('stream'), [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ]);
    });

    it('take a resumable upload, in pieces and after a break', async () => {
      const { origin } = bigquery;
      const configuration = {
        load: {
          destinationTable: { projectId: 'p', datasetId: 'd', tableId: 'resumed' },
          ...JSON_FORMAT,
          ...schema('a:INTEGER'),
        },
      };
      const begun = await fetch(
        `${origin}/upload/bigquery/v2/projects/p/jobs?uploadType=resumable`,
        { method: 'POST', body: JSON.stringify({ configuration }) },
      );
      const session = begun.headers.get('location')!;
      const lines = '{"a":1}\n'.repeat(40_000);
      const piece = 256 * 1024;
      const put = (range: string, body: string) =>
        fetch(session, { method: 'PUT', headers: { 'content-range': range }, body });
      const first = await put(`bytes 0-${piece - 1}/*`, lines.slice(0, piece));
      assert.equal(first.status, 308);
      const asked = await put(`bytes */${lines.length}`, '');
      assert.equal(asked.headers.get('range'), `bytes=0-${piece - 1}`);
      const last = await put(
        `bytes ${piece}-${lines.length - 1}/${lines.length}`,
        lines.slice(piece),
      );
      const job = (await last.json()) as { jobReference: { jobId: string; location: string } };
      const { jobId, location } = job.jobReference;
      const metadata = await ended(bigquery.client.job(jobId, { location }));
      assert.equal(metadata.statistics.load.outputRows, '40000');
    });

    it('take objects of Cloud Storage, one star expanded', async () => {
      await put('day/1.json', '{"a":1}\n');
      await put('day/2.json', '{"a":2}\n');
      await put('day/3.csv', 'no');
      const { statistics } = await loadUri('objects', 'day/*.json', {
        ...JSON_FORMAT,
        ...schema('a:INTEGER'),
      });
      assert.equal(statistics.load.inputFiles, '2');
      assert.deepEqual(await rowsOf('objects'), [{ a: 1 }, { a: 2 }]);
    });

    it('fail where the object is not, and change nothing', async () => {
      const { status } = await loadUri('missing', 'none.json', {
        ...JSON_FORMAT,
        ...schema('a:INTEGER'),
      });
      assert.deepEqual(status.errorResult, {
        reason: 'notFound',
        message: 'Not found: URI gs://bucket/none.json',
      });
      assert.deepEqual(await dataset.table('missing').exists(), [false]);
      const file = storage.bucket('nowhere').file('x.json');
      const [job] = await dataset.table('missing').createLoadJob(file, JSON_FORMAT);
      assert.match((await ended(job)).status.errorResult.message, /gs:\/\/nowhere\/x\.json/);
    });

    it('fail as a whole for one bad line, with its place', async () => {
      await loadText('whole', '{"a":0}\n', { ...JSON_FORMAT, ...schema('a:INTEGER') });
      const text = '{"a":1}\n{"a":2}\n{"a":\n{"a":4}\n{"a":5}\n';
      const { status, statistics } = await loadText('whole', text, JSON_FORMAT);
      assert.equal(
        status.errorResult.message,
        'Error while reading data, error message: JSON processing encountered too many errors, giving up. Rows: 3; errors: 1; max bad: 0; error percent: 0',
      );
      assert.deepEqual(status.errors[1], {
        reason: 'invalid',
        message:
          'Error while reading data, error message: JSON parsing error in row starting at position 16: Parser terminated before end of string',
        debugInfo: 'line 3',
      });
      assert.equal(statistics.load, undefined);
      assert.deepEqual(await rowsOf('whole'), [{ a: 0 }]);
      await assert.rejects(
        dataset.table('whole').load(join(folder, 'whole'), JSON_FORMAT),
        /JSON processing encountered too many errors/,
      );
    });

    it('let bad lines pass as far as allowed, and warn of them', async () => {
      const { status, statistics } = await loadText('warned', '{"a":1}\n{"a":"x"}\n', {
        ...JSON_FORMAT,
        ...schema('a:INTEGER'),
        maxBadRecords: 1,
      });
      assert.equal(status.errorResult, undefined);
      assert.equal(status.errors.length, 1);
      assert.equal(statistics.load.badRecords, '1');
      assert.deepEqual(await rowsOf('warned'), [{ a: 1 }]);
    });

    it('add, replace or refuse as the disposition says', async () => {
      const metadata = { ...JSON_FORMAT, ...schema('a:INTEGER') };
      const load = (more: object = {}) =>
        loadText('disposed', '{"a":1}\n', { ...metadata, ...more });
      await load();
      await load();
      assert.equal((await rowsOf('disposed')).length, 2);
      const refused = await load({ writeDisposition: 'WRITE_EMPTY' });
      assert.equal(refused.status.errorResult.reason, 'duplicate');
      await load({ writeDisposition: 'WRITE_TRUNCATE', ...schema('a:FLOAT') });
      assert.deepEqual(await rowsOf('disposed'), [{ a: 1 }]);
      const [{ schema: replaced }] = await dataset.table('disposed').getMetadata();
      assert.equal(replaced.fields[0].type, 'FLOAT');
      const never = await loadText('never', '{"a":1}\n', {
        ...metadata,
        createDisposition: 'CREATE_NEVER',
      });
      assert.equal(never.status.errorResult.message, 'Not found: Table p:d.never');
    });

    it('keep to the schema of the table unless they may change it', async () => {
      await dataset.createTable('strict', {
        schema: { fields: [{ name: 'a', type: 'INTEGER', mode: 'REQUIRED' }] },
      });
      const both = { ...JSON_FORMAT, ...schema('a:INTEGER,b:STRING') };
      const refused = await loadText('strict', '{"a":1,"b":"x"}', both);
      assert.equal(
        refused.status.errorResult.message,
        'Provided Schema does not match Table p:d.strict. Field a has changed mode from REQUIRED to NULLABLE',
      );
      const unknown = await loadText('strict', '{"a":1,"b":"x"}', JSON_FORMAT);
      assert.match(unknown.status.errors[1].message, /No such field: b\.$/);
      const missing = await loadText('strict', '{}', JSON_FORMAT);
      assert.match(missing.status.errors[1].message, /Missing required field: .*\.a\.$/);
      const options = ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION'];
      await loadText('strict', '{"a":null,"b":"x"}', { ...both, schemaUpdateOptions: options });
      assert.deepEqual(await rowsOf('strict'), [{ a: null, b: 'x' }]);
    });

    it('leave one of two whole, when both replace the table at once', async () => {
      const load = (a: number) =>
        loadText(`both${a}`, `{"a":${a}}\n`.repeat(500), {
          ...JSON_FORMAT,
          ...schema('a:INTEGER'),
          writeDisposition: 'WRITE_TRUNCATE',
          destinationTable: { projectId: 'p', datasetId: 'd', tableId: 'both' },
        });
      const ends = await Promise.all([load(1), load(2), load(3)]);
      assert.ok(ends.every(({ status }) => status.errorResult === undefined));
      const rows = await rowsOf('both');
      assert.equal(rows.length, 500);
      assert.equal(new Set(rows.map(({ a }) => a)).size, 1);
    });

    it('are stopped by cancel before their rows are seen', async () => {
      await put('large.json', '{"a":[1]}\n'.repeat(400_000));
      const [job] = await dataset
        .table('cancelled')
        .createLoadJob(storage.bucket('bucket').file('large.json'), {
          ...JSON_FORMAT,
          schema: { fields: [{ name: 'a', type: 'INTEGER', mode: 'REPEATED' }] },
        });
      await job.cancel();
      assert.equal((await ended(job)).status.errorResult.reason, 'stopped');
      assert.deepEqual(await dataset.table('cancelled').exists(), [false]);
    });

    it('refuse a dataset that is not there, and what they do not support', async () => {
      const file = storage.bucket('bucket').file('day/1.json');
      const [job] = await bigquery.client
        .dataset('none')
        .table('t')
        .createLoadJob(file, JSON_FORMAT);
      assert.equal((await ended(job)).status.errorResult.message, 'Not found: Dataset p:none');
      await assert.rejects(
        dataset.table('t').createLoadJob(file, { sourceFormat: 'AVRO' }),
        status(501, 'notImplemented', /AVRO/),
      );
    });
  });

  describe('extracts', () => {
    before(async () => {
      const [table] = await dataset.createTable('source', {
        schema: 'i:INTEGER,f:FLOAT,s:STRING,b:BOOLEAN,ts:TIMESTAMP,d:DATE,n:NUMERIC,y:BYTES',
      });
      await table.insert([
        {
          i: 1,
          f: 1.5,
          s: 'a "b", c',
          b: true,
          ts: '2026-01-02 03:04:05.5',
          d: '2026-01-02',
          n: '1.25',
          y: 'AP8=',
        },
        { i: 2, s: '' },
      ]);
    });

    const extract = async (tableId: string, name: string, metadata: object = {}) => {
      const file = storage.bucket('bucket').file(name);
      const [job] = await dataset.table(tableId).createExtractJob(file, metadata);
      return ended(job);
    };

    const content = async (name: string) =>
      (await storage.bucket('bucket').file(name).download())[0].toString();

    it('write CSV with a header', async () => {
      const { statistics } = await extract('source', 'out.csv');
      assert.deepEqual(statistics.extract.destinationUriFileCounts, ['1']);
      assert.equal(
        await content('out.csv'),
        'i,f,s,b,ts,d,n,y\n1,1.5,"a ""b"", c",true,2026-01-02 03:04:05.500 UTC,2026-01-02,1.25,AP8=\n2,,"",,,,,\n',
      );
      await extract('source', 'bare.csv', { printHeader: false, fieldDelimiter: '\t' });
      assert.match(await content('bare.csv'), /^1\t1\.5\t"a ""b"", c"\t/);
    });

    it('write one partition of a table that is partitioned by integers, and of no other', async () => {
      await dataset.createTable('parts', {
        schema: 'shard:INTEGER,s:STRING',
        rangePartitioning: { field: 'shard', range: { start: '0', end: '4', interval: '2' } },
      });
      const rows = [0, 1, 2, 3].map((shard) => ({ shard, s: `row ${shard}` }));
      await dataset.table('parts').insert(rows);
      const { statistics } = await extract('parts$2', 'part.csv');
      assert.equal(statistics.extract.inputBytes, String(2 * (8 + 2 + 'row 2'.length)));
      assert.equal(await content('part.csv'), 'shard,s\n2,row 2\n3,row 3\n');
      const { status } = await extract('source$2', 'none.csv');
      assert.match(status.errorResult.message, /not partitioned by ranges of integers/);
    });

    it('write JSON, integers as texts and NULLs left out', async () => {
      await extract('source', 'out.json');
      assert.equal(
        await content('out.json'),
        '{"i":"1","f":1.5,"s":"a \\"b\\", c","b":true,"ts":"2026-01-02 03:04:05.500 UTC","d":"2026-01-02","n":"1.25","y":"AP8="}\n{"i":"2","s":""}\n',
      );
    });

    it('write what loads read back, nested and compressed', async () => {
      const fields = [
        { name: 'l', type: 'INTEGER', mode: 'REPEATED' },
        { name: 'r', type: 'RECORD', fields: [{ name: 'x', type: 'STRING' }] },
        { name: 'j', type: 'JSON' },
      ];
      const [table] = await dataset.createTable('nested', { schema: { fields } });
      await table.insert([
        { l: [1, 2], r: { x: 'y' }, j: '{"k":12345678901234567890}' },
        { l: [] },
      ]);
      await extract('nested', 'nested.json', { gzip: true });
      await loadUri('nested_again', 'nested.json', { ...JSON_FORMAT, schema: { fields } });
      assert.deepEqual(await rowsOf('nested_again'), await rowsOf('nested'));
      await extract('source', 'source.parquet', { format: 'parquet', compression: 'SNAPPY' });
      await loadUri('source_again', 'source.parquet', { sourceFormat: 'PARQUET' });
      assert.deepEqual(await rowsOf('source_again'), await rowsOf('source'));
    });

    it('number the files where the name has a star', async () => {
      await extract('source', 'shard-*.csv');
      const [files] = await storage.bucket('bucket').getFiles({ prefix: 'shard-' });
      assert.deepEqual(
        files.map(({ name }) => name),
        ['shard-000000000000.csv'],
      );
    });

    it('say why they fail', async () => {
      const failure = async (tableId: string, name: string, metadata: object = {}) =>
        (await extract(tableId, name, metadata)).status.errorResult.message;
      assert.equal(await failure('none', 'x.csv'), 'Not found: Table p:d.none');
      assert.match(await failure('nested', 'x.csv'), /nested schema\. Field: l$/);
      await dataset.createTable('seen', { view: 'SELECT i FROM `p.d.source`' });
      assert.match(await failure('seen', 'x.csv'), /table p:d\.seen is not allowed/);
      const file = storage.bucket('bucket').file('x.avro');
      await assert.rejects(
        dataset.table('source').createExtractJob(file),
        status(501, 'notImplemented', /AVRO/),
      );
      const bucket = storage.bucket('nowhere').file('x.csv');
      const [job] = await dataset.table('source').createExtractJob(bucket);
      assert.equal(
        (await ended(job)).status.errorResult.message,
        'Not found: URI gs://nowhere/x.csv',
      );
    });
  });

  describe('copies', () => {
    const copy = async (from: string, to: string, metadata: object = {}) => {
      const [job] = await dataset.table(from).createCopyJob(dataset.table(to), metadata);
      return ended(job);
    };

    it('make a table with the rows, the schema and the layout of another', async () => {
      await dataset.createTable('original', {
        schema: { fields: [{ name: 'a', type: 'INTEGER', mode: 'REQUIRED' }] },
        clustering: { fields: ['a'] },
      });
      await dataset.table('original').insert([{ a: 1 }, { a: 2 }]);
      const { statistics } = await copy('original', 'duplicate');
      assert.deepEqual(statistics.copy, { copiedRows: '2', copiedLogicalBytes: '16' });
      const [metadata] = await dataset.table('duplicate').getMetadata();
      assert.equal(metadata.schema.fields[0].mode, 'REQUIRED');
      assert.deepEqual(metadata.clustering, { fields: ['a'] });
      await dataset.table('original').insert([{ a: 3 }]);
      assert.deepEqual(await rowsOf('duplicate'), [{ a: 1 }, { a: 2 }]);
    });

    it('gather several tables, and follow the disposition', async () => {
      const [job] = await dataset
        .table('gathered')
        .createCopyFromJob([dataset.table('duplicate'), dataset.table('duplicate')]);
      assert.equal((await ended(job)).statistics.copy.copiedRows, '4');
      const refused = await copy('duplicate', 'gathered');
      assert.equal(refused.status.errorResult.reason, 'duplicate');
      await copy('duplicate', 'gathered', { writeDisposition: 'WRITE_APPEND' });
      assert.equal((await rowsOf('gathered')).length, 6);
      await copy('duplicate', 'gathered', { writeDisposition: 'WRITE_TRUNCATE' });
      assert.equal((await rowsOf('gathered')).length, 2);
    });

    it('say why they fail', async () => {
      const failed = await copy('none', 'x');
      assert.equal(failed.status.errorResult.message, 'Not found: Table p:d.none');
      const other = bigquery.client.dataset('none').table('x');
      const [job] = await dataset.table('duplicate').createCopyJob(other);
      assert.equal((await ended(job)).status.errorResult.message, 'Not found: Dataset p:none');
      await assert.rejects(
        dataset.table('duplicate').createCopyJob(dataset.table('x'), { operationType: 'CLONE' }),
        status(501, 'notImplemented', /CLONE/),
      );
    });
  });
});
