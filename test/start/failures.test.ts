/** What ends `npm start` before its time: wrong options, bad files, signals, lost services. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CARDS_HEADER, cardsCsv, cardsRows } from './cards_file.ts';
import {
  type Descendant,
  descendants,
  HAS_PROC,
  isRunning,
  npmStart,
  type Start,
} from './npm_start.ts';

describe('npm start ends early', function () {
  this.timeout(300_000);
  let folder: string;
  let directory: string;
  let start: Start;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-failures-'));
    directory = join(folder, 'state');
  });
  afterEach(async () => {
    start.process.kill('SIGTERM');
    await start.ended();
    await rm(folder, { recursive: true });
  });

  async function fails(args: readonly string[], message: RegExp, code = 1) {
    start = npmStart([...args, '--directory', directory]);
    assert.equal(await start.ended(), code);
    assert.match(start.errors(), message);
  }

  async function cards(content: string): Promise<string[]> {
    const file = join(folder, 'accounts.csv');
    await writeFile(file, content);
    return ['--once', '--portfolio', 'cards', '--data', file];
  }

  describe('for what it was asked', () => {
    it('with exit code 1, what is wrong, and the usage, before anything is done', async () => {
      await fails(
        ['--frobnicate'],
        /^\n✗ Unknown option '--frobnicate'\.\n\nnpm start -- \[options\]/,
      );
      assert.equal(start.output(), '');
      assert.ok(!existsSync(directory));
    });

    it('when the file is absent or is none, and what an earlier start left stays', async () => {
      await mkdir(join(directory, 'cloud'), { recursive: true });
      const absent = join(folder, 'absent.csv');
      const args = ['--portfolio', 'cards', '--data'];
      await fails([...args, absent], /✗ --data: ENOENT: no such file or directory, .*absent\.csv/);
      await fails([...args, folder], /✗ --data: .*start-failures-\w+ is no file\./);
      assert.deepEqual(await readdir(directory), ['cloud']);
    });

    it('when the folder holds what is not its own, and touches nothing', async () => {
      await mkdir(join(directory, 'cloud'), { recursive: true });
      await writeFile(join(directory, 'thesis.tex'), 'a year of work');
      await fails(['--once'], /✗ --directory .*state holds thesis\.tex, which no start put there/);
      assert.deepEqual((await readdir(directory)).sort(), ['cloud', 'thesis.tex']);
    });

    it('but with exit code 0 when that was --help', async () => {
      start = npmStart(['--help']);
      assert.equal(await start.ended(), 0);
      assert.match(start.output(), /^npm start -- \[options\]\n {2}--once/);
      assert.equal(start.errors(), '');
    });
  });

  describe('for the file', () => {
    it('when a column is missing: it names file, column, and those that there are', async () => {
      const renamed = cardsCsv(cardsRows(3)).replace('"PAY_0"', '"PAY_1"');
      await fails(
        await cards(renamed),
        /✗ A world of customers: the world ended with exit code 1\. Its last words:\n.*accounts\.csv, line 1: no column pay_0; there are id, limit_bal, .*\n$/,
      );
    });

    it('when a row is ragged: it names its line', async () => {
      await fails(
        await cards(cardsCsv([...cardsRows(2), '3,20000'])),
        new RegExp(`accounts\\.csv, line 4: 2 cells for ${CARDS_HEADER.length} columns`),
      );
    });
  });

  it('when nobody reads its output any more, and no process of it is left', async () => {
    start = npmStart(['--until', '2026-08-30', '--directory', directory]);
    await start.said(/✓ A Google Cloud/);
    const all = HAS_PROC ? descendants(start.process.pid!) : [];
    start.process.stdout!.destroy();
    assert.equal(await start.ended(), 141);
    assert.deepEqual(all.filter(isRunning), []);
  });

  describe('in the middle', () => {
    beforeEach(async () => {
      start = npmStart(['--until', '2026-08-30', '--directory', directory]);
      await start.said(/Ingest: .*…/);
    });

    /** The cloud, the world and ingest. */
    async function everyone(): Promise<Descendant[]> {
      if (!HAS_PROC) return [];
      for (;;) {
        const all = descendants(start.process.pid!);
        if (all.some(({ command }) => command.includes('--target=ingest'))) return all;
        await sleep(20);
      }
    }

    it('with exit code 130 on Ctrl-C, and no process of it is left', async () => {
      const all = await everyone();
      start.interruptAll();
      assert.equal(await start.ended(), 130);
      assert.equal(start.errors(), '\n✗ Interrupted by SIGINT.\n');
      assert.deepEqual(all.filter(isRunning), []);
    });

    it('with exit code 143 when it alone is told to end, and no process of it is left', async () => {
      const all = await everyone();
      start.process.kill('SIGTERM');
      assert.equal(await start.ended(), 143);
      assert.deepEqual(all.filter(isRunning), []);
    });

    it('by SIGKILL, and its processes end themselves, the cloud in order', async function () {
      if (!HAS_PROC) this.skip();
      const all = await everyone();
      start.process.kill('SIGKILL');
      assert.equal(await start.ended(), 'SIGKILL');
      while (all.some(isRunning)) await sleep(50);
      assert.ok(!existsSync(join(directory, 'cloud', 'lock')));
    });

    it('with exit code 1 when the world breaks off: it says what failed, where, and why', async function () {
      if (!HAS_PROC) this.skip();
      const all = await everyone();
      const world = all.find(({ command }) => command.includes('test/world/main.ts'))!;
      process.kill(world.pid, 'SIGKILL');
      assert.equal(await start.ended(), 1);
      assert.match(
        start.errors(),
        // Which is heard of first, and whether ingestion had begun, is a matter of chance.
        /^\n✗ (Ingest: .*answered 503: http\S+ (broke off after \d+ records|cannot be reached).*\n)?the world ended by SIGKILL\. /,
      );
      assert.deepEqual(all.filter(isRunning), []);
      assert.ok(!existsSync(join(directory, 'cloud', 'lock')), 'the cloud was stopped in order');
    });
  });
});
