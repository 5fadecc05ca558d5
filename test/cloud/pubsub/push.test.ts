import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PubSubEvent } from './events.ts';
import { Fixture } from './fixture.ts';
import { memoryJournal } from './journal.ts';
import { pullNow, until } from './testing.ts';

interface Pushed {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Of the message in an envelope. */
  readonly text: string;
}

/** An HTTP server that answers as told; undefined lets the test answer, or nobody. */
class Endpoint {
  readonly pushed: Pushed[] = [];
  answer: (pushed: Pushed) => number | undefined = () => 204;
  private readonly server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const pushed = { request, body, response, text: textOf(body) };
    this.pushed.push(pushed);
    const status = this.answer(pushed);
    if (status === 102) {
      response.writeProcessing();
      response.writeHead(500).end();
    } else if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end();
  });

  async start(port = 0): Promise<void> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/push?q=1`;
  }

  get texts(): string[] {
    return this.pushed.map(({ text }) => text);
  }

  /** Resolves when so many requests came; there must not be more. */
  async got(count: number): Promise<Pushed[]> {
    await until(() => (this.pushed.length >= count ? true : undefined));
    assert.equal(this.pushed.length, count, this.texts.join());
    return this.pushed;
  }
}

function textOf(body: Buffer): string {
  try {
    return Buffer.from(JSON.parse(body.toString()).message.data ?? '', 'base64').toString();
  } catch {
    return body.toString();
  }
}

describe('push', () => {
  const minted: [string, string][] = [];
  const problems: string[] = [];
  let mintFailure: Error | undefined;
  let cloud: Fixture;
  let endpoint: Endpoint;

  const start = async (state = memoryJournal(), now = '2026-03-01T12:00:00.250Z') => {
    cloud = new Fixture({
      state,
      report: (problem) => problems.push(problem),
      mintToken: async (audience, email) => {
        if (mintFailure) throw mintFailure;
        minted.push([audience, email]);
        return `token-${minted.length}`;
      },
    });
    await cloud.clock.advanceTo(now);
    await cloud.start();
  };

  beforeEach(async () => {
    minted.length = problems.length = 0;
    mintFailure = undefined;
    endpoint = new Endpoint();
    await endpoint.start();
    await start();
  });
  afterEach(async () => {
    await endpoint.stop();
    await cloud.stop();
  });

  const subscribe = (topic: string, push: object = {}, settings: object = {}) =>
    cloud.subscription(topic, { pushConfig: { pushEndpoint: endpoint.url, ...push }, ...settings });
  const toPull = async (from: string) => {
    await cloud.clients.subscriber.modifyPushConfig({ subscription: from, pushConfig: {} });
    return (await pullNow(cloud.clients, from)).map(({ text }) => text);
  };
  /** Resolves when the server knows how all requests but so many went: its journal says so. */
  const settled = (underway = 0) =>
    until(async () => {
      const events = (await cloud.options.state.read()) as PubSubEvent[];
      let count = 0;
      for (const event of events) {
        if (event.op !== 'backlog') continue;
        const { change } = event;
        const ids = 'ids' in change ? change.ids.length : 1;
        count += change.op === 'lease' ? ids : -ids;
      }
      return count === underway ? true : undefined;
    });

  describe('sends', () => {
    it('the least of an envelope for the least of a message', async () => {
      const topic = await cloud.topic();
      const from = await subscribe(topic);
      const [id] = await cloud.publish(topic, 'hi');
      const [pushed] = await endpoint.got(1);
      assert.deepEqual(JSON.parse(pushed!.body.toString()), {
        message: {
          data: 'aGk=',
          messageId: id,
          message_id: id,
          publishTime: '2026-03-01T12:00:00.250Z',
          publish_time: '2026-03-01T12:00:00.250Z',
        },
        subscription: from,
      });
      const { method, url, headers } = pushed!.request;
      assert.deepEqual([method, url], ['POST', '/push?q=1']);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['content-length'], String(pushed!.body.length));
      assert.equal(headers.authorization, undefined);
    });

    it('the most of an envelope for the most of a message', async () => {
      const topic = await cloud.topic();
      const deadLetterPolicy = { deadLetterTopic: topic };
      await subscribe(topic, {}, { deadLetterPolicy, enableMessageOrdering: true });
      await cloud.server.publish(topic, [{ attributes: { a: 'ü' }, orderingKey: 'k' }]);
      const [pushed] = await endpoint.got(1);
      const { message, deliveryAttempt } = JSON.parse(pushed!.body.toString());
      assert.deepEqual([message.attributes, message.orderingKey], [{ a: 'ü' }, 'k']);
      assert.ok(!('data' in message));
      assert.equal(deliveryAttempt, 1);
    });

    it('bare data without a wrapper', async () => {
      const topic = await cloud.topic();
      await subscribe(topic, { noWrapper: {} });
      const data = Buffer.from([0, 255, 10]);
      await cloud.server.publish(topic, [{ data, attributes: { secret: 'x' } }]);
      const [pushed] = await endpoint.got(1);
      assert.deepEqual(pushed!.body, data);
      assert.equal(pushed!.request.headers['content-type'], 'application/octet-stream');
      assert.equal(pushed!.request.headers.secret, undefined);
    });

    it('metadata and attributes as headers beside bare data, where that is asked for', async () => {
      const topic = await cloud.topic();
      const from = await subscribe(topic, { noWrapper: { writeMetadata: true } });
      const attributes = { 'Content-Type': 'text/plain', 'X-Mine': 'yes' };
      const [id] = await cloud.server.publish(topic, [{ data: 'x', attributes, orderingKey: 'k' }]);
      const [pushed] = await endpoint.got(1);
      const { headers } = pushed!.request;
      assert.equal(headers['content-type'], 'text/plain');
      assert.equal(headers['x-mine'], 'yes');
      assert.equal(headers['x-goog-pubsub-subscription-name'], from);
      assert.equal(headers['x-goog-pubsub-message-id'], id);
      assert.equal(headers['x-goog-pubsub-publish-time'], '2026-03-01T12:00:00.250Z');
      assert.equal(headers['x-goog-pubsub-ordering-key'], 'k');
    });

    it('an OIDC token for the endpoint, or for the audience that the client names', async () => {
      const topic = await cloud.topic();
      const serviceAccountEmail = 'pusher@p.iam';
      await subscribe(topic, { oidcToken: { serviceAccountEmail } });
      await subscribe(topic, { oidcToken: { serviceAccountEmail, audience: 'me' } });
      await cloud.publish(topic, 'x');
      await endpoint.got(2);
      const tokens = endpoint.pushed.map(({ request }) => request.headers.authorization);
      assert.deepEqual(tokens.sort(), ['Bearer token-1', 'Bearer token-2']);
      assert.deepEqual(minted.sort(), [
        [endpoint.url, serviceAccountEmail],
        ['me', serviceAccountEmail],
      ]);
    });
  });

  for (const status of [102, 200, 201, 202, 204]) {
    it(`takes the status ${status} for an acknowledgement`, async () => {
      endpoint.answer = () => status;
      const topic = await cloud.topic();
      const from = await subscribe(topic);
      await cloud.publish(topic, 'a');
      await endpoint.got(1);
      await settled();
      await cloud.clock.advance(120_000);
      await endpoint.got(1);
      assert.deepEqual(await toPull(from), []);
    });
  }

  for (const status of [203, 206, 301, 307, 400, 401, 404, 429, 500, 503]) {
    it(`takes the status ${status} for a refusal`, async () => {
      endpoint.answer = () => status;
      const topic = await cloud.topic();
      const from = await subscribe(topic);
      await cloud.publish(topic, 'a');
      await endpoint.got(1);
      await settled();
      await cloud.clock.advance(100);
      await endpoint.got(2);
      await settled();
      assert.deepEqual(await toPull(from), ['a']);
    });
  }

  it('tries again after the ack deadline when there is no answer, and breaks the request off', async () => {
    endpoint.answer = () => undefined;
    const topic = await cloud.topic();
    await subscribe(topic, {}, { ackDeadlineSeconds: 20 });
    await cloud.publish(topic, 'a');
    const [first] = await endpoint.got(1);
    const broken = once(first!.response, 'close');
    await cloud.clock.advance(19_999);
    await settled(1);
    await endpoint.got(1);
    await cloud.clock.advance(1);
    await broken;
    await settled();
    await cloud.clock.advance(100);
    await endpoint.got(2);
  });

  it('leaves an endpoint that is down alone for longer and longer, and then brings everything', async () => {
    const topic = await cloud.topic();
    endpoint.answer = () => 503;
    await subscribe(topic);
    await cloud.publish(topic, 'first');
    await endpoint.got(1);
    let count = 1;
    for (const pauseMs of [
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000, 60_000,
    ]) {
      await settled();
      await cloud.clock.advance(pauseMs - 1);
      await settled();
      await endpoint.got(count);
      await cloud.clock.advance(1);
      await endpoint.got(++count);
    }
    await settled();
    await cloud.publish(topic, ...'abcdefgh');
    endpoint.answer = () => 200;
    await cloud.clock.advance(60_000);
    await until(() => (endpoint.pushed.length >= count + 9 ? true : undefined));
    assert.deepEqual(endpoint.texts.slice(count).sort(), [...'abcdefgh', 'first'].sort());
    await settled();
    endpoint.answer = () => 503;
    await cloud.publish(topic, 'again');
    await endpoint.got(count + 10);
    await settled();
    await cloud.clock.advance(100);
    await endpoint.got(count + 11);
  });

  it('gets over an endpoint that is not there at all', async () => {
    const { url } = endpoint;
    await endpoint.stop();
    const topic = await cloud.topic();
    await cloud.subscription(topic, { pushConfig: { pushEndpoint: url } });
    await cloud.publish(topic, 'a');
    await settled();
    endpoint = new Endpoint();
    await endpoint.start(Number(new URL(url).port));
    await cloud.clock.advance(100);
    await endpoint.got(1);
  });

  it('waits where no token can be had, reports that, and is made when one can', async () => {
    mintFailure = new Error('The key is gone.');
    const topic = await cloud.topic();
    await subscribe(topic, { oidcToken: { serviceAccountEmail: 'a@b' } });
    await cloud.publish(topic, 'a');
    await settled();
    assert.deepEqual(endpoint.pushed, []);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /gets no OIDC token: Error: The key is gone\.$/);
    mintFailure = undefined;
    await cloud.clock.advance(100);
    await endpoint.got(1);
  });

  it('has few requests under way at first, more as they succeed, fewer as they fail', async () => {
    endpoint.answer = () => undefined;
    const topic = await cloud.topic();
    await subscribe(topic);
    await cloud.publish(topic, ...Array.from({ length: 40 }, (_, n) => String(n)));
    await settled(4);
    for (const { response } of await endpoint.got(4)) response.writeHead(200).end();
    // Each success makes room for itself and for one more.
    await settled(8);
    for (const { response } of (await endpoint.got(12)).slice(4)) response.writeHead(500).end();
    await settled();
    await cloud.clock.advance(100);
    await endpoint.got(13);
    await settled(1);
  });

  it('keeps one message of an ordering key under way', async () => {
    endpoint.answer = () => undefined;
    const topic = await cloud.topic();
    await subscribe(topic, {}, { enableMessageOrdering: true });
    await cloud.server.publish(topic, [
      { data: 'a1', orderingKey: 'a' },
      { data: 'a2', orderingKey: 'a' },
    ]);
    await cloud.server.publish(topic, [{ data: 'b1', orderingKey: 'b' }]);
    await endpoint.got(2);
    assert.deepEqual(endpoint.texts.sort(), ['a1', 'b1']);
    for (const { response } of endpoint.pushed) response.writeHead(200).end();
    await endpoint.got(3);
    assert.equal(endpoint.texts[2], 'a2');
  });

  it('follows the retry policy message by message', async () => {
    endpoint.answer = ({ text }) => (text === 'bad' ? 500 : 200);
    const topic = await cloud.topic();
    await subscribe(topic, {}, { retryPolicy: { minimumBackoff: { seconds: 30 } } });
    await cloud.publish(topic, 'bad');
    await endpoint.got(1);
    await settled();
    await cloud.publish(topic, 'good');
    await cloud.clock.advance(100);
    await endpoint.got(2);
    await cloud.clock.advance(29_899);
    await settled();
    await endpoint.got(2);
    await cloud.clock.advance(1);
    await endpoint.got(3);
    assert.deepEqual(endpoint.texts, ['bad', 'good', 'bad']);
  });

  it('brings a poison message to the dead-letter topic, and the rest to the endpoint', async () => {
    endpoint.answer = ({ text }) => (text === 'poison' ? 500 : 200);
    const [topic, graves] = [await cloud.topic(), await cloud.topic()];
    const from = await subscribe(topic, {}, { deadLetterPolicy: { deadLetterTopic: graves } });
    const buried = await cloud.subscription(graves);
    await cloud.publish(topic, 'a', 'poison', 'b', 'c');
    const grave = await until(async () => {
      await settled();
      await cloud.clock.advance(60_000);
      return (await pullNow(cloud.clients, buried))[0];
    });
    assert.equal(grave.text, 'poison');
    const bodies = endpoint.pushed.map(({ body }) => JSON.parse(body.toString()));
    const attempts = bodies.filter((_, n) => endpoint.texts[n] === 'poison');
    assert.deepEqual(
      attempts.map(({ deliveryAttempt }) => deliveryAttempt),
      [1, 2, 3, 4, 5],
    );
    // The dead letter itself is out.
    await settled(1);
    assert.deepEqual(endpoint.texts.filter((text) => text !== 'poison').sort(), ['a', 'b', 'c']);
    assert.deepEqual(await toPull(from), []);
  });

  it('turns to another endpoint when told to, with what was under way', async () => {
    endpoint.answer = () => undefined;
    const topic = await cloud.topic();
    const from = await subscribe(topic);
    await cloud.publish(topic, 'a');
    await endpoint.got(1);
    const other = new Endpoint();
    await other.start();
    const pushConfig = { pushEndpoint: other.url };
    await cloud.clients.subscriber.modifyPushConfig({ subscription: from, pushConfig });
    await other.got(1);
    await cloud.publish(topic, 'b');
    await other.got(2);
    await endpoint.got(1);
    await other.stop();
  });

  it('ends with the subscription', async () => {
    endpoint.answer = () => undefined;
    const topic = await cloud.topic();
    const from = await subscribe(topic);
    await cloud.publish(topic, 'a');
    const [first] = await endpoint.got(1);
    const broken = once(first!.response, 'close');
    await cloud.clients.subscriber.deleteSubscription({ subscription: from });
    await broken;
    await cloud.publish(topic, 'b');
    await cloud.clock.advance(60_000);
    await endpoint.got(1);
  });

  it('goes on after a restart, and counts no attempt that the stop broke off', async () => {
    endpoint.answer = () => undefined;
    const topic = await cloud.topic();
    await subscribe(topic, {}, { deadLetterPolicy: { deadLetterTopic: topic } });
    await cloud.publish(topic, 'a');
    await endpoint.got(1);
    await cloud.stop();
    await start(cloud.options.state as ReturnType<typeof memoryJournal>);
    await endpoint.got(2);
    const attempts = endpoint.pushed.map(({ body }) => JSON.parse(body.toString()).deliveryAttempt);
    assert.deepEqual(attempts, [1, 1]);
  });
});
