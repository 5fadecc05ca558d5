import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startBigQuery } from '../testing.ts';

/** Replaces and extends tables over and over, and says after each load what it wrote. */
const WRITER = `
import { BigQuery } from '@google-cloud/bigquery';
import { startBigQuery } from ${JSON.stringify(new URL('../testing.ts', import.meta.url).href)};
const { client } = await startBigQuery({ directory: process.argv[1] });
const [dataset] = await client.createDataset('d');
const load = (tableId, value, count, writeDisposition) =>
  new Promise((resolve, reject) => {
    const stream = dataset.table(tableId).createWriteStream({
      sourceFormat: 'CSV',
      schema: { fields: [{ name: 'a', type: 'INTEGER' }] },
      writeDisposition,
    });
    stream.on('complete', resolve).on('error', reject);
    stream.end((value + '\\n').repeat(count));
  });
for (let i = 1; ; i++) {
  await Promise.all([
    load('replaced', i, 3000, 'WRITE_TRUNCATE'),
    load('extended', i, 3000, 'WRITE_APPEND'),
  ]);
  console.log(i);
}
`;

describe('a process that is killed', function () {
  this.timeout(60_000);

  for (const delay of [0, 7, 31]) {
    it(`leaves whole tables and no staged ones (${delay} ms into a load)`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'crash-'));
      const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, folder], {
        cwd: new URL('../../../..', import.meta.url),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let rounds = 0;
      for await (const line of createInterface(writer.stdout)) {
        rounds = Number(line);
        if (rounds === 2) break;
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      writer.kill('SIGKILL');
      await once(writer, 'exit');

      const bigquery = await startBigQuery({ directory: folder });
      const { client } = bigquery;
      const count = async (tableId: string) => {
        const query = `SELECT a, COUNT(*) AS n FROM \`d.${tableId}\` GROUP BY a ORDER BY a`;
        return (await client.query(query))[0] as { a: number; n: number }[];
      };
      const replaced = await count('replaced');
      assert.equal(replaced.length, 1);
      assert.ok(replaced[0]!.a >= 2);
      assert.equal(replaced[0]!.n, 3000);
      const extended = await count('extended');
      assert.ok(extended.length >= 2);
      assert.ok(extended.every(({ a, n }, i) => a === i + 1 && n === 3000));
      const [tables] = await client.dataset('d').getTables();
      assert.deepEqual(
        tables.map(({ id }) => id),
        ['extended', 'replaced'],
      );
      const [jobs] = await client.getJobs();
      assert.ok(jobs.every(({ metadata }) => metadata.state === 'DONE'));
      await bigquery.stop();
      await rm(folder, { recursive: true });
    });
  }
});
