import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { Fixture } from './fixture.ts';
import { pullNow, refused, until } from './testing.ts';

interface Response {
  readonly receivedMessages: readonly {
    readonly ackId: string;
    readonly message: { readonly data: Buffer; readonly orderingKey: string };
  }[];
  readonly acknowledgeConfirmation: { ackIds: string[]; invalidAckIds: string[] } | null;
  readonly modifyAckDeadlineConfirmation: { ackIds: string[]; invalidAckIds: string[] } | null;
  readonly subscriptionProperties: object;
}

describe('streaming pull', () => {
  const cloud = new Fixture();
  let streams: Stream[];
  before(() => cloud.start());
  after(() => cloud.stop());
  beforeEach(() => {
    streams = [];
  });
  afterEach(() => {
    for (const stream of streams) stream.cancel();
  });

  /** One stream as a client library holds it, and what came down it. */
  class Stream {
    readonly responses: Response[] = [];
    error: { code: number; details: string } | undefined;
    private readonly call = cloud.clients.subscriber.streamingPull();

    constructor(subscription: string, settings: object = {}) {
      streams.push(this);
      this.call.on('data', (response: Response) => this.responses.push(response));
      this.call.on('error', (error: Error & { code: number; details: string }) => {
        this.error = error;
      });
      this.write({ subscription, streamAckDeadlineSeconds: 10, ...settings });
    }

    write(request: object): void {
      this.call.write(request);
    }

    cancel(): void {
      this.call.cancel();
    }

    get messages() {
      return this.responses.flatMap(({ receivedMessages }) => receivedMessages);
    }

    get texts(): string[] {
      return this.messages.map(({ message }) => message.data.toString());
    }

    /** Resolves when so many messages came; fails if they are more. */
    async holds(count: number): Promise<void> {
      await until(() => (this.texts.length >= count ? true : undefined));
      await this.settled();
      assert.equal(this.texts.length, count);
    }

    /** Resolves when the server has answered all that was sent before: it takes calls in order. */
    async settled(): Promise<void> {
      await cloud.clients.subscriber.listSubscriptions({ project: 'projects/p' });
      await new Promise((resolve) => setImmediate(resolve));
    }

    async fails(code: number): Promise<string> {
      const { code: found, details } = await until(() => this.error);
      assert.equal(found, code, details);
      return details;
    }
  }

  it('sends what is there and what comes', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, 'a', 'b');
    const stream = new Stream(from);
    await stream.holds(2);
    await cloud.publish(topic, 'c');
    await stream.holds(3);
    assert.deepEqual(stream.texts, ['a', 'b', 'c']);
  });

  it('tells the properties of the subscription at once', async () => {
    const from = await cloud.subscription(await cloud.topic(), {
      enableExactlyOnceDelivery: true,
      enableMessageOrdering: true,
    });
    const stream = new Stream(from);
    const { subscriptionProperties } = await until(() => stream.responses[0]);
    assert.deepEqual(subscriptionProperties, {
      exactlyOnceDeliveryEnabled: true,
      messageOrderingEnabled: true,
    });
  });

  it('answers pings of clients that want them, and of no others', async () => {
    const from = await cloud.subscription(await cloud.topic());
    const [asking, silent] = [new Stream(from, { protocolVersion: 1 }), new Stream(from)];
    for (const stream of [asking, silent]) {
      await until(() => stream.responses[0]);
      stream.write({});
    }
    await until(() => asking.responses[1]);
    await silent.settled();
    assert.equal(silent.responses.length, 1);
  });

  it('sends no more messages than may be outstanding, and more as they are acknowledged', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, ...'abcdefg');
    const stream = new Stream(from, { maxOutstandingMessages: 3 });
    await stream.holds(3);
    stream.write({ ackIds: [stream.messages[0]!.ackId] });
    await stream.holds(4);
    await cloud.acknowledge(from, stream.messages[1]!.ackId, stream.messages[2]!.ackId);
    await stream.holds(6);
    stream.write({ modifyDeadlineAckIds: [stream.messages[3]!.ackId], modifyDeadlineSeconds: [0] });
    await stream.holds(7);
  });

  it('sends no more bytes than may be outstanding, but for the message that exceeds them', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, 'x'.repeat(60), 'y'.repeat(60), 'z'.repeat(60));
    const stream = new Stream(from, { maxOutstandingBytes: 100 });
    await stream.holds(2);
    stream.write({ ackIds: stream.messages.map(({ ackId }) => ackId) });
    await stream.holds(3);
  });

  it('delivers by its own deadline, which later requests may change', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { ackDeadlineSeconds: 600 });
    const stream = new Stream(from, { streamAckDeadlineSeconds: 20, maxOutstandingMessages: 1 });
    await cloud.publish(topic, 'a');
    await stream.holds(1);
    await cloud.clock.advance(19_999);
    await stream.holds(1);
    await cloud.clock.advance(1);
    await stream.holds(2);
    stream.write({ streamAckDeadlineSeconds: 30 });
    await stream.settled();
    await cloud.clock.advance(20_000);
    await stream.holds(3);
    await cloud.clock.advance(29_999);
    await stream.holds(3);
    await cloud.clock.advance(1);
    await stream.holds(4);
  });

  it('keeps the messages of a subscriber that died, until their deadline', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    await cloud.publish(topic, 'a', 'b');
    const dying = new Stream(from);
    await dying.holds(2);
    dying.cancel();
    await dying.settled();
    const heir = new Stream(from);
    await cloud.publish(topic, 'c');
    await heir.holds(1);
    await cloud.clock.advance(10_000);
    await heir.holds(4);
    assert.deepEqual(heir.texts.slice(0, 3), ['c', 'a', 'b']);
  });

  it('shares the messages among the streams of a subscription', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const both = [new Stream(from), new Stream(from)];
    await Promise.all(both.map((stream) => until(() => stream.responses[0])));
    for (let batch = 0; batch < 10; batch++) {
      await cloud.publish(topic, ...Array.from({ length: 100 }, (_, n) => `${batch}-${n}`));
    }
    await until(() => (both[0]!.texts.length + both[1]!.texts.length === 1_000 ? true : undefined));
    for (const stream of both) assert.ok(stream.texts.length >= 300, String(stream.texts.length));
    assert.equal(new Set(both.flatMap(({ texts }) => texts)).size, 1_000);
  });

  it('sends a key of an ordered subscription to one stream while it has some', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { enableMessageOrdering: true });
    const both = [new Stream(from), new Stream(from)];
    await Promise.all(both.map((stream) => until(() => stream.responses[0])));
    for (const data of 'abcdef') {
      await cloud.server.publish(topic, [{ data, orderingKey: 'k' }]);
    }
    await until(() => (both[0]!.texts.length + both[1]!.texts.length === 6 ? true : undefined));
    assert.deepEqual(both.map(({ texts }) => texts.join('')).sort(), ['', 'abcdef']);
  });

  it('confirms acknowledgements and deadlines where delivery is exactly once', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic, { enableExactlyOnceDelivery: true });
    await cloud.publish(topic, 'a', 'b');
    const stream = new Stream(from);
    await stream.holds(2);
    const [a, b] = stream.messages.map(({ ackId }) => ackId) as [string, string];
    await cloud.acknowledge(from, a);
    stream.write({
      ackIds: [a, b],
      modifyDeadlineAckIds: [b],
      modifyDeadlineSeconds: [60],
    });
    const confirmed = await until(() =>
      stream.responses.find((one) => one.acknowledgeConfirmation),
    );
    const { ackIds, invalidAckIds } = confirmed.acknowledgeConfirmation!;
    assert.deepEqual([ackIds, invalidAckIds], [[b], [a]]);
    const modified = await until(() =>
      stream.responses.find((one) => one.modifyAckDeadlineConfirmation),
    );
    assert.deepEqual(modified.modifyAckDeadlineConfirmation!.invalidAckIds, [b]);
  });

  it('lets the client end it', async () => {
    const stream = cloud.clients.subscriber.streamingPull();
    const from = await cloud.subscription(await cloud.topic());
    const ended = new Promise((resolve) => stream.on('end', resolve));
    stream.on('data', () => {});
    stream.write({ subscription: from, streamAckDeadlineSeconds: 10 });
    stream.end();
    await ended;
  });

  const ENDINGS: readonly [string, number, (from: string) => Promise<unknown>][] = [
    [
      'is deleted',
      status.NOT_FOUND,
      (from) => cloud.clients.subscriber.deleteSubscription({ subscription: from }),
    ],
    [
      'is detached',
      status.FAILED_PRECONDITION,
      (from) => cloud.clients.publisher.detachSubscription({ subscription: from }),
    ],
    [
      'turns to push',
      status.FAILED_PRECONDITION,
      (from) =>
        cloud.clients.subscriber.modifyPushConfig({
          subscription: from,
          pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' },
        }),
    ],
  ];
  for (const [what, code, ending] of ENDINGS) {
    it(`ends when the subscription ${what}`, async () => {
      const from = await cloud.subscription(await cloud.topic());
      const stream = new Stream(from);
      await until(() => stream.responses[0]);
      await ending(from);
      await stream.fails(code);
      await refused(pullNow(cloud.clients, from), code);
    });
  }

  const FAULTS: readonly [string, (from: string) => object][] = [
    ['names the subscription again', (from) => ({ subscription: from })],
    ['changes the flow control', () => ({ maxOutstandingMessages: 5 })],
    ['has a malformed ack id', () => ({ ackIds: ['nonsense'] })],
    ['has more ids than deadlines', () => ({ modifyDeadlineAckIds: ['a-b-c'] })],
    ['has a deadline too short', () => ({ streamAckDeadlineSeconds: 9 })],
    [
      'has a deadline too long',
      () => ({ modifyDeadlineAckIds: ['a-b-c'], modifyDeadlineSeconds: [601] }),
    ],
  ];
  for (const [what, request] of FAULTS) {
    it(`ends when a later request ${what}`, async () => {
      const topic = await cloud.topic();
      const from = await cloud.subscription(topic);
      const stream = new Stream(from);
      await until(() => stream.responses[0]);
      stream.write(request(from));
      await stream.fails(status.INVALID_ARGUMENT);
      await cloud.publish(topic, 'for another');
      assert.equal((await pullNow(cloud.clients, from)).length, 1);
    });
  }
});
