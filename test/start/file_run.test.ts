/** `npm start` on a file of real accounts, up to the loss of a service. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cardsCsv, cardsRows } from './cards_file.ts';
import { descendants, HAS_PROC, isRunning, npmStart, type Start } from './npm_start.ts';

const ROWS = 1500;
const UNTIL = '2026-08-30';
/** As few as may be: each is loaded by jobs of its own. */
const DAYS = 60;

describe('npm start on a file', function () {
  this.timeout(300_000);
  let folder: string;
  let directory: string;
  let file: string;
  let occupier: Server;
  let occupied: number;
  let start: Start;
  let ingested: string;

  const options = (data: string) => [
    ...['--portfolio', 'cards', '--data', data, '--until', UNTIL, '--days', String(DAYS)],
    ...['--checkouts', '200', '--directory', directory, '--port', String(occupied)],
  ];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-file-'));
    // A shell would trip over it if nobody quoted it.
    directory = join(folder, 'analyst’s & lender\'s "own" state');
    file = join(folder, 'accounts.csv');
    const rows = cardsRows(ROWS);
    rows[6] = rows[6]!.replace(/^7,(\d+),\d+,/, '7,$1,3,');
    await writeFile(file, cardsCsv(rows));
    occupier = createServer();
    occupied = await new Promise((resolve) => {
      occupier.listen(0, () => resolve((occupier.address() as { port: number }).port));
    });
  });
  after(async () => {
    start?.process.kill('SIGTERM');
    await start?.ended();
    occupier.close();
    await rm(folder, { recursive: true });
  });

  it('fails on a file with too few labels: it says how many there are and what is needed', async () => {
    const few = join(folder, 'few.csv');
    await writeFile(few, cardsCsv(cardsRows(80)));
    const failing = npmStart([...options(few), '--once']);
    assert.equal(await failing.ended(), 1);
    assert.match(failing.output(), /✓ Ingest[^✓]*applications: 80 received, 80 accepted/);
    assert.match(
      failing.errors(),
      /^\n✗ Retrain: .*answered 422: There are \d+ bad and \d+ good applications to TRAIN .*; 50 of each are needed\. Ingest more days/,
    );
    assert.doesNotMatch(failing.errors(), /--portfolio/, 'the usage has nothing to do with it');
  });

  it('fails on a file that nothing can be learnt from: a version is refused, and nothing serves', async () => {
    const noise = join(folder, 'noise.csv');
    await writeFile(
      noise,
      cardsCsv(cardsRows(300).map((row, i) => row.replace(/\d$/, `${i % 2}`))),
    );
    const failing = npmStart([...options(noise), '--once']);
    assert.equal(await failing.ended(), 1);
    assert.match(failing.output(), /^ {2}auc +0\.[3-6]\d* +0\.720 +FAILED$/m);
    assert.match(failing.output(), /: refused by its gates\.\n/);
    assert.doesNotMatch(failing.output(), /Score/);
    assert.match(
      failing.errors(),
      /✗ Version \w+ was refused by its gates.* More data may mend it/,
    );
  });

  it('goes on with --keep where a start was killed in the middle of its training', async () => {
    const killed = npmStart([...options(file), '--once']);
    await killed.said(/training model_\w+_fold_1/);
    killed.process.kill('SIGKILL');
    await killed.ended();
    ingested = killed.output();
    while (existsSync(join(directory, 'cloud', 'lock'))) await sleep(50);
    start = npmStart([...options(file), '--keep']);
    await start.said(/Ctrl-C stops everything/);
    assert.equal(start.errors(), '');
  });

  it('tells of the row that breaks the contract, and of the model', () => {
    assert.match(ingested, /applications: 1,500 received, 1,499 accepted, 1 quarantined/);
    assert.match(ingested, /outcomes: 1,500 received, 1,500 accepted, 0 quarantined/);
    const output = start.output();
    assert.match(output, /^Credit-card accounts at review: 60 days until 2026-08-30$/m);
    assert.match(output, /^ {4}60 days were ingested before: passed over$/m);
    assert.match(output, /Out-of-fold test of v20260830_000000: 1,499 applications/);
    assert.match(output, /^ {2}AUC +KS +Gini +PR-AUC +Brier +mean PD$/m);
    assert.doesNotMatch(output, /attainable/, 'nobody knows the true probabilities of a file');
    assert.match(output, /promoted\./);
  });

  it('takes another port where the one it was given is taken', () => {
    const [, port] = /serves at http:\/\/127\.0\.0\.1:(\d+)$/m.exec(start.output())!;
    assert.notEqual(Number(port), occupied);
    assert.match(start.output(), new RegExp(`curl -s http://127\\.0\\.0\\.1:${port}/v1/cards/`));
  });

  it('prints a line for curl that any shell takes, from anywhere, whatever its folder is called', async function () {
    const run = promisify(execFile);
    await run('curl', ['--version']).catch(() => this.skip());
    const [, line] = /^ {2}(curl .*)$/m.exec(start.output())!;
    const { stdout } = await run('sh', ['-c', line!], { cwd: tmpdir() });
    const answer = JSON.parse(stdout);
    const asked = JSON.parse(await readFile(join(directory, 'application.json'), 'utf8'));
    assert.equal(answer.application_id, String(asked.id));
    assert.equal(answer.model_version, 'v20260830_000000');
    assert.ok(answer.probability_of_default > 0 && answer.probability_of_default < 1);
  });

  it('leaves the folder to the start that uses it', async () => {
    for (const more of [[], ['--keep']]) {
      const second = npmStart([...options(file), '--once', ...more]);
      assert.equal(await second.ended(), 1);
      assert.match(second.errors(), /is used by process \d+\. Stop it, choose another folder/);
    }
    assert.ok(existsSync(join(directory, 'cloud', 'lock')));
  });

  it('ends with exit code 1 when it loses a service, says which one, and takes the others along', async function () {
    if (!HAS_PROC) this.skip();
    const all = descendants(start.process.pid!);
    const score = all.find(({ command }) => command.includes('--target=score'))!;
    process.kill(score.pid, 'SIGKILL');
    assert.equal(await start.ended(), 1);
    assert.match(start.errors(), /✗ the function score ended by SIGKILL\. .*smaller --volume/);
    assert.deepEqual(all.filter(isRunning), []);
    assert.ok(!existsSync(join(directory, 'cloud', 'lock')), 'the cloud was stopped in order');
  });
});

describe('the real file of credit-card accounts', () => {
  it('has the header of the files that these tests make', async function () {
    const real = join('..', 'shared', 'data', 'taiwan_credit_card.csv');
    if (!existsSync(real)) this.skip();
    const [header] = (await readFile(real, 'utf8')).split(/\r?\n/, 1);
    assert.equal(`${header}\n\n`, cardsCsv([]));
  });
});
