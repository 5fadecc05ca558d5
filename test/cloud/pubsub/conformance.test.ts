/**
 * What any Pub/Sub does, held against the local one and, where the Google Cloud SDK has it, against
 * Google's own emulator. What that lacks (filters, detaching, backoff after a refusal, flow control,
 * OIDC tokens, BigQuery) is tested beside the code.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import {
  type Clients,
  connect,
  fresh,
  newWord,
  project,
  pullAll,
  pullNow,
  refused,
  startLocal,
  startOfficial,
  type Target,
  texts,
  until,
} from './testing.ts';

const TARGETS: readonly [string, () => Promise<Target | undefined>][] = [
  ['the local Pub/Sub', startLocal],
  ["Google's emulator", startOfficial],
];

for (const [title, start] of TARGETS) {
  describe(`${title} conforms`, () => {
    let target: Target | undefined;
    let clients: Clients;

    before(async function () {
      this.timeout(60_000);
      target = await start();
      if (!target) {
        console.info('    skipped: needs Java, and the Google Cloud SDK with its Pub/Sub emulator');
        this.skip();
      }
      clients = connect(target.port);
    });
    after(async () => {
      await clients?.close();
      await target?.stop();
    });

    const topic = async (settings: object = {}) => {
      const name = fresh('topics');
      await clients.publisher.createTopic({ name, ...settings });
      return name;
    };
    const subscription = async (topicName: string, settings: object = {}) => {
      const name = fresh('subscriptions');
      await clients.subscriber.createSubscription({ name, topic: topicName, ...settings });
      return name;
    };
    const publish = async (topicName: string, messages: object[]) => {
      const [{ messageIds }] = await clients.publisher.publish({ topic: topicName, messages });
      return messageIds!;
    };
    const acknowledge = (name: string, ackIds: string[]) =>
      clients.subscriber.acknowledge({ subscription: name, ackIds });
    const setDeadline = (name: string, ackIds: string[], ackDeadlineSeconds: number) =>
      clients.subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds });

    describe('topics', () => {
      it('are made, shown and deleted, once', async () => {
        const name = await topic({ labels: { team: 'risk' } });
        const [shown] = await clients.publisher.getTopic({ topic: name });
        assert.deepEqual([shown.name, shown.labels], [name, { team: 'risk' }]);
        await refused(clients.publisher.createTopic({ name }), status.ALREADY_EXISTS);
        await clients.publisher.deleteTopic({ topic: name });
        await refused(clients.publisher.getTopic({ topic: name }), status.NOT_FOUND);
        await refused(clients.publisher.deleteTopic({ topic: name }), status.NOT_FOUND);
      });

      it('are listed page by page', async () => {
        const names = [await topic(), await topic(), await topic()];
        const found: string[] = [];
        for (let pageToken = ''; ; ) {
          const [page, , response] = await clients.publisher.listTopics(
            { project, pageSize: 2, pageToken },
            { autoPaginate: false },
          );
          assert.ok(page.length <= 2);
          found.push(...page.map((one) => one.name!));
          pageToken = response.nextPageToken ?? '';
          if (pageToken === '') break;
        }
        assert.equal(new Set(found).size, found.length);
        for (const name of names) assert.ok(found.includes(name));
      });

      for (const id of ['1abc', 'ab', 'googly', 'with space']) {
        it(`are not called ${id}`, async () => {
          const name = `${project}/topics/${id}`;
          await refused(clients.publisher.createTopic({ name }), status.INVALID_ARGUMENT);
        });
      }

      it('retain messages for ten minutes at least', async () => {
        const request = { name: fresh('topics'), messageRetentionDuration: { seconds: 599 } };
        await refused(clients.publisher.createTopic(request), status.INVALID_ARGUMENT);
      });
    });

    describe('publishing', () => {
      it('gives each message an id of its own, and its data and attributes to all subscriptions', async () => {
        const name = await topic();
        const subscriptions = [await subscription(name), await subscription(name)];
        const messages = [{ data: Buffer.from([0, 255]), attributes: { é: '☃' } }, ...texts('b')];
        const ids = await publish(name, messages);
        assert.equal(new Set(ids).size, 2);
        for (const each of subscriptions) {
          const pulled = await pullAll(clients, each, 2);
          assert.deepEqual(
            pulled.map(({ id, text, attributes }) => [id, text, attributes]),
            [
              [ids[0], Buffer.from([0, 255]).toString(), { é: '☃' }],
              [ids[1], 'b', {}],
            ],
          );
        }
      });

      it('reaches no subscription made later', async () => {
        const name = await topic();
        await publish(name, texts('early'));
        assert.deepEqual(await pullNow(clients, await subscription(name)), []);
      });

      it('needs a topic', async () => {
        const missing = clients.publisher.publish({ topic: fresh('topics'), messages: texts('a') });
        await refused(missing, status.NOT_FOUND);
      });

      it('refuses no messages, too many, and one with nothing in it', async () => {
        const name = await topic();
        const many = Array.from({ length: 1_001 }, () => ({ data: Buffer.from('a') }));
        for (const messages of [[], many, [{}]]) {
          await refused(
            clients.publisher.publish({ topic: name, messages }),
            status.INVALID_ARGUMENT,
          );
        }
      });
    });

    describe('subscriptions', () => {
      it('are made with the defaults of the service', async () => {
        const name = await topic();
        const [made] = await clients.subscriber.getSubscription({
          subscription: await subscription(name, { retryPolicy: {} }),
        });
        assert.equal(made.topic, name);
        assert.equal(made.ackDeadlineSeconds, 10);
        assert.equal(Number(made.messageRetentionDuration?.seconds), 7 * 24 * 3_600);
        assert.equal(Number(made.retryPolicy?.minimumBackoff?.seconds), 10);
        assert.equal(Number(made.retryPolicy?.maximumBackoff?.seconds), 600);
      });

      it('get a name in the project where the client gives none', async () => {
        const [made] = await clients.subscriber.createSubscription({ topic: await topic() });
        assert.match(made.name!, new RegExp(`^${project}/subscriptions/[a-z]`));
      });

      it('need a topic, and a name that is free', async () => {
        const name = await topic();
        const taken = await subscription(name);
        const { subscriber } = clients;
        const again = subscriber.createSubscription({ name: taken, topic: name });
        await refused(again, status.ALREADY_EXISTS);
        const without = { name: fresh('subscriptions'), topic: fresh('topics') };
        await refused(subscriber.createSubscription(without), status.NOT_FOUND);
      });

      it('are listed by topic', async () => {
        const name = await topic();
        const all = [await subscription(name), await subscription(name)];
        const [found] = await clients.publisher.listTopicSubscriptions({ topic: name });
        assert.deepEqual([...found].sort(), all.sort());
      });

      const WRONG: readonly [string, object, number][] = [
        ['a deadline over ten minutes', { ackDeadlineSeconds: 601 }, status.INVALID_ARGUMENT],
        [
          'a retention under ten minutes',
          { messageRetentionDuration: { seconds: 599 } },
          status.INVALID_ARGUMENT,
        ],
        [
          'a backoff over ten minutes',
          { retryPolicy: { maximumBackoff: { seconds: 601 } } },
          status.INVALID_ARGUMENT,
        ],
        [
          'a maximum backoff below the minimum',
          { retryPolicy: { minimumBackoff: { seconds: 9 }, maximumBackoff: { seconds: 8 } } },
          status.INVALID_ARGUMENT,
        ],
        [
          'a dead-letter topic that is not there',
          { deadLetterPolicy: { deadLetterTopic: `${project}/topics/nowhere` } },
          status.NOT_FOUND,
        ],
        [
          'a push endpoint that is no URL of HTTP',
          { pushConfig: { pushEndpoint: 'ftp://there' } },
          status.INVALID_ARGUMENT,
        ],
      ];
      for (const [what, settings, code] of WRONG) {
        it(`are refused with ${what}`, async () => {
          await refused(subscription(await topic(), settings), code);
        });
      }

      for (const maxDeliveryAttempts of [4, 101]) {
        it(`are refused with ${maxDeliveryAttempts} delivery attempts`, async () => {
          const name = await topic();
          const deadLetterPolicy = { deadLetterTopic: name, maxDeliveryAttempts };
          await refused(subscription(name, { deadLetterPolicy }), status.OUT_OF_RANGE);
        });
      }

      it('change where the mask says so', async () => {
        const name = await subscription(await topic());
        const [changed] = await clients.subscriber.updateSubscription({
          subscription: { name, ackDeadlineSeconds: 33, retainAckedMessages: true },
          updateMask: { paths: ['ack_deadline_seconds'] },
        });
        assert.deepEqual([changed.ackDeadlineSeconds, changed.retainAckedMessages], [33, false]);
      });

      for (const paths of [[], ['topic'], ['nonsense'], ['ackDeadlineSeconds']]) {
        it(`do not change by the mask [${paths}]`, async () => {
          const name = await subscription(await topic());
          await refused(
            clients.subscriber.updateSubscription({
              subscription: { name },
              updateMask: { paths },
            }),
            status.INVALID_ARGUMENT,
          );
        });
      }

      it('outlive their topic with what they hold', async () => {
        const name = await topic();
        const left = await subscription(name);
        await publish(name, texts('kept'));
        await clients.publisher.deleteTopic({ topic: name });
        const [shown] = await clients.subscriber.getSubscription({ subscription: left });
        assert.equal(shown.topic, '_deleted-topic_');
        assert.deepEqual(
          (await pullAll(clients, left, 1)).map(({ text }) => text),
          ['kept'],
        );
        await clients.publisher.createTopic({ name });
        await publish(name, texts('of another topic'));
        assert.deepEqual(await pullNow(clients, left), []);
      });

      it('are gone when deleted', async () => {
        const name = await subscription(await topic());
        await clients.subscriber.deleteSubscription({ subscription: name });
        const { subscriber } = clients;
        await refused(subscriber.getSubscription({ subscription: name }), status.NOT_FOUND);
        await refused(subscriber.deleteSubscription({ subscription: name }), status.NOT_FOUND);
        await refused(pullNow(clients, name), status.NOT_FOUND);
        await refused(acknowledge(name, ['x']), status.NOT_FOUND);
      });
    });

    describe('pulling', () => {
      it('delivers no more than asked for, and a message to one subscriber at a time', async () => {
        const name = await topic();
        const from = await subscription(name);
        await publish(name, texts('a', 'b', 'c'));
        const first = await pullNow(clients, from, 2);
        const second = await pullNow(clients, from, 2);
        assert.deepEqual([first.length, second.length], [2, 1]);
        const all = [...first, ...second].map(({ text }) => text);
        assert.deepEqual(all.sort(), ['a', 'b', 'c']);
      });

      it('waits for the first message', async () => {
        const name = await topic();
        const from = await subscription(name);
        const waiting = clients.subscriber.pull({ subscription: from, maxMessages: 1 });
        await publish(name, texts('at last'));
        const [response] = await waiting;
        assert.equal(response.receivedMessages?.length, 1);
      });

      it('answers nothing, rather than an error, just before the client gives up', async () => {
        const from = await subscription(await topic());
        const [response] = await clients.subscriber.pull(
          { subscription: from, maxMessages: 1 },
          { timeout: 1_500 },
        );
        assert.deepEqual(response.receivedMessages, []);
      });

      it('delivers acknowledged messages no more', async () => {
        const name = await topic();
        const from = await subscription(name);
        await publish(name, texts('a', 'b'));
        const pulled = await pullAll(clients, from, 2);
        await acknowledge(from, [pulled[0]!.ackId]);
        await acknowledge(from, [pulled[0]!.ackId]);
        await setDeadline(from, [pulled[1]!.ackId], 0);
        const again = await pullAll(clients, from, 1);
        assert.deepEqual(
          again.map(({ id }) => id),
          [pulled[1]!.id],
        );
      });

      it('delivers a message again when its deadline has passed, with another ack id', async () => {
        const name = await topic();
        const from = await subscription(name);
        await publish(name, texts('slow'));
        const [first] = await pullAll(clients, from, 1);
        assert.deepEqual(await pullNow(clients, from), []);
        await setDeadline(from, [first!.ackId], 1);
        const [second] = await pullAll(clients, from, 1);
        assert.equal(second!.id, first!.id);
        assert.notEqual(second!.ackId, first!.ackId);
      });

      const UNACCEPTABLE: readonly [string, (from: string) => Promise<unknown>][] = [
        ['no messages', (from) => clients.subscriber.pull({ subscription: from, maxMessages: 0 })],
        ['no ack ids', (from) => acknowledge(from, [])],
        ['a malformed ack id', (from) => acknowledge(from, ['not an id'])],
        ['no ack ids to extend', (from) => setDeadline(from, [], 10)],
        ['a negative deadline', (from) => setDeadline(from, ['x'], -1)],
      ];
      for (const [what, call] of UNACCEPTABLE) {
        it(`refuses ${what}`, async () => {
          await refused(call(await subscription(await topic())), status.INVALID_ARGUMENT);
        });
      }

      it("refuses another subscription's ack id", async () => {
        const name = await topic();
        const [one, other] = [await subscription(name), await subscription(name)];
        await publish(name, texts('a'));
        const [pulled] = await pullAll(clients, one, 1);
        await refused(acknowledge(other, [pulled!.ackId]), status.INVALID_ARGUMENT);
      });
    });

    describe('dead letters', () => {
      it('are what a poison message becomes, while the rest proceed', async () => {
        const [name, graves] = [await topic(), await topic()];
        const from = await subscription(name, {
          deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 5 },
        });
        const buried = await subscription(graves);
        await publish(name, texts('good'));
        await publish(name, [{ data: Buffer.from('poison'), attributes: { kind: 'bad' } }]);
        const attempts: number[] = [];
        const grave = await until(async () => {
          for (const { text, ackId, attempt } of await pullNow(clients, from)) {
            if (text === 'poison') attempts.push(attempt);
            await (text === 'good' ? acknowledge(from, [ackId]) : setDeadline(from, [ackId], 0));
          }
          return (await pullNow(clients, buried))[0];
        });
        assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
        assert.equal(grave.text, 'poison');
        const { CloudPubSubDeadLetterSourceTopicPublishTime: publishedAt, ...rest } =
          grave.attributes;
        assert.deepEqual(rest, {
          kind: 'bad',
          CloudPubSubDeadLetterSourceDeliveryCount: '5',
          CloudPubSubDeadLetterSourceSubscription: from.split('/').at(-1),
          CloudPubSubDeadLetterSourceSubscriptionProject: project.split('/').at(-1),
        });
        assert.ok(!Number.isNaN(Date.parse(publishedAt!)));
        assert.deepEqual(await pullNow(clients, from), []);
      });
    });

    describe('ordering', () => {
      const keyed = (...all: string[]) =>
        texts(...all).map((one) => ({ ...one, orderingKey: 'k' }));

      it('delivers the messages of a key in the order of publishing', async () => {
        const name = await topic();
        const from = await subscription(name, { enableMessageOrdering: true });
        const words = Array.from({ length: 30 }, (_, index) => String(index));
        for (let at = 0; at < words.length; at += 10) {
          await publish(name, keyed(...words.slice(at, at + 10)));
        }
        const found: string[] = [];
        await until(async () => {
          const pulled = await pullNow(clients, from, 7);
          found.push(...pulled.map(({ text }) => text));
          if (pulled.length > 0) {
            await acknowledge(
              from,
              pulled.map(({ ackId }) => ackId),
            );
          }
          return found.length >= words.length ? true : undefined;
        });
        assert.deepEqual(found, words);
      });

      it('holds a key back while a message of it is out', async () => {
        const name = await topic();
        const from = await subscription(name, { enableMessageOrdering: true });
        await publish(name, keyed('a', 'b'));
        const [first] = await pullAll(clients, from, 1);
        assert.equal(first!.text, 'a');
        await publish(name, [{ data: Buffer.from('other'), orderingKey: 'other' }]);
        const others = await pullAll(clients, from, 1);
        assert.deepEqual(
          others.map(({ text }) => text).filter((text) => text !== 'b'),
          ['other'],
        );
      });
    });

    describe('exactly-once delivery', () => {
      it('says so when an acknowledgement came to nothing, and does the others', async () => {
        const name = await topic();
        const from = await subscription(name, { enableExactlyOnceDelivery: true });
        await publish(name, texts('a', 'b'));
        const [one, other] = await pullAll(clients, from, 2);
        await acknowledge(from, [one!.ackId]);
        const error = await acknowledge(from, [one!.ackId, other!.ackId]).then(
          () => assert.fail('The acknowledgement went through.'),
          (problem) => problem,
        );
        assert.equal(error.code, status.INVALID_ARGUMENT);
        assert.equal(error.reason, 'EXACTLY_ONCE_ACKID_FAILURE');
        assert.equal(error.domain, 'pubsub.googleapis.com');
        assert.deepEqual(error.errorInfoMetadata, {
          [one!.ackId]: 'PERMANENT_FAILURE_INVALID_ACK_ID',
        });
        await refused(setDeadline(from, [other!.ackId], 0), status.INVALID_ARGUMENT);
      });

      it('tells the client library, whose acknowledgements then tell their outcome', async () => {
        const name = await topic();
        const from = await subscription(name, { enableExactlyOnceDelivery: true });
        await publish(name, texts('a'));
        const subscriber = clients.pubsub.subscription(from);
        const outcome = new Promise((resolve, reject) => {
          subscriber.on('error', reject);
          subscriber.on('message', (message: Message) => {
            message.ackWithResponse().then(resolve, reject);
          });
        });
        assert.equal(await outcome, 'SUCCESS');
        await subscriber.close();
      });
    });

    describe('seeking', () => {
      it('to now drops the backlog', async () => {
        const name = await topic();
        const from = await subscription(name);
        await publish(name, texts('old'));
        const seconds = Math.floor(Date.now() / 1_000) + 1;
        await clients.subscriber.seek({ subscription: from, time: { seconds } });
        assert.deepEqual(await pullNow(clients, from), []);
      });

      it('back delivers acknowledged messages again, where they are retained', async () => {
        const name = await topic();
        const retaining = await subscription(name, { retainAckedMessages: true });
        const forgetting = await subscription(name);
        await publish(name, texts('replayed'));
        for (const from of [retaining, forgetting]) {
          const [pulled] = await pullAll(clients, from, 1);
          await acknowledge(from, [pulled!.ackId]);
          await clients.subscriber.seek({ subscription: from, time: { seconds: 1 } });
        }
        assert.equal((await pullAll(clients, retaining, 1))[0]!.text, 'replayed');
        assert.deepEqual(await pullNow(clients, forgetting), []);
      });

      it('needs a target', async () => {
        const from = await subscription(await topic());
        await refused(clients.subscriber.seek({ subscription: from }), status.INVALID_ARGUMENT);
      });
    });

    describe('streams', () => {
      it('bring thousands of messages, each once, as the client library takes them', async () => {
        const id = `t-${newWord()}`;
        await clients.pubsub.createTopic(id);
        await clients.pubsub.topic(id).createSubscription(id);
        const [publishTo, from] = [clients.pubsub.topic(id), clients.pubsub.subscription(id)];
        const seen = new Map<string, number>();
        const subscriber = new Promise<void>((resolve, reject) => {
          from.on('error', reject);
          from.on('message', (message: Message) => {
            message.ack();
            seen.set(message.id, (seen.get(message.id) ?? 0) + 1);
            if (seen.size === 3_000) resolve();
          });
        });
        const data = Buffer.from('payload');
        const ids = await Promise.all(
          Array.from({ length: 3_000 }, () => publishTo.publishMessage({ data })),
        );
        await subscriber;
        await from.close();
        assert.deepEqual(new Set(seen.keys()), new Set(ids));
        assert.deepEqual(new Set(seen.values()), new Set([1]));
      });

      it('deliver a message again that the subscriber refuses', async () => {
        const name = await topic();
        const from = clients.pubsub.subscription(await subscription(name));
        let refusals = 0;
        const taken = new Promise<string>((resolve, reject) => {
          from.on('error', reject);
          from.on('message', (message: Message) => {
            if (refusals++ < 2) return message.nack();
            message.ack();
            resolve(message.data.toString());
          });
        });
        await publish(name, texts('third time lucky'));
        assert.equal(await taken, 'third time lucky');
        await from.close();
      });

      const OPENINGS: readonly [string, (name: string) => object, number][] = [
        [
          'without a subscription',
          () => ({ streamAckDeadlineSeconds: 10 }),
          status.INVALID_ARGUMENT,
        ],
        [
          'with a deadline below ten seconds',
          (name) => ({ subscription: name, streamAckDeadlineSeconds: 9 }),
          status.INVALID_ARGUMENT,
        ],
        [
          'of a subscription that is not there',
          () => ({ subscription: fresh('subscriptions'), streamAckDeadlineSeconds: 10 }),
          status.NOT_FOUND,
        ],
      ];
      for (const [what, request, code] of OPENINGS) {
        it(`are not opened ${what}`, async () => {
          const stream = clients.subscriber.streamingPull();
          const failed = new Promise<{ code: number }>((resolve) => stream.on('error', resolve));
          stream.on('data', () => {});
          stream.write(request(await subscription(await topic())));
          assert.equal((await failed).code, code);
        });
      }
    });

    describe('push', () => {
      let endpoint: Server;
      let requests: { headers: IncomingMessage['headers']; body: string }[];
      let answers: number[];
      const url = () => `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/push`;

      beforeEach((done) => {
        requests = [];
        answers = [];
        endpoint = createServer(async (request, response) => {
          const chunks = await request.toArray();
          requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
          response.writeHead(answers.shift() ?? 204).end();
        }).listen(0, '127.0.0.1', done);
      });
      afterEach((done) => {
        endpoint.closeAllConnections();
        endpoint.close(done);
      });

      it('posts a message as JSON', async () => {
        const name = await topic();
        const from = await subscription(name, { pushConfig: { pushEndpoint: url() } });
        const [id] = await publish(name, [{ data: Buffer.from('hello'), attributes: { a: 'b' } }]);
        const { headers, body } = await until(() => requests[0]);
        assert.equal(headers['content-type'], 'application/json');
        const { message, subscription: sender } = JSON.parse(body);
        assert.equal(sender, from);
        assert.deepEqual(message.attributes, { a: 'b' });
        assert.equal(Buffer.from(message.data, 'base64').toString(), 'hello');
        assert.deepEqual([message.messageId, message.message_id], [id, id]);
        assert.match(message.publishTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.equal(message.publish_time, message.publishTime);
      });

      it('posts it again until the endpoint says that it has it', async () => {
        answers = [500, 404];
        const name = await topic();
        await subscription(name, { pushConfig: { pushEndpoint: url() } });
        const [id] = await publish(name, texts('again'));
        await until(() => requests[2]);
        const ids = requests.map(({ body }) => JSON.parse(body).message.messageId);
        assert.deepEqual(ids, [id, id, id]);
      });

      it('stops when the subscription turns to pull', async () => {
        const name = await topic();
        const from = await subscription(name, { pushConfig: { pushEndpoint: url() } });
        await clients.subscriber.modifyPushConfig({ subscription: from, pushConfig: {} });
        await publish(name, texts('for whoever pulls'));
        assert.equal((await pullAll(clients, from, 1)).length, 1);
        assert.deepEqual(requests, []);
      });
    });
  });
}
