import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CorruptJournal, fileJournal, type Journal, memoryJournal } from './journal.ts';

describe('a journal', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journal-'));
    path = join(directory, 'deep/journal');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const write = async (...events: unknown[]) => {
    const journal = fileJournal(path);
    for (const event of events) journal.append(event);
    await journal.close();
  };

  const KINDS: readonly [string, () => Journal][] = [
    ['in a file', () => fileJournal(path)],
    ['in memory', memoryJournal],
  ];
  for (const [kind, open] of KINDS) {
    it(`${kind} gives back what was appended and rewritten, whatever was waiting for what`, async () => {
      const step = fc.oneof(
        fc.record({ append: fc.jsonValue() }),
        fc.record({ rewrite: fc.array(fc.jsonValue(), { maxLength: 3 }) }),
        fc.record({ flush: fc.boolean() }),
      );
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await rm(directory, { recursive: true, force: true });
        const journal = open();
        let expected: unknown[] = [];
        for (const one of steps) {
          if ('append' in one) {
            journal.append(one.append);
            expected.push(one.append);
          } else if ('rewrite' in one) {
            const done = journal.rewrite(one.rewrite);
            expected = [...one.rewrite];
            assert.equal(journal.size.now, journal.size.rewritten);
            if (one.rewrite.length > 1) await done;
          } else if (one.flush) await journal.flushed();
        }
        await journal.flushed();
        const again = JSON.parse(JSON.stringify(expected));
        assert.deepEqual(await (kind === 'in a file' ? open() : journal).read(), again);
        await journal.close();
      });
      await fc.assert(property, { numRuns: 60 });
    });
  }

  it('keeps an event as it was when appended', async () => {
    const event = { n: 1 };
    const journal = fileJournal(path);
    journal.append(event);
    event.n = 2;
    await journal.close();
    assert.deepEqual(await fileJournal(path).read(), [{ n: 1 }]);
  });

  it('is empty where there is no file', async () => {
    assert.deepEqual(await fileJournal(path).read(), []);
  });

  it('forgets an append that a crash cut short, wherever it was cut, and goes on behind the rest', async () => {
    await write({ a: 1 });
    const whole = (await readFile(path)).length;
    await write({ b: 'ü\n' });
    const both = await readFile(path);
    for (let length = whole; length < both.length; length++) {
      await writeFile(path, both.subarray(0, length));
      const journal = fileJournal(path);
      assert.deepEqual(await journal.read(), [{ a: 1 }]);
      journal.append('next');
      await journal.close();
      assert.deepEqual(await fileJournal(path).read(), [{ a: 1 }, 'next']);
    }
  });

  it('tells any changed byte by file and line, and leaves the file alone', async () => {
    await write('one', 'two', 'three');
    const bytes = await readFile(path);
    const second = bytes.indexOf(0x0a) + 1;
    const end = bytes.indexOf(0x0a, second);
    for (let at = second; at < end; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x41;
      await writeFile(path, changed);
      await assert.rejects(fileJournal(path).read(), (error: Error) => {
        assert.ok(error instanceof CorruptJournal);
        assert.ok(error.message.startsWith(`${path}, line 2: the checksum`), error.message);
        return true;
      });
      assert.deepEqual(await readFile(path), changed);
    }
  });

  it('tells a line that was lost in part in the middle of the file', async () => {
    await write('one');
    await truncate(path, 4);
    await appendFile(path, '\n');
    await write('two');
    await assert.rejects(fileJournal(path).read(), /line 1/);
  });

  it('says so to whoever waits, and from then on, when it can not be written', async () => {
    await writeFile(join(directory, 'deep'), 'a file where the folder should be');
    const journal = fileJournal(path);
    journal.append('lost');
    await assert.rejects(journal.flushed(), /ENOTDIR|EEXIST/);
    await rm(join(directory, 'deep'));
    journal.append('after');
    await assert.rejects(journal.flushed(), /ENOTDIR|EEXIST/);
  });
});
