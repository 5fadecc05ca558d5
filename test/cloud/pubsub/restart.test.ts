import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { Fixture } from './fixture.ts';
import { CorruptJournal, fileJournal, memoryJournal } from './journal.ts';
import { pullNow, refused } from './testing.ts';

describe('a restart', () => {
  let directory: string;
  let cloud: Fixture;
  let files = 0;
  const path = () => join(directory, `journal-${files}`);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'restart-'));
    cloud = new Fixture({ state: fileJournal(path()) });
    await cloud.start();
  });
  afterEach(async () => {
    await cloud.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const begin = async (now: number) => {
    cloud = new Fixture({ state: fileJournal(path()) });
    await cloud.clock.advanceTo(now);
    await cloud.start();
  };
  /** Stops and starts. */
  const restart = async () => {
    await cloud.stop();
    await begin(cloud.clock.now());
  };
  /** Starts from what a process that died at this moment leaves. */
  const crash = async () => {
    const before = path();
    files++;
    await copyFile(before, path());
    await restart();
  };

  for (const [how, again] of [
    ['a restart', restart],
    ['a crash', crash],
  ] as const) {
    it(`keeps schemas, those of topics and those that are gone, after ${how}`, async () => {
      const parent = 'projects/flit-test';
      const definition = '{"type":"record","name":"R","fields":[{"name":"v","type":"string"}]}';
      const made = async (schemaId: string) => {
        const schema = { type: 'AVRO', definition } as const;
        const [kept] = await cloud.clients.schemas.createSchema({ parent, schemaId, schema });
        const settings = { schemaSettings: { schema: kept.name, encoding: 'JSON' } };
        return { kept, topic: await cloud.topic(settings) };
      };
      const here = await made('here');
      const gone = await made('gone');
      await cloud.clients.schemas.deleteSchema({ name: gone.kept.name! });
      await again();
      const [shown] = await cloud.clients.schemas.getSchema({ name: here.kept.name! });
      assert.deepEqual(shown, here.kept);
      await cloud.publish(here.topic, '{"v":"a"}');
      await assert.rejects(
        cloud.publish(here.topic, '{"v":1}'),
        /Message failed schema validation/,
      );
      await assert.rejects(cloud.publish(gone.topic, '{"v":"a"}'), /_deleted-schema_/);
    });

    it(`keeps topics, subscriptions and what is not acknowledged, after ${how}`, async () => {
      const topic = await cloud.topic({ labels: { team: 'risk' } });
      const from = await cloud.subscription(topic, {
        ackDeadlineSeconds: 77,
        filter: 'attributes:k',
      });
      const gone = await cloud.subscription(topic);
      const bytes = Buffer.from([0, 10, 255]);
      const [acked, kept] = await cloud.server.publish(topic, [
        { data: 'acked', attributes: { k: '1' } },
        { data: bytes, attributes: { k: 'ü\n' }, orderingKey: '' },
        { data: 'filtered' },
      ]);
      const pulled = await pullNow(cloud.clients, from, 1);
      assert.equal(pulled[0]!.id, acked);
      await cloud.acknowledge(from, pulled[0]!.ackId);
      await cloud.clients.subscriber.deleteSubscription({ subscription: gone });
      const [before] = await cloud.clients.subscriber.getSubscription({ subscription: from });

      await again();

      const [shown] = await cloud.clients.publisher.getTopic({ topic });
      assert.deepEqual(shown.labels, { team: 'risk' });
      const { subscriber } = cloud.clients;
      assert.deepEqual((await subscriber.getSubscription({ subscription: from }))[0], before);
      await refused(subscriber.getSubscription({ subscription: gone }), status.NOT_FOUND);
      const [{ receivedMessages }] = await subscriber.pull({ subscription: from, maxMessages: 9 });
      assert.deepEqual(
        receivedMessages!.map(({ message }) => [
          message!.messageId,
          message!.data,
          message!.attributes,
        ]),
        [[kept, bytes, { k: 'ü\n' }]],
      );
      const [next] = await cloud.publish(topic, 'later');
      assert.ok(Number(next) > Number(kept));
    });
  }

  it('gives a message again that was out, and counts the attempt', async () => {
    const topic = await cloud.topic();
    const deadLetterPolicy = { deadLetterTopic: topic };
    const from = await cloud.subscription(topic, { deadLetterPolicy });
    await cloud.publish(topic, 'a');
    const [first] = await pullNow(cloud.clients, from);
    await crash();
    const [second] = await pullNow(cloud.clients, from);
    assert.deepEqual([first!.attempt, second!.attempt], [1, 2]);
    assert.equal(second!.id, first!.id);
    await cloud.nack(from, second!.ackId);
    await restart();
    assert.equal((await pullNow(cloud.clients, from))[0]!.attempt, 3);
  });

  it('dead-letters what was out for the last time', async () => {
    const [topic, graves] = [await cloud.topic(), await cloud.topic()];
    const from = await cloud.subscription(topic, { deadLetterPolicy: { deadLetterTopic: graves } });
    const buried = await cloud.subscription(graves);
    await cloud.publish(topic, 'fatal', 'harmless');
    for (let attempt = 1; attempt <= 5; attempt++) {
      const pulled = await pullNow(cloud.clients, from);
      const harmless = pulled.find(({ text }) => text === 'harmless');
      if (harmless) await cloud.acknowledge(from, harmless.ackId);
      await crash();
    }
    assert.deepEqual(await pullNow(cloud.clients, from), []);
    const [grave] = await pullNow(cloud.clients, buried);
    assert.equal(grave!.text, 'fatal');
    assert.equal(grave!.attributes.CloudPubSubDeadLetterSourceDeliveryCount, '5');
  });

  it('takes no acknowledgement from before it', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const strict = await cloud.subscription(topic, { enableExactlyOnceDelivery: true });
    await cloud.publish(topic, 'a');
    const [[lax], [exact]] = [
      await pullNow(cloud.clients, from),
      await pullNow(cloud.clients, strict),
    ];
    await crash();
    await cloud.acknowledge(from, lax!.ackId);
    await refused(cloud.acknowledge(strict, exact!.ackId), status.INVALID_ARGUMENT);
    assert.equal((await pullNow(cloud.clients, from)).length, 1);
    assert.equal((await pullNow(cloud.clients, strict)).length, 1);
  });

  it('goes on with a backoff where it was', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { retryPolicy: {} });
    await cloud.publish(topic, 'a');
    const [first] = await pullNow(cloud.clients, from);
    await cloud.nack(from, first!.ackId);
    await cloud.clock.advance(4_000);
    await restart();
    await cloud.clock.advance(5_999);
    assert.deepEqual(await pullNow(cloud.clients, from), []);
    await cloud.clock.advance(1);
    assert.equal((await pullNow(cloud.clients, from)).length, 1);
  });

  it('keeps the order of keys, also of what was acknowledged too early', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { enableMessageOrdering: true });
    const messages = ['a', 'b', 'c'].map((data) => ({ data, orderingKey: 'k' }));
    await cloud.server.publish(topic, messages);
    const [, b] = await pullNow(cloud.clients, from, 2);
    await cloud.acknowledge(from, b!.ackId);
    await crash();
    const again = await pullNow(cloud.clients, from);
    assert.deepEqual(
      again.map(({ text }) => text),
      ['a', 'b', 'c'],
    );
  });

  it('keeps what is retained, by topic and by subscription', async () => {
    const topic = await cloud.topic({ messageRetentionDuration: { seconds: 600 } });
    const from = await cloud.subscription(topic, { retainAckedMessages: true });
    await cloud.publish(topic, 'a');
    const [first] = await pullNow(cloud.clients, from);
    await cloud.acknowledge(from, first!.ackId);
    await crash();
    await restart();
    const late = await cloud.subscription(topic);
    for (const subscription of [from, late]) {
      assert.deepEqual(await pullNow(cloud.clients, subscription), []);
      await cloud.clients.subscriber.seek({ subscription, time: { seconds: 1 } });
      assert.equal((await pullNow(cloud.clients, subscription)).length, 1);
    }
  });

  it('leaves the messages of a deleted topic, and nothing in a detached subscription', async () => {
    const [topic, other] = [await cloud.topic(), await cloud.topic()];
    const left = await cloud.subscription(topic);
    const detached = await cloud.subscription(other);
    await cloud.publish(topic, 'a');
    await cloud.publish(other, 'b');
    await cloud.clients.publisher.deleteTopic({ topic });
    await cloud.clients.publisher.detachSubscription({ subscription: detached });
    await crash();
    const [shown] = await cloud.clients.subscriber.getSubscription({ subscription: left });
    assert.equal(shown.topic, '_deleted-topic_');
    assert.equal((await pullNow(cloud.clients, left)).length, 1);
    await refused(pullNow(cloud.clients, detached), status.FAILED_PRECONDITION);
  });

  it('finds every message that was published before a crash in the middle of a write', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, 'a');
    const before = path();
    const whole = (await stat(before)).size;
    await cloud.publish(topic, 'b');
    const bytes = await readFile(before);
    files++;
    await writeFile(path(), bytes.subarray(0, whole + (bytes.length - whole) / 2));
    await restart();
    assert.deepEqual(
      (await pullNow(cloud.clients, from)).map(({ text }) => text),
      ['a'],
    );
  });

  it('has nothing of a message that nobody keeps, and never gives its id again', async () => {
    const topic = await cloud.topic();
    await cloud.subscription(topic, { filter: 'attributes:wanted' });
    const [before] = await cloud.publish(topic, 'x'.repeat(10_000));
    assert.ok((await stat(path())).size < 2_000);
    await crash();
    const [after] = await cloud.publish(topic, 'later');
    assert.ok(Number(after) > Number(before));
  });

  it('keeps what one subscription alone wants, and what the topic alone does', async () => {
    const topic = await cloud.topic({ messageRetentionDuration: { seconds: 600 } });
    const other = await cloud.topic();
    const from = await cloud.subscription(other);
    await cloud.subscription(other, { filter: 'attributes:wanted' });
    await cloud.publish(topic, 'a');
    await cloud.publish(other, 'b');
    await crash();
    const texts = async (name: string) =>
      (await pullNow(cloud.clients, name)).map(({ text }) => text);
    assert.deepEqual(await texts(from), ['b']);
    const late = await cloud.subscription(topic);
    await cloud.clients.subscriber.seek({ subscription: late, time: { seconds: 1 } });
    assert.deepEqual(await texts(late), ['a']);
  });

  it('drops from the file what is over', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    for (let batch = 0; batch < 20; batch++) {
      await cloud.publish(topic, 'x'.repeat(10_000));
      const [one] = await pullNow(cloud.clients, from);
      await cloud.acknowledge(from, one!.ackId);
    }
    assert.ok((await stat(path())).size > 200_000);
    await restart();
    assert.ok((await stat(path())).size < 2_000);
  });

  it('is not what a file waits for to get rid of megabytes that are over', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    for (let count = 0; count < 4; count++) {
      await cloud.publish(topic, 'x'.repeat(9_000_000));
      const [one] = await pullNow(cloud.clients, from);
      await cloud.acknowledge(from, one!.ackId);
    }
    assert.ok((await stat(path())).size < 30_000_000);
    await cloud.publish(topic, 'kept');
    await crash();
    assert.deepEqual(
      (await pullNow(cloud.clients, from)).map(({ text }) => text),
      ['kept'],
    );
  });

  it('does not come about from a corrupt file, which it names', async () => {
    await cloud.topic();
    await cloud.stop();
    const bytes = await readFile(path());
    bytes[bytes.length - 10]! ^= 1;
    await writeFile(path(), bytes);
    const other = new Fixture({ state: fileJournal(path()) });
    await assert.rejects(other.start(), (error: Error) => {
      assert.ok(error instanceof CorruptJournal);
      assert.ok(error.message.startsWith(path()));
      return true;
    });
  });

  it('is not promised what could not be written', async () => {
    const broken = {
      ...memoryJournal(),
      flushed: () => Promise.reject(new Error('No space left on the device.')),
    };
    const other = new Fixture({ state: broken });
    await other.start();
    const quiet = console.error;
    console.error = () => {};
    const problem = await refused(other.topic(), status.INTERNAL);
    console.error = quiet;
    assert.match(problem, /No space left/);
    await other.stop();
  });
});
