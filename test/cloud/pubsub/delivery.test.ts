/** When and to whom messages go, to the millisecond. */
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { Fixture } from './fixture.ts';
import { pullNow, refused } from './testing.ts';

describe('delivery', () => {
  const cloud = new Fixture();
  before(() => cloud.start());
  after(() => cloud.stop());

  const pulled = async (from: string) =>
    (await pullNow(cloud.clients, from)).map(({ text }) => text);

  it('comes again at the ack deadline of the subscription, not before', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { ackDeadlineSeconds: 15 });
    await cloud.publish(topic, 'a');
    assert.deepEqual(await pulled(from), ['a']);
    await cloud.clock.advance(14_999);
    assert.deepEqual(await pulled(from), []);
    await cloud.clock.advance(1);
    assert.deepEqual(await pulled(from), ['a']);
  });

  it('comes again when the time last granted is over, be it longer or shorter', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, 'a');
    const [first] = await pullNow(cloud.clients, from);
    await cloud.clock.advance(9_000);
    await cloud.extend(from, 60, first!.ackId);
    await cloud.clock.advance(59_999);
    assert.deepEqual(await pulled(from), []);
    await cloud.extend(from, 5, first!.ackId);
    await cloud.clock.advance(5_000);
    assert.deepEqual(await pulled(from), ['a']);
  });

  it('takes no notice of an acknowledgement that is late', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, 'a');
    const [first] = await pullNow(cloud.clients, from);
    await cloud.clock.advance(10_000);
    await cloud.acknowledge(from, first!.ackId);
    await cloud.extend(from, 600, first!.ackId);
    assert.deepEqual(await pulled(from), ['a']);
  });

  it('tells a late acknowledgement where delivery is exactly once', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { enableExactlyOnceDelivery: true });
    await cloud.publish(topic, 'a');
    const [first] = await pullNow(cloud.clients, from);
    await cloud.clock.advance(10_000);
    const problem = await refused(cloud.acknowledge(from, first!.ackId), status.INVALID_ARGUMENT);
    assert.match(problem, /^Some acknowledgement ids in the request were invalid\./);
    assert.deepEqual(await pulled(from), ['a']);
  });

  it('backs off twice as long after each failure, up to the maximum', async () => {
    const topic = await cloud.topic();
    const retryPolicy = { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 35 } };
    const from = await cloud.subscription(topic, { retryPolicy });
    await cloud.publish(topic, 'a');
    for (const backoffMs of [10_000, 20_000, 35_000, 35_000]) {
      const [first] = await pullNow(cloud.clients, from);
      await cloud.nack(from, first!.ackId);
      await cloud.clock.advance(backoffMs - 1);
      assert.deepEqual(await pulled(from), []);
      await cloud.clock.advance(1);
    }
    assert.deepEqual(await pulled(from), ['a']);
    // A deadline that passes is a failure like a refusal.
    await cloud.clock.advance(10_000 + 34_999);
    assert.deepEqual(await pulled(from), []);
    await cloud.clock.advance(1);
    assert.deepEqual(await pulled(from), ['a']);
  });

  it('counts refusals and missed deadlines as attempts, and tells them where they are limited', async () => {
    const [topic, graves] = [await cloud.topic(), await cloud.topic()];
    const deadLetterPolicy = { deadLetterTopic: graves, maxDeliveryAttempts: 6 };
    const from = await cloud.subscription(topic, { deadLetterPolicy });
    const untold = await cloud.subscription(topic);
    const buried = await cloud.subscription(graves);
    await cloud.publish(topic, 'a');
    for (const attempt of [1, 2, 3, 4, 5, 6]) {
      const [one] = await pullNow(cloud.clients, from);
      assert.equal(one!.attempt, attempt);
      if (attempt % 2) await cloud.nack(from, one!.ackId);
      else await cloud.clock.advance(10_000);
    }
    assert.deepEqual(await pulled(from), []);
    const [grave] = await pullNow(cloud.clients, buried);
    assert.equal(grave!.attributes.CloudPubSubDeadLetterSourceDeliveryCount, '6');
    assert.equal(
      grave!.attributes.CloudPubSubDeadLetterSourceTopicPublishTime,
      new Date(cloud.clock.now() - 30_000).toISOString(),
    );
    assert.equal((await pullNow(cloud.clients, untold))[0]!.attempt, 0);
  });

  it('goes on as long as the dead-letter topic is gone', async () => {
    const [topic, graves] = [await cloud.topic(), await cloud.topic()];
    const from = await cloud.subscription(topic, { deadLetterPolicy: { deadLetterTopic: graves } });
    await cloud.clients.publisher.deleteTopic({ topic: graves });
    await cloud.publish(topic, 'a');
    for (const attempt of [1, 2, 3, 4, 5, 6, 7]) {
      const [one] = await pullNow(cloud.clients, from);
      assert.equal(one!.attempt, attempt);
      await cloud.nack(from, one!.ackId);
    }
    await cloud.clients.publisher.createTopic({ name: graves });
    const buried = await cloud.subscription(graves);
    const [last] = await pullNow(cloud.clients, from);
    await cloud.nack(from, last!.ackId);
    assert.deepEqual(await pulled(buried), ['a']);
  });

  it('brings only what the filter lets through', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { filter: 'attributes.kind = "x"' });
    await cloud.server.publish(topic, [
      { data: 'no' },
      { data: 'yes', attributes: { kind: 'x' } },
      { data: 'neither', attributes: { kind: 'y' } },
    ]);
    assert.deepEqual(await pulled(from), ['yes']);
  });

  it('keeps to the limit of bytes in a response, but for a single message above it', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const big = 'x'.repeat(6_000_000);
    await cloud.publish(topic, big);
    await cloud.publish(topic, big);
    assert.deepEqual(
      (await pulled(from)).map((text) => text.length),
      [6_000_000],
    );
    assert.deepEqual(
      (await pulled(from)).map((text) => text.length),
      [6_000_000],
    );
  });

  describe('of ordered messages', () => {
    const keyed = async (topic: string, ...texts: string[]) =>
      cloud.server.publish(
        topic,
        texts.map((data) => ({ data, orderingKey: 'k' })),
      );
    const ordered = (topic: string, settings: object = {}) =>
      cloud.subscription(topic, { enableMessageOrdering: true, ...settings });

    it('begins again at the one that failed, with those acknowledged after it', async () => {
      const topic = await cloud.topic();
      const from = await ordered(topic);
      await keyed(topic, 'a', 'b', 'c');
      const [a, b, c] = await pullNow(cloud.clients, from);
      await cloud.acknowledge(from, a!.ackId, c!.ackId);
      await cloud.nack(from, b!.ackId);
      assert.deepEqual(await pulled(from), ['b', 'c']);
    });

    it('is over for those that follow one that failed', async () => {
      const topic = await cloud.topic();
      const from = await ordered(topic, { enableExactlyOnceDelivery: true });
      await keyed(topic, 'a', 'b');
      const [a, b] = await pullNow(cloud.clients, from);
      await cloud.nack(from, a!.ackId);
      await refused(cloud.acknowledge(from, b!.ackId), status.INVALID_ARGUMENT);
    });

    it('waits for the acknowledgement of all that is out of a key', async () => {
      const topic = await cloud.topic();
      const from = await ordered(topic);
      await keyed(topic, 'a', 'b', 'c');
      const [a, b] = await pullNow(cloud.clients, from, 2);
      await cloud.acknowledge(from, b!.ackId);
      assert.deepEqual(await pulled(from), []);
      await cloud.acknowledge(from, a!.ackId);
      assert.deepEqual(await pulled(from), ['c']);
    });

    it('backs off with its key, and no other', async () => {
      const topic = await cloud.topic();
      const from = await ordered(topic, { retryPolicy: {} });
      await keyed(topic, 'a', 'b');
      const [a] = await pullNow(cloud.clients, from, 1);
      await cloud.nack(from, a!.ackId);
      await cloud.server.publish(topic, [{ data: 'other', orderingKey: 'l' }]);
      await cloud.publish(topic, 'keyless');
      assert.deepEqual((await pulled(from)).sort(), ['keyless', 'other']);
      await cloud.clock.advance(10_000);
      assert.deepEqual((await pulled(from)).slice(0, 2), ['a', 'b']);
    });

    it('goes on behind a dead letter', async () => {
      const topic = await cloud.topic();
      const from = await ordered(topic, { deadLetterPolicy: { deadLetterTopic: topic } });
      await keyed(topic, 'poison', 'good');
      for (let attempt = 1; attempt <= 5; attempt++) {
        const [first] = await pullNow(cloud.clients, from, 1);
        assert.equal(first!.text, 'poison');
        await cloud.nack(from, first!.ackId);
      }
      assert.deepEqual(await pulled(from), ['good', 'poison']);
    });
  });

  describe('after seeking', () => {
    it('brings what is not older than the time sought', async () => {
      const topic = await cloud.topic();
      const from = await cloud.subscription(topic, { retainAckedMessages: true });
      const times: number[] = [];
      for (const text of ['a', 'b', 'c']) {
        times.push(cloud.clock.now());
        await cloud.publish(topic, text);
        await cloud.clock.advance(1_000);
      }
      const all = await pullNow(cloud.clients, from);
      await cloud.acknowledge(from, ...all.map(({ ackId }) => ackId));
      const seek = (ms: number) =>
        cloud.clients.subscriber.seek({
          subscription: from,
          time: { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1e6 },
        });
      await seek(times[1]!);
      assert.deepEqual(await pulled(from), ['b', 'c']);
      await seek(times[1]! + 1);
      assert.deepEqual(await pulled(from), ['c']);
      await seek(0);
      assert.deepEqual(await pulled(from), ['a', 'b', 'c']);
    });

    it("brings the topic's retained messages, even those from before the subscription", async () => {
      const topic = await cloud.topic({ messageRetentionDuration: { seconds: 3_600 } });
      await cloud.publish(topic, 'too old');
      await cloud.clock.advance(1_800_000);
      await cloud.publish(topic, 'old');
      await cloud.clock.advance(1_800_001);
      const from = await cloud.subscription(topic);
      const rewind = () =>
        cloud.clients.subscriber.seek({ subscription: from, time: { seconds: 1 } });
      await rewind();
      assert.deepEqual(await pulled(from), ['old']);
      await cloud.publish(topic, 'new');
      await rewind();
      assert.deepEqual(await pulled(from), ['old', 'new']);
      const [shown] = await cloud.clients.subscriber.getSubscription({ subscription: from });
      assert.equal(Number(shown.topicMessageRetentionDuration?.seconds), 3_600);
    });

    it('counts the attempts of what was acknowledged anew', async () => {
      const topic = await cloud.topic();
      const from = await cloud.subscription(topic, {
        retainAckedMessages: true,
        deadLetterPolicy: { deadLetterTopic: topic },
      });
      await cloud.publish(topic, 'a');
      const [first] = await pullNow(cloud.clients, from);
      await cloud.nack(from, first!.ackId);
      const [second] = await pullNow(cloud.clients, from);
      await cloud.acknowledge(from, second!.ackId);
      await cloud.clients.subscriber.seek({ subscription: from, time: { seconds: 1 } });
      const [again] = await pullNow(cloud.clients, from);
      assert.deepEqual([first!.attempt, second!.attempt, again!.attempt], [1, 2, 1]);
    });

    it('takes back what is out', async () => {
      const topic = await cloud.topic();
      const from = await cloud.subscription(topic, { enableExactlyOnceDelivery: true });
      await cloud.publish(topic, 'a');
      const [out] = await pullNow(cloud.clients, from);
      await cloud.clients.subscriber.seek({ subscription: from, time: { seconds: 1 } });
      await refused(cloud.acknowledge(from, out!.ackId), status.INVALID_ARGUMENT);
      assert.deepEqual(await pulled(from), ['a']);
    });
  });

  it('does not go to a pull that was given up', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const pull = cloud.clients.subscriber.pull(
      { subscription: from, maxMessages: 1 },
      { timeout: 200, retry: null as never },
    );
    await refused(pull, status.DEADLINE_EXCEEDED);
    // The server learns of it before it learns of anything later.
    await cloud.clients.subscriber.getSubscription({ subscription: from });
    await cloud.publish(topic, 'a');
    assert.deepEqual(await pulled(from), ['a']);
  });

  it('ends with the retention of the subscription', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { messageRetentionDuration: { seconds: 600 } });
    await cloud.publish(topic, 'a');
    await cloud.clock.advance(300_000);
    await cloud.publish(topic, 'b');
    await cloud.clock.advance(299_999);
    const both = await pullNow(cloud.clients, from);
    assert.deepEqual(
      both.map(({ text }) => text),
      ['a', 'b'],
    );
    await cloud.nack(from, ...both.map(({ ackId }) => ackId));
    await cloud.clock.advance(1);
    assert.deepEqual(await pulled(from), ['b']);
  });

  it('ends when the subscription is detached, for good', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const { publisher, subscriber } = cloud.clients;
    await cloud.publish(topic, 'a');
    const [out] = await pullNow(cloud.clients, from);
    const waiting = subscriber.pull({ subscription: from, maxMessages: 1 });
    waiting.catch(() => {});
    await publisher.detachSubscription({ subscription: from });
    const calls = [
      waiting,
      pullNow(cloud.clients, from),
      cloud.acknowledge(from, out!.ackId),
      subscriber.seek({ subscription: from, time: { seconds: 1 } }),
      publisher.detachSubscription({ subscription: from }),
    ];
    for (const call of calls) {
      assert.match(await refused(call, status.FAILED_PRECONDITION), /detached/);
    }
    const [shown] = await subscriber.getSubscription({ subscription: from });
    assert.deepEqual([shown.detached, shown.topic], [true, topic]);
    const [attached] = await publisher.listTopicSubscriptions({ topic });
    assert.ok(!attached.includes(from));
  });
});
