import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Blobs, blobBytes, fileBlobs, memoryBlobs } from './blobs.ts';

const KINDS = {
  'in a folder': (directory: string) => fileBlobs(directory),
  'in memory': () => memoryBlobs(),
};

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

describe('blobs', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'blobs-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  for (const [kind, open] of Object.entries(KINDS)) {
    describe(kind, () => {
      let blobs: Blobs;
      beforeEach(() => {
        blobs = open(join(directory, 'not-made-yet'));
      });

      it('grow by what is appended and answer their size', async () => {
        assert.equal(await blobs.append('a', chunks('one', 'two')), 6);
        assert.equal(await blobs.append('a', chunks('three')), 11);
        assert.equal(await blobs.append('empty', chunks()), 0);
        assert.equal(await blobs.size('a'), 11);
        assert.equal((await blobBytes(blobs, 'a')).toString(), 'onetwothree');
        assert.equal((await blobBytes(blobs, 'empty')).length, 0);
        assert.deepEqual(await blobs.list(), ['a', 'empty']);
      });

      it('keep what came before a source failed', async () => {
        async function* broken() {
          yield Buffer.from('arrived');
          throw new Error('the line broke');
        }
        await assert.rejects(blobs.append('a', broken()), /the line broke/);
        assert.equal(await blobs.size('a'), 7);
      });

      it('read any part', async () => {
        const parts = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 5 }), {
          maxLength: 6,
        });
        const property = fc.asyncProperty(
          parts,
          fc.nat(30),
          fc.nat(30),
          async (texts, start, end) => {
            await blobs.remove('a');
            await blobs.append('a', chunks(...texts));
            const read: Buffer[] = [];
            for await (const chunk of await blobs.read('a', start, end)) read.push(chunk as Buffer);
            assert.equal(
              Buffer.concat(read).toString(),
              texts.join('').slice(start, Math.max(start, end)),
            );
          },
        );
        await fc.assert(property, { numRuns: 60 });
      });

      it('stay whole for a reader when they are removed', async () => {
        await blobs.append('a', chunks('bytes'));
        const reader = await blobs.read('a');
        await blobs.remove('a');
        await blobs.remove('a');
        assert.equal(await blobs.size('a'), undefined);
        assert.equal((await reader.toArray()).join(''), 'bytes');
        await assert.rejects(blobs.read('a'));
        assert.deepEqual(await blobs.list(), []);
      });

      it('have ids that name no other file', async () => {
        for (const id of ['', '../a', 'a/b', 'a.b']) {
          await assert.rejects(blobs.append(id, chunks('x')), TypeError);
        }
      });
    });
  }

  it('are there for the next process', async () => {
    await fileBlobs(directory).append('a', chunks('one'));
    await fileBlobs(directory).append('a', chunks('two'));
    assert.equal((await blobBytes(fileBlobs(directory), 'a')).toString(), 'onetwo');
  });
});
