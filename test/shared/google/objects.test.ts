import assert from 'node:assert/strict';
import { download } from '../../../shared/google/download.ts';
import { createObjects, type Objects, type StoredObject } from '../../../shared/google/objects.ts';
import { useLender } from '../../functions/support/lender.ts';

const bytes = (text: string) => Buffer.from(text);
const text = async (objects: Objects, name: string) => {
  const stored = await objects.read(name);
  return stored && Buffer.from(stored.bytes).toString();
};

describe('objects of a bucket', () => {
  const lender = useLender();
  let objects: Objects;
  let count = 0;
  let name: string;
  beforeEach(() => {
    objects = lender.objects;
    name = `objects/${++count}.txt`;
  });

  it('are undefined where there is none', async () => {
    assert.equal(await objects.read(name), undefined);
    assert.equal(await objects.generation(name), undefined);
  });

  it('come back byte for byte, with the generation that their write answered', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const generation = await objects.write(name, all, 'application/octet-stream', 0);
    const stored = await objects.read(name);
    assert.deepEqual(Uint8Array.from(stored!.bytes), all);
    assert.equal(stored!.generation, generation);
    assert.equal(await objects.generation(name), generation);
    const [metadata] = await lender.models.file(name).getMetadata();
    assert.equal(metadata.contentType, 'application/octet-stream');
  });

  it('are read as they were, by generation, for as long as the bucket has it', async () => {
    const first = await objects.write(name, bytes('first'), 'text/plain', 0);
    const second = await objects.write(name, bytes('second'), 'text/plain', first);
    await objects.write(`${name}.longer`, bytes('other'), 'text/plain', 0);
    const history = await objects.history(name);
    assert.deepEqual(
      history.map(({ generation }) => generation),
      [first, second],
    );
    assert.ok(history[0]!.createdAt.getTime() <= history[1]!.createdAt.getTime());
    const stored = await objects.read(name, first);
    assert.equal(Buffer.from(stored!.bytes).toString(), 'first');
    assert.equal(stored!.generation, first);
    assert.equal(await objects.read(name, first - 1), undefined);
    assert.deepEqual(await objects.history('nothing'), []);
  });

  it('are read without a warning of Node’s', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    try {
      // More than one chunk, so that nothing has ended before all listen.
      const large = Buffer.alloc(300_000, 'x');
      await objects.write(name, large, 'text/plain', 0);
      assert.deepEqual((await objects.read(name))!.bytes, large);
      const range = { start: 1, end: 200_000, validation: false };
      assert.equal((await download(lender.models.file(name), range)).bytes.length, 200_000);
      await new Promise(setImmediate);
    } finally {
      process.off('warning', note);
    }
    assert.deepEqual(warnings, []);
  });

  it('may be empty', async () => {
    await objects.write(name, bytes(''), 'text/plain', 0);
    assert.equal(await text(objects, name), '');
  });

  it('are written only where none is, if that is asked', async () => {
    await objects.write(name, bytes('first'), 'text/plain', 0);
    await assert.rejects(objects.write(name, bytes('second'), 'text/plain', 0), {
      code: 'conflict',
      status: 409,
      message: `Another writer changed gs://flit-models/${name} first.`,
    });
    assert.equal(await text(objects, name), 'first');
  });

  it('are written only over the generation that was read', async () => {
    const first = await objects.write(name, bytes('first'), 'text/plain', 0);
    const second = await objects.write(name, bytes('second'), 'text/plain', first);
    assert.notEqual(second, first);
    await assert.rejects(objects.write(name, bytes('late'), 'text/plain', first), {
      code: 'conflict',
    });
    assert.equal(await text(objects, name), 'second');
    await assert.rejects(objects.write(`${name}.none`, bytes('x'), 'text/plain', first), {
      code: 'conflict',
    });
  });

  it('have one winner among writers at once', async () => {
    const writers = ['a', 'b', 'c', 'd', 'e'];
    const ended = await Promise.allSettled(
      writers.map((writer) => objects.write(name, bytes(writer), 'text/plain', 0)),
    );
    const won = ended.flatMap(({ status }, i) => (status === 'fulfilled' ? [writers[i]] : []));
    assert.equal(won.length, 1);
    assert.equal(await text(objects, name), won[0]);
    for (const end of ended) {
      if (end.status === 'rejected') assert.equal(end.reason.code, 'conflict');
    }
  });

  it('are replaced whatever there is, where no generation is asked for', async () => {
    await objects.replace(name, bytes('first'), 'text/plain');
    await objects.replace(name, bytes('second'), 'text/plain');
    assert.equal(await text(objects, name), 'second');
  });

  it('are listed by prefix, in order', async () => {
    for (const each of ['b', 'a/c', 'a/b', 'ab']) {
      await objects.replace(`list/${each}`, bytes('x'), 'text/plain');
    }
    assert.deepEqual(await objects.list('list/a'), ['list/a/b', 'list/a/c', 'list/ab']);
    assert.deepEqual(await objects.list('list/none'), []);
  });

  it('are read whole while somebody replaces them, bytes and generation together', async () => {
    const texts = new Map<number, string>();
    let generation = 0;
    const replace = async (text: string) => {
      generation = await objects.write(name, bytes(text), 'text/plain', generation);
      texts.set(generation, text);
    };
    await replace('first');
    const reads: Promise<StoredObject | undefined>[] = [];
    for (let i = 0; i < 20; i++) {
      reads.push(objects.read(name), objects.read(name));
      await replace(`text ${i}`.repeat(i + 1));
    }
    for (const stored of await Promise.all(reads)) {
      assert.equal(Buffer.from(stored!.bytes).toString(), texts.get(stored!.generation));
    }
  });

  describe('that are retained', () => {
    // Cloud Storage holds what ends in its future, and its clock is the real one.
    const now = new Date();
    const lockFor = (days: number) => ({
      mode: 'Unlocked',
      retainUntilTime: new Date(now.getTime() + days * 86_400_000).toISOString(),
    });
    const retaining = (days: number) => createObjects(lender.models, { days, now: () => now });
    const lock = async () => (await lender.models.file(name).getMetadata())[0].retention;

    it('say so from their creation on, and can’t be deleted for good', async () => {
      await retaining(7).create(name, bytes('first'), 'text/plain');
      assert.deepEqual(await lock(), lockFor(7));
      const generation = String(await objects.generation(name));
      const version = lender.models.file(name, { generation });
      await assert.rejects(version.delete(), { code: 403 });
      assert.equal((await version.getMetadata())[0].contentType, 'text/plain');
    });

    it('are created once', async () => {
      await retaining(7).create(name, bytes('first'), 'text/plain');
      const again = retaining(8).create(name, bytes('second'), 'text/plain');
      await assert.rejects(again, { code: 'conflict', status: 409 });
      assert.equal(await text(objects, name), 'first');
      assert.deepEqual(await lock(), lockFor(7));
    });

    it('may have been written without: then they are from now on', async () => {
      await objects.write(name, bytes('first'), 'text/plain', 0);
      await retaining(7).retain(name);
      assert.deepEqual(await lock(), lockFor(7));
      await retaining(1).retain(name);
      await retaining(9).retain(name);
      assert.deepEqual(await lock(), lockFor(7));
    });

    it('are so once, whoever retains them at the same time', async () => {
      await objects.write(name, bytes('first'), 'text/plain', 0);
      const days = [5, 3, 1, 4, 2];
      await Promise.all(days.map((each) => retaining(each).retain(name)));
      const [{ metageneration, retention }] = await lender.models.file(name).getMetadata();
      assert.equal(Number(metageneration), 2);
      assert.ok(days.some((each) => lockFor(each).retainUntilTime === retention?.retainUntilTime));
    });

    it('are none where nothing is asked for, or no days', async () => {
      for (const [i, none] of [objects, retaining(0)].entries()) {
        await none.create(`${name}.${i}`, bytes('first'), 'text/plain');
        await none.retain(`${name}.${i}`);
        const [{ retention, metageneration }] = await lender.models
          .file(`${name}.${i}`)
          .getMetadata();
        assert.deepEqual([retention, metageneration], [undefined, '1']);
      }
    });
  });

  it('do not hide what is no conflict and no absence', async () => {
    const elsewhere = createObjects(lender.storage.bucket('no-such-bucket'));
    await assert.rejects(elsewhere.write(name, bytes('x'), 'text/plain', 0), { code: 404 });
  });
});
