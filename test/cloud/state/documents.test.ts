import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CorruptDocument, type Documents, fileDocuments, memoryDocuments } from './documents.ts';

const KINDS = {
  'in a folder': (directory: string) => fileDocuments(directory),
  'in memory': () => memoryDocuments(),
};

describe('documents', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'documents-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  for (const [kind, open] of Object.entries(KINDS)) {
    describe(kind, () => {
      let documents: Documents;
      beforeEach(() => {
        documents = open(directory);
      });

      it('gives back any JSON under any name', async () => {
        const name = fc
          .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), { minLength: 1 })
          .map((words) => words.map((word) => word.replaceAll('/', '-')).join('/'));
        const property = fc.asyncProperty(name, fc.jsonValue(), async (name, value) => {
          await documents.save(name, value);
          assert.deepEqual(await documents.load(name), JSON.parse(JSON.stringify(value)));
          assert.ok((await documents.list()).includes(name));
        });
        await fc.assert(property, { numRuns: 25 });
      });

      it('answers undefined for a document that was never saved or has been removed', async () => {
        assert.equal(await documents.load('a'), undefined);
        await documents.save('a', 1);
        await documents.remove('a');
        await documents.remove('a');
        assert.equal(await documents.load('a'), undefined);
      });

      it('lists the names of a folder at any depth, sorted, without its namesakes', async () => {
        for (const name of ['jobs/b', 'jobs/a/x', 'jobs', 'jobs.json/c']) {
          await documents.save(name, null);
        }
        assert.deepEqual(await documents.list('jobs'), ['jobs/a/x', 'jobs/b']);
        assert.deepEqual(await documents.list(), ['jobs', 'jobs.json/c', 'jobs/a/x', 'jobs/b']);
      });

      it('keeps what was given at the call, whatever happens to the value afterwards', async () => {
        const value = { n: 1 };
        const saved = documents.save('a', value);
        value.n = 2;
        await saved;
        const first = await documents.load<{ n: number }>('a');
        assert.deepEqual(first, { n: 1 });
        first!.n = 3;
        assert.deepEqual(await documents.load('a'), { n: 1 });
      });

      it('takes calls on one name in their order', async () => {
        const saves = Array.from({ length: 20 }, (_, n) => documents.save('a', n));
        const between = documents.load('a');
        const last = documents.save('a', 'last');
        await Promise.all([...saves, last]);
        assert.equal(await between, 19);
        assert.equal(await documents.load('a'), 'last');
      });

      it('refuses names with an empty or overlong word, and what is not JSON', async () => {
        for (const name of ['', '/a', 'a//b', 'a/', 'ä'.repeat(34)]) {
          await assert.rejects(documents.save(name, 1), TypeError);
          await assert.rejects(documents.load(name), TypeError);
        }
        await assert.rejects(documents.save('a', undefined), /a undefined is not JSON/);
        await assert.rejects(documents.save('a', 1n), TypeError);
        assert.equal(await documents.load('a'), undefined);
      });
    });
  }

  it('are there for the next process', async () => {
    await fileDocuments(directory).save('../x', { kept: true });
    assert.deepEqual(await fileDocuments(directory).load('../x'), { kept: true });
    assert.deepEqual(await readdir(directory), ['%2E%2E']);
  });

  it('say which file is corrupt and leave it alone', async () => {
    const file = join(directory, 'jobs.json');
    await writeFile(file, '{"half":');
    await assert.rejects(fileDocuments(directory).load('jobs'), (error: Error) => {
      assert.ok(error instanceof CorruptDocument);
      assert.equal(error.file, file);
      assert.ok(error.message.startsWith(`${file} is not valid JSON`));
      return true;
    });
    assert.equal(await readFile(file, 'utf8'), '{"half":');
  });

  it('keep the old document when a crash left half of the new one', async () => {
    const documents = fileDocuments(directory);
    await documents.save('a', 'old');
    await writeFile(join(directory, 'a.json.tmp'), '"ne');
    assert.equal(await documents.load('a'), 'old');
    assert.deepEqual(await documents.list(), ['a']);
    await documents.save('a', 'new');
    assert.deepEqual(await readdir(directory), ['a.json']);
  });

  it('go on after a save that failed', async () => {
    const documents = fileDocuments(directory);
    await writeFile(join(directory, 'a'), 'a file where a folder should be');
    await assert.rejects(documents.save('a/b', 1), /ENOTDIR|EEXIST/);
    await rm(join(directory, 'a'));
    await documents.save('a/b', 2);
    assert.equal(await documents.load('a/b'), 2);
  });
});
