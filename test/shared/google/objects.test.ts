import assert from 'node:assert/strict';
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

  it('do not hide what is no conflict and no absence', async () => {
    const elsewhere = createObjects(lender.storage.bucket('no-such-bucket'));
    await assert.rejects(elsewhere.write(name, bytes('x'), 'text/plain', 0), { code: 404 });
  });
});
