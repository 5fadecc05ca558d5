/** What the service refuses and in which words, and what this one refuses of what the service does. */
import assert from 'node:assert/strict';
import { PubSub } from '@google-cloud/pubsub';
import { logVerbosity, setLogVerbosity, status } from '@grpc/grpc-js';
import { Fixture } from './fixture.ts';
import { fresh, project, pullNow, refused } from './testing.ts';

describe('settings', () => {
  const cloud = new Fixture();
  before(() => cloud.start());
  after(() => cloud.stop());

  describe('of a topic', () => {
    it('that is shown have all that was given', async () => {
      const name = fresh('topics');
      const given = {
        name,
        labels: { team: 'risk' },
        messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] },
        messageRetentionDuration: { seconds: 600, nanos: 500_000_000 },
      };
      await cloud.clients.publisher.createTopic(given);
      const [shown] = await cloud.clients.publisher.getTopic({ topic: name });
      assert.deepEqual(shown.labels, given.labels);
      assert.deepEqual(shown.messageStoragePolicy?.allowedPersistenceRegions, ['europe-west1']);
      assert.deepEqual(
        [Number(shown.messageRetentionDuration?.seconds), shown.messageRetentionDuration?.nanos],
        [600, 500_000_000],
      );
      assert.equal(shown.state, 'ACTIVE');
    });

    it('change where the mask says so', async () => {
      const name = await cloud.topic({ labels: { a: 'b' } });
      const [changed] = await cloud.clients.publisher.updateTopic({
        topic: { name, labels: { c: 'd' }, messageRetentionDuration: { seconds: 600 } },
        updateMask: { paths: ['labels'] },
      });
      assert.deepEqual([changed.labels, changed.messageRetentionDuration], [{ c: 'd' }, null]);
    });

    const LACKING: readonly [string, object, string][] = [
      [
        'an encoding of messages',
        { schemaSettings: { schema: 'projects/p/schemas/sss', encoding: 'BINARY' } },
        'encoding',
      ],
      [
        'a range of revisions',
        { schemaSettings: { schema: 'projects/p/schemas/sss', lastRevisionId: 'a' } },
        'first_revision_id, last_revision_id',
      ],
      ['encryption keys', { kmsKeyName: 'projects/p/…' }, 'kms_key_name'],
      [
        'imports',
        { ingestionDataSourceSettings: { cloudStorage: { bucket: 'b' } } },
        'ingestion_data_source_settings',
      ],
      [
        'transforms',
        { messageTransforms: [{ javascriptUdf: { functionName: 'f', code: 'x' } }] },
        'message_transforms',
      ],
      ['tags', { tags: { '1/a': 'b' } }, 'tags'],
    ];
    for (const [what, settings, field] of LACKING) {
      it(`with ${what} are refused by name`, async () => {
        const lacking = await cloud.lacks(cloud.topic(settings));
        assert.ok(lacking.endsWith(`(${field})`), lacking);
      });
    }
  });

  describe('of a subscription', () => {
    it('that is shown have all that was given', async () => {
      const topic = await cloud.topic();
      const graves = await cloud.topic();
      const given = {
        name: fresh('subscriptions'),
        topic,
        ackDeadlineSeconds: 42,
        retainAckedMessages: true,
        messageRetentionDuration: { seconds: '700', nanos: 0 },
        labels: { team: 'risk' },
        enableMessageOrdering: true,
        expirationPolicy: { ttl: { seconds: '86400', nanos: 0 } },
        filter: 'attributes:x',
        deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 7 },
        retryPolicy: {
          minimumBackoff: { seconds: '1', nanos: 500_000_000 },
          maximumBackoff: { seconds: '2', nanos: 0 },
        },
        enableExactlyOnceDelivery: true,
      };
      await cloud.clients.subscriber.createSubscription(given);
      const [shown] = await cloud.clients.subscriber.getSubscription({ subscription: given.name });
      for (const [field, value] of Object.entries(given)) {
        assert.deepEqual(shown[field as keyof typeof given], value, field);
      }
      assert.deepEqual([shown.state, shown.detached], ['ACTIVE', false]);
    });

    it('never expire or expire after 31 days, as the client says or leaves open', async () => {
      const topic = await cloud.topic();
      const [open, never] = [
        await cloud.subscription(topic),
        await cloud.subscription(topic, { expirationPolicy: {} }),
      ];
      const ttlOf = async (subscription: string) => {
        const [shown] = await cloud.clients.subscriber.getSubscription({ subscription });
        return shown.expirationPolicy?.ttl?.seconds;
      };
      assert.equal(Number(await ttlOf(open)), 31 * 24 * 3_600);
      assert.equal(await ttlOf(never), undefined);
    });

    const LACKING: readonly [string, object, string][] = [
      ['Cloud Storage', { cloudStorageConfig: { bucket: 'b' } }, 'cloud_storage_config'],
      ['Bigtable', { bigtableConfig: { table: 't' } }, 'bigtable_config'],
      ['transforms', { messageTransforms: [{ disabled: true }] }, 'message_transforms'],
      ['tags', { tags: { '1/a': 'b' } }, 'tags'],
      ['BigQuery', { bigqueryConfig: { table: 'p.d.t' } }, 'bigquery_config'],
      [
        'OIDC tokens',
        { pushConfig: { pushEndpoint: 'http://x', oidcToken: { serviceAccountEmail: 'a@b' } } },
        'push_config.oidc_token',
      ],
      [
        'the old push format',
        { pushConfig: { pushEndpoint: 'http://x', attributes: { 'x-goog-version': 'v1beta1' } } },
        'x-goog-version=v1beta1',
      ],
    ];
    for (const [what, settings, field] of LACKING) {
      it(`for ${what} are refused by name`, async () => {
        const lacking = await cloud.lacks(cloud.subscription(await cloud.topic(), settings));
        assert.ok(lacking.includes(field), lacking);
      });
    }

    it('with exactly-once delivery are for pulling only', async () => {
      const settings = {
        enableExactlyOnceDelivery: true,
        pushConfig: { pushEndpoint: 'http://x' },
      };
      await refused(cloud.subscription(await cloud.topic(), settings), status.INVALID_ARGUMENT);
    });

    it('for push keep pulls and acknowledgements away', async () => {
      const settings = { pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' } };
      const from = await cloud.subscription(await cloud.topic(), settings);
      for (const call of [pullNow(cloud.clients, from), cloud.acknowledge(from, 'a-b-c')]) {
        const problem = await refused(call, status.FAILED_PRECONDITION);
        assert.equal(problem, 'This method is not supported for this subscription type.');
      }
    });

    it('that are refused change nothing', async () => {
      const name = await cloud.subscription(await cloud.topic());
      const change = cloud.clients.subscriber.updateSubscription({
        subscription: {
          name,
          ackDeadlineSeconds: 40,
          expirationPolicy: { ttl: { seconds: 3_600 } },
        },
        updateMask: { paths: ['ack_deadline_seconds', 'expiration_policy'] },
      });
      assert.equal(
        await refused(change, status.INVALID_ARGUMENT),
        'The value for expiration duration is too small. You passed 1h in the request, but the minimum value is 24h.',
      );
      const [shown] = await cloud.clients.subscriber.getSubscription({ subscription: name });
      assert.equal(shown.ackDeadlineSeconds, 10);
    });
  });

  it('of snapshots are refused by name, and there are none', async () => {
    const { publisher, subscriber } = cloud.clients;
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const snapshot = `${project}/snapshots/abc`;
    const snapshots = [
      subscriber.createSnapshot({ name: snapshot, subscription: from }),
      subscriber.getSnapshot({ snapshot }),
      subscriber.deleteSnapshot({ snapshot }),
      subscriber.updateSnapshot({ snapshot: { name: snapshot } }),
      subscriber.seek({ subscription: from, snapshot }),
    ];
    for (const call of snapshots) assert.match(await cloud.lacks(call), /snapshot/);
    assert.deepEqual((await subscriber.listSnapshots({ project }))[0], []);
    assert.deepEqual((await publisher.listTopicSnapshots({ topic }))[0], []);
  });

  it('of permissions are refused by name', async () => {
    const call = cloud.clients.publisher.getIamPolicy({ resource: await cloud.topic() } as never);
    assert.match(await refused(call, status.UNIMPLEMENTED), /google\.iam\.v1\.IAMPolicy/);
  });

  describe('are refused in the words of the service:', () => {
    const attributes = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
    const publish = async (...messages: object[]) => {
      const topic = await cloud.topic();
      return cloud.clients.publisher.publish({ topic, messages });
    };
    const subscribe = async (settings: object) => cloud.subscription(await cloud.topic(), settings);
    const data = Buffer.from('x');

    const CASES: readonly [string, () => Promise<unknown>, number, string | RegExp][] = [
      [
        'a missing topic',
        () => cloud.clients.publisher.getTopic({ topic: `${project}/topics/gone` }),
        status.NOT_FOUND,
        'Resource not found (resource=gone).',
      ],
      [
        'a topic that is there',
        async () => cloud.clients.publisher.createTopic({ name: await cloud.topic() }),
        status.ALREADY_EXISTS,
        /^Resource already exists in the project \(resource=t-w\w+\)\.$/,
      ],
      [
        'a name',
        () => cloud.clients.publisher.createTopic({ name: 'x' }),
        status.INVALID_ARGUMENT,
        'Invalid resource name given (name=x). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.',
      ],
      [
        'a label',
        () => cloud.topic({ labels: { Upper: 'x' } }),
        status.INVALID_ARGUMENT,
        /argument=Invalid labels: key "Upper" does not conform/,
      ],
      [
        'a retention',
        () => cloud.topic({ messageRetentionDuration: { seconds: 599 } }),
        status.INVALID_ARGUMENT,
        'The value for message retention duration is out of bounds. You passed 9m59s in the request, but the value must be between 10m and 744h.',
      ],
      [
        'a page size',
        () =>
          cloud.clients.publisher.listTopics({ project, pageSize: -1 }, { autoPaginate: false }),
        status.INVALID_ARGUMENT,
        /page_size=-1/,
      ],
      [
        'a page token',
        () =>
          cloud.clients.publisher.listTopics({ project, pageToken: '!' }, { autoPaginate: false }),
        status.INVALID_ARGUMENT,
        /page_token=!/,
      ],
      [
        'a project',
        () => cloud.clients.publisher.listTopics({ project: 'p' }),
        status.INVALID_ARGUMENT,
        /name=p/,
      ],
      [
        'an ack deadline of a subscription',
        () => subscribe({ ackDeadlineSeconds: 9 }),
        status.INVALID_ARGUMENT,
        'Invalid ack deadline given (ack_deadline=9). The ack deadline must be between 10 and 600 seconds.',
      ],
      [
        'an ack deadline',
        async () => cloud.extend(await subscribe({}), 601, 'a'),
        status.INVALID_ARGUMENT,
        'Invalid ack deadline given (ack_deadline=601). The ack deadline must be between 0 and 600 seconds.',
      ],
      [
        'an immutable field',
        async () =>
          cloud.clients.subscriber.updateSubscription({
            subscription: { name: await subscribe({}) },
            updateMask: { paths: ['filter'] },
          }),
        status.INVALID_ARGUMENT,
        "Invalid update_mask provided in the UpdateSubscriptionRequest: the 'filter' field in the Subscription is not mutable.",
      ],
      [
        'too many messages',
        () => publish(...Array.from({ length: 1_001 }, () => ({ data }))),
        status.INVALID_ARGUMENT,
        'The value for message_count is too large. You passed 1001 in the request, but the maximum value is 1000.',
      ],
      [
        'a large request',
        () => publish({ data: Buffer.alloc(10_000_000) }),
        status.INVALID_ARGUMENT,
        /^The value for request_size is too large\. You passed 100000\d\d in the request, but the maximum value is 10000000\.$/,
      ],
      [
        'a larger request',
        () => publish({ data: Buffer.alloc(10_485_760) }),
        status.INVALID_ARGUMENT,
        'Request payload size exceeds the limit: 10485760 bytes.',
      ],
      ['101 attributes', () => publish({ attributes: attributes(101) }), 3, /num_attributes/],
      ['a long key', () => publish({ attributes: { ['é'.repeat(129)]: '' } }), 3, /key_size.*258/],
      ['a long value', () => publish({ attributes: { k: 'v'.repeat(1_025) } }), 3, /value_size/],
      ['an empty key', () => publish({ attributes: { '': 'v' } }), 3, /non-empty/],
      ['a reserved key', () => publish({ attributes: { google: 'v' } }), 3, /google is reserved/],
      ['a long ordering key', () => publish({ data, orderingKey: 'k'.repeat(1_025) }), 3, /1025/],
      [
        'two ordering keys',
        () => publish({ data, orderingKey: 'a' }, { data, orderingKey: 'b' }),
        status.INVALID_ARGUMENT,
        /same ordering key/,
      ],
    ];
    for (const [what, call, code, words] of CASES) {
      it(what, async () => {
        const message = await refused(call(), code);
        if (typeof words === 'string') assert.equal(message, words);
        else assert.match(message, words);
      });
    }
  });

  it('allow messages at every limit', async () => {
    const topic = await cloud.topic();
    const from = await cloud.subscription(topic);
    const attributes = Object.fromEntries(
      Array.from({ length: 99 }, (_, n) => [`k${n}`.padEnd(256, 'x'), 'v'.repeat(1_024)]),
    );
    const message = {
      attributes: { ...attributes, googclient_traceparent: '00' },
      data: Buffer.alloc(1_000),
      orderingKey: 'k'.repeat(1_024),
    };
    await cloud.clients.publisher.publish({ topic, messages: [message] });
    await cloud.clients.publisher.publish({
      topic,
      messages: Array.from({ length: 1_000 }, () => ({ data: Buffer.from('x') })),
    });
    await cloud.clients.publisher.publish({ topic, messages: [{ data: Buffer.alloc(9_999_900) }] });
    const [first] = await pullNow(cloud.clients, from, 1);
    assert.deepEqual(first!.attributes, message.attributes);
  });

  describe('of the server', () => {
    it('publish by a full name or by a topic of the project', async () => {
      const topic = await cloud.topic();
      const from = await cloud.subscription(topic);
      await cloud.server.publish(topic, [{ data: 'full' }]);
      const [id] = await cloud.server.publish(topic.split('/').at(-1)!, [
        { data: new Uint8Array([0x69, 0x64]), attributes: { a: 'b' }, orderingKey: 'k' },
      ]);
      const pulled = await pullNow(cloud.clients, from);
      assert.deepEqual(
        pulled.map(({ text }) => text),
        ['full', 'id'],
      );
      assert.deepEqual([pulled[1]!.id, pulled[1]!.attributes], [id, { a: 'b' }]);
      await assert.rejects(cloud.server.publish('gone', [{ data: 'x' }]), /resource=gone/);
      await assert.rejects(cloud.server.publish(topic, [{}]), /is empty/);
      const large = { data: Buffer.alloc(10_000_001) };
      await assert.rejects(cloud.server.publish(topic, [large]), /request_size is too large/);
    });

    it('say when the port is taken', async () => {
      const { port } = cloud.server;
      setLogVerbosity(logVerbosity.NONE);
      await assert.rejects(
        new Fixture({ port }).start(),
        new RegExp(`^Error: Pub/Sub cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
      );
      setLogVerbosity(logVerbosity.ERROR);
    });

    it('end streams and pulls with UNAVAILABLE when it stops, so that clients come back', async () => {
      const other = new Fixture();
      await other.start();
      const from = await other.subscription(await other.topic());
      const { subscriber } = other.clients;
      const stream = subscriber.streamingPull();
      const ended = new Promise<{ code: number }>((resolve) => stream.on('error', resolve));
      const opened = new Promise((resolve) => stream.on('data', resolve));
      stream.write({ subscription: from, streamAckDeadlineSeconds: 10 });
      await opened;
      const pull = subscriber.pull(
        { subscription: from, maxMessages: 1 },
        { retry: null as never },
      );
      const waiting = refused(pull, status.UNAVAILABLE);
      await subscriber.listSubscriptions({ project });
      await other.server.stop();
      assert.equal((await ended).code, status.UNAVAILABLE);
      await waiting;
      await other.clients.close();
    });
  });

  it('suit the client library with its environment variable alone', async () => {
    const { options } = cloud.clients.pubsub;
    assert.ok(cloud.clients.pubsub instanceof PubSub);
    assert.equal(Number(options.port), cloud.server.port);
  });
});
