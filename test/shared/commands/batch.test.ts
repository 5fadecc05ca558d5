import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { csvLine, csvRecords } from '../../../shared/batch/csv.ts';
import { readBundle } from '../../../shared/bundle/bundle.ts';
import { runBatch } from '../../../shared/commands/batch.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import {
  type BatchFunctions,
  startBatchFunctions,
  subscribe,
} from '../../functions/support/batch.ts';
import { useLender } from '../../functions/support/lender.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { deploy, storeVersion } from '../../functions/support/versions.ts';

describe('npm run batch', function () {
  this.timeout(60_000);
  const lender = useLender();
  const requests = loanRows(120).applications.map(requestOf);
  const header = Object.keys(requestOf({ ...loanRows(1).applications[0]!, dependants: 1 }));
  const cellsOf = (request: Record<string, unknown>) =>
    header.map((name) => String(request[name] ?? ''));
  let functions: BatchFunctions;
  let model: ServingModel;
  let folder: string;
  const said: string[] = [];

  before(async () => {
    const champion = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion });
    model = await createServingModel(await readBundle(lender.objects, 'loans', champion), () => {});
    functions = await startBatchFunctions(lender);
    await subscribe(lender, functions.worker.url);
    folder = await mkdtemp(join(tmpdir(), 'flit-batch-'));
  });
  after(async () => {
    await functions?.stop();
    await model?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const batch = (...given: string[]) =>
    runBatch([...given, '--portfolio', 'loans'], {
      environment: { ...lender.environment, USER: 'ada' },
      now: () => new Date('2026-06-12T00:00:00Z'),
      sleep: (milliseconds) => sleep(milliseconds / 10),
      progress: (text) => said.push(text),
    });

  async function write(name: string, lines: readonly (readonly string[])[]): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, lines.map(csvLine).join('\r\n'));
    return path;
  }

  const results = async (path: string) => {
    const [names, ...rows] = [...csvRecords(await readFile(path, 'utf8'))].map(
      ({ cells }) => cells,
    );
    return rows.map((cells) => Object.fromEntries(names!.map((name, i) => [name, cells[i]!])));
  };

  it('scores a file, and puts what was found beside it', async () => {
    const path = await write('loans.csv', [header, ...requests.map(cellsOf)]);
    const { text, code } = await batch(path, '--explain');
    assert.equal(code, 0, text);
    const rows = await results(join(folder, 'loans.scores.csv'));
    assert.deepEqual(
      rows.map(({ loan_id }) => loan_id),
      requests.map(({ loan_id }) => loan_id),
    );
    for (const [i, row] of rows.entries()) {
      const { pd } = await model.scoreByKernel(requests[i]!);
      assert.ok(Math.abs(Number(row.probability_of_default) - pd) < 1e-12);
      assert.equal(row.outcome === 'approve', row.reasons === '');
      assert.equal(row.problem, '');
    }
    assert.match(said.join('\n'), /run r\d+T\d+_\w+: 120 rows by v20260601_000000/);
  });

  it('names every bad cell by line and column, and scores the other rows', async () => {
    const [first, second, third] = requests;
    const path = await write('some.csv', [
      header,
      cellsOf(first!),
      cellsOf({ ...second!, amount: 'much', purpose: 'yacht' }),
      cellsOf({ ...third!, term_months: '' }),
      cellsOf(first!),
      ['too', 'short'],
    ]);
    const { text, code } = await batch(path, '--out', join(folder, 'out.csv'));
    assert.equal(code, 1);
    assert.match(text, /1 of 5 rows scored/);
    assert.match(text, /line 3, amount: /);
    assert.match(text, /line 3, purpose: /);
    assert.match(text, /line 4, term_months: is missing/);
    assert.match(text, /line 5, loan_id: is that of line 2/);
    assert.match(text, /line 6: has 2 cells/);
    const rows = await results(join(folder, 'out.csv'));
    assert.deepEqual(
      rows.map(({ problem }) => problem === ''),
      [true, false, false, false, false],
    );
    assert.ok(Number(rows[0]!.probability_of_default) > 0);
    assert.equal(rows[1]!.amount, 'much');
  });

  it('refuses columns that the contract has not, or that are missing, before anything is sent', async () => {
    const odd = header.map((name) => (name === 'amount' ? 'amuont' : name));
    const { text, code } = await batch(await write('odd.csv', [odd, cellsOf(requests[0]!)]));
    assert.equal(code, 1);
    assert.match(text, /"amuont" is not in the contract/);
    assert.match(text, /amount is missing/);
  });

  it('tells how far a run is, cancels it and lets it go on', async () => {
    const run = /run (r\S+):/.exec(said.find((line) => line.startsWith('run'))!)![1]!;
    assert.match((await batch('status', run)).text, /state +done/);
    assert.equal((await batch('cancel', run)).code, 0);
    assert.match((await batch('resume', run)).text, /shards_done +1/);
    const { text, code } = await batch('status', 'r20260101T000000000_00000000');
    assert.equal(code, 1);
    assert.match(text, /no plan/);
  });

  it('says how it is used where it is not understood', async () => {
    for (const given of [
      [],
      ['a.txt'],
      ['status', 'x'],
      ['a.csv', 'b.csv'],
      ['a.csv', '--model', '1'],
    ]) {
      const { text, code } = await batch(...given);
      assert.equal(code, 2);
      assert.match(text, /usage: npm run batch/);
    }
    assert.equal((await batch('--help')).code, 0);
    assert.match((await batch(join(folder, 'none.csv'))).text, /cannot be read: ENOENT/);
  });
});
