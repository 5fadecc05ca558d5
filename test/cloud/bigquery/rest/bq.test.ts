import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBigQuery, type TestBigQuery } from '../testing.ts';

const execute = promisify(execFile);

/** Where the Google Cloud SDK is; undefined where it is not installed. */
const sdkRoot = async (): Promise<string | undefined> => {
  try {
    const { stdout } = await execute('gcloud', ['info', '--format=value(installation.sdk_root)']);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
};

describe('the bq command line', function () {
  this.timeout(120_000);
  let bigquery: TestBigQuery;
  let folder: string;
  let root: string;

  before(async function () {
    const found = await sdkRoot();
    if (found === undefined) {
      console.log('      skipped: the Google Cloud SDK (bq) is not installed');
      return this.skip();
    }
    root = found;
    folder = await mkdtemp(join(tmpdir(), 'bq-'));
    bigquery = await startBigQuery();
  });

  after(async () => {
    await bigquery?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  const bq = async (...words: string[]): Promise<string> => {
    const flags = [
      `--api=${bigquery.origin}`,
      '--project_id=p',
      '--oauth_access_token=local',
      `--discovery_file=${root}/platform/bq/discovery_next/bigquery.json`,
      '--bigqueryrc=/dev/null',
      '--format=json',
      '--quiet',
    ];
    const env = { ...process.env, CLOUDSDK_CONFIG: folder };
    try {
      return (await execute('bq', [...flags, ...words], { env })).stdout;
    } catch (error) {
      // bq says what went wrong on its standard output, in lines of 80 characters.
      const { stdout } = error as { stdout?: string };
      return stdout?.replaceAll(/\s+/g, ' ') || assert.fail(error as Error);
    }
  };

  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  it('makes, loads, shows, queries, extracts and removes', async () => {
    await bq('mk', 'd');
    assert.match(await bq('ls'), /"datasetId":"d"/);
    const rows = await file('rows.csv', 'a,b\n1,x\n2,y\n');
    const loaded = await bq('load', '--skip_leading_rows=1', 'd.t', rows, 'a:INTEGER,b:STRING');
    assert.doesNotMatch(loaded, /error/i);
    await fetch(`${bigquery.origin}/storage/v1/b?project=p`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'out' }),
    });
    const query = 'SELECT a, b FROM `d.t` WHERE a = 2';
    const [shown, head, answer] = await Promise.all([
      bq('show', 'd.t'),
      bq('head', '-n', '1', 'd.t'),
      bq('query', '--use_legacy_sql=false', query),
      bq('extract', 'd.t', 'gs://out/t.csv'),
    ]);
    const { numRows, numBytes } = JSON.parse(shown);
    assert.deepEqual([numRows, numBytes], ['2', '22']);
    assert.deepEqual(JSON.parse(head), [{ a: '1', b: 'x' }]);
    assert.deepEqual(JSON.parse(answer), [{ a: '2', b: 'y' }]);
    const extracted = await bigquery.objectStore.read('out', 't.csv');
    assert.equal(Buffer.from(extracted).toString(), 'a,b\n1,x\n2,y\n');
    await bq('rm', '-f', '-t', 'd.t');
    assert.deepEqual(await bigquery.client.dataset('d').table('t').exists(), [false]);
  });

  it('tells a bad row by its line, and legacy SQL by its name', async () => {
    const rows = await file('rows.json', '{"a":1}\n{"a":"x"}\n');
    await bigquery.client.createDataset('bad');
    const format = '--source_format=NEWLINE_DELIMITED_JSON';
    const [failed, legacy] = await Promise.all([
      bq('load', format, 'bad.t', rows, 'a:INTEGER'),
      bq('query', 'SELECT 1'),
    ]);
    assert.match(failed, /row starting at position 8: Could not convert value/);
    assert.match(legacy, /legacy SQL/);
  });
});
