/**
 * Schemas of topics, held against the local Pub/Sub and, where the Google Cloud SDK has it, against
 * Google's own emulator. That knows Avro alone; of Avro, what the local one does.
 */
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import {
  type Clients,
  connect,
  fresh,
  project,
  pullAll,
  pullNow,
  refused,
  startLocal,
  startOfficial,
  type Target,
} from './testing.ts';

const TARGETS: readonly [string, () => Promise<Target | undefined>][] = [
  ['the local Pub/Sub', startLocal],
  ["Google's emulator", startOfficial],
];

const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const field = (type: unknown) => record({ name: 'v', type });
const inner = { type: 'record', name: 'S', fields: [{ name: 'a', type: 'string' }] };

/** Definitions, and messages that are theirs and are not. */
const MESSAGES: readonly [string, string, readonly string[], readonly string[]][] = [
  [
    'a text',
    field('string'),
    ['{"v":""}', ' {"v":"é"}\n'],
    ['{"v":1}', '{"v":null}', '{}', 'null', '[]', '"a"', 'v', '{"v":"a",}', "{'v':'a'}"],
  ],
  [
    'a number',
    field('double'),
    ['{"v":1}', '{"v":1.5}', '{"v":-1e-9}'],
    ['{"v":"1"}', '{"v":"NaN"}', '{"v":null}', '{"v":true}'],
  ],
  [
    'a count',
    field('long'),
    ['{"v":1}', '{"v":-9007199254740991}'],
    ['{"v":9223372036854775808}', '{"v":"1"}'],
  ],
  ['a small count', field('int'), ['{"v":2147483647}'], ['{"v":2147483648}', '{"v":"1"}']],
  ['a truth', field('boolean'), ['{"v":true}', '{"v":false}'], ['{"v":1}', '{"v":"true"}']],
  ['nothing', field('null'), ['{"v":null}'], ['{"v":0}', '{}']],
  [
    'a list',
    field({ type: 'array', items: 'string' }),
    ['{"v":[]}', '{"v":["a","b"]}'],
    ['{"v":[1]}', '{"v":null}', '{"v":{}}'],
  ],
  [
    'a record',
    field(inner),
    ['{"v":{"a":"x"}}'],
    ['{"v":{}}', '{"v":null}', '{"v":[]}', '{"v":{"a":1}}'],
  ],
  [
    'what may be null, which wraps what is not',
    field(['null', 'double', inner]),
    ['{"v":null}', '{"v":{"double":0.1}}', '{"v":{"S":{"a":"x"}}}'],
    ['{"v":0.1}', '{}', '{"v":{}}', '{"v":{"double":"x"}}', '{"v":{"long":1}}'],
  ],
  [
    'a message with fields beside the schema’s',
    field(inner),
    ['{"new":{"v":1},"v":{"a":"x","b":[null]},"list":[{"c":0.5}],"none":null}'],
    ['{"new":"x"}'],
  ],
];

const NO_SCHEMAS: readonly [string, string][] = [
  ['what is no JSON', 'x'],
  ['nothing', ''],
  ['what is no type', '{}'],
  ['a record without fields', '{"type":"record","name":"R"}'],
  ['a record without a name', '{"type":"record","fields":[]}'],
  ['a record whose name has a space', '{"type":"record","name":"a b","fields":[]}'],
  [
    'a record with a field twice',
    record({ name: 'v', type: 'string' }, { name: 'v', type: 'long' }),
  ],
  ['a field without a type', record({ name: 'v' })],
  ['an unknown type', field('text')],
  ['a union in a union', field(['null', ['string']])],
  ['a union with a type twice', field(['null', 'null'])],
  ['a record defined twice', field({ ...inner, name: 'R' })],
];

for (const [title, start] of TARGETS) {
  describe(`schemas of ${title}`, () => {
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

    const create = async (definition = field('string')) => {
      const name = fresh('schemas');
      const schemaId = name.slice(name.lastIndexOf('/') + 1);
      const schema = { type: 'AVRO', definition } as const;
      const [made] = await clients.schemas.createSchema({ parent: project, schemaId, schema });
      return { name, schemaId, made };
    };
    const topicOf = async (schema: string) => {
      const name = fresh('topics');
      const schemaSettings = { schema, encoding: 'JSON' } as const;
      await clients.publisher.createTopic({ name, schemaSettings });
      return name;
    };
    const publish = (topic: string, ...all: string[]) =>
      clients.publisher.publish({
        topic,
        messages: all.map((data) => ({ data: Buffer.from(data) })),
      });
    const validate = (definition: string, message: string) =>
      clients.schemas.validateMessage({
        parent: project,
        schema: { type: 'AVRO', definition },
        message: Buffer.from(message),
        encoding: 'JSON',
      });

    it('are made, shown, listed and deleted, once', async () => {
      const { name, schemaId, made } = await create();
      assert.deepEqual([made.name, made.type, made.definition], [name, 'AVRO', field('string')]);
      assert.match(made.revisionId!, /^\w{1,8}$/);
      const [whole] = await clients.schemas.getSchema({ name });
      assert.deepEqual([whole.definition, whole.revisionId], [made.definition, made.revisionId]);
      const [brief] = await clients.schemas.getSchema({ name, view: 'BASIC' });
      assert.deepEqual([brief.name, brief.definition], [name, '']);
      const [all] = await clients.schemas.listSchemas({ parent: project, view: 'FULL' });
      const found = all.find((each) => each.name === name);
      assert.equal(found?.definition, made.definition);
      const schema = { type: 'AVRO', definition: field('string') } as const;
      const again = clients.schemas.createSchema({ parent: project, schemaId, schema });
      await refused(again, status.ALREADY_EXISTS);
      await clients.schemas.deleteSchema({ name });
      await refused(clients.schemas.getSchema({ name }), status.NOT_FOUND);
      await refused(clients.schemas.deleteSchema({ name }), status.NOT_FOUND);
    });

    for (const [what, definition] of NO_SCHEMAS) {
      it(`are not made of ${what}`, async () => {
        const schema = { type: 'AVRO', definition } as const;
        const call = clients.schemas.validateSchema({ parent: project, schema });
        await refused(call, status.INVALID_ARGUMENT);
        await refused(create(definition), status.INVALID_ARGUMENT);
      });
    }

    it('are not of protocol buffers', async () => {
      const definition = 'syntax = "proto3"; message M { optional string v = 1; }';
      const schema = { type: 'PROTOCOL_BUFFER', definition } as const;
      const call = clients.schemas.validateSchema({ parent: project, schema });
      await refused(call, status.UNIMPLEMENTED);
    });

    for (const [what, definition, theirs, others] of MESSAGES) {
      it(`of ${what} take what is theirs, and nothing else`, async () => {
        await clients.schemas.validateSchema({
          parent: project,
          schema: { type: 'AVRO', definition },
        });
        for (const message of theirs) await validate(definition, message);
        for (const message of others) {
          await refused(validate(definition, message), status.INVALID_ARGUMENT);
        }
      });
    }

    it('let a topic take what is theirs, as it came, and say by which schema', async () => {
      const { name, made } = await create();
      const topic = await topicOf(name);
      const subscription = fresh('subscriptions');
      await clients.subscriber.createSubscription({ name: subscription, topic });
      await publish(topic, '{"v":"a", "new":0.1}');
      const [pulled] = await pullAll(clients, subscription, 1);
      assert.deepEqual(
        [pulled!.text, pulled!.attributes],
        [
          '{"v":"a", "new":0.1}',
          {
            googclient_schemaencoding: 'JSON',
            googclient_schemaname: name,
            googclient_schemarevisionid: made.revisionId,
          },
        ],
      );
    });

    it('keep a whole call out for one message of it', async () => {
      const topic = await topicOf((await create()).name);
      const subscription = fresh('subscriptions');
      await clients.subscriber.createSubscription({ name: subscription, topic });
      await refused(publish(topic, '{"v":"a"}', '{"v":1}'), status.INVALID_ARGUMENT);
      await refused(publish(topic, 'no JSON'), status.INVALID_ARGUMENT);
      const empty = { topic, messages: [{ attributes: { a: 'b' } }] };
      await refused(clients.publisher.publish(empty), status.INVALID_ARGUMENT);
      assert.deepEqual(await pullNow(clients, subscription), []);
    });

    it('are taken from a topic, and given to it', async () => {
      const { name } = await create();
      const topic = await topicOf(name);
      const updateMask = { paths: ['schema_settings'] };
      await clients.publisher.updateTopic({ topic: { name: topic }, updateMask });
      await publish(topic, 'no JSON');
      const schemaSettings = { schema: name, encoding: 'JSON' } as const;
      await clients.publisher.updateTopic({ topic: { name: topic, schemaSettings }, updateMask });
      await refused(publish(topic, 'no JSON'), status.INVALID_ARGUMENT);
    });

    it('must be there, and so must their name and encoding', async () => {
      const { name } = await create();
      const make = (schemaSettings: object) =>
        clients.publisher.createTopic({ name: fresh('topics'), schemaSettings });
      await refused(make({ schema: fresh('schemas'), encoding: 'JSON' }), status.NOT_FOUND);
      await refused(make({ encoding: 'JSON' }), status.INVALID_ARGUMENT);
      await refused(make({ schema: name }), status.INVALID_ARGUMENT);
    });

    it('that are deleted let their topic take nothing more', async () => {
      const { name } = await create();
      const topic = await topicOf(name);
      await clients.schemas.deleteSchema({ name });
      const [shown] = await clients.publisher.getTopic({ topic });
      assert.equal(shown.schemaSettings!.schema, '_deleted-schema_');
      await refused(publish(topic, '{"v":"a"}'), status.NOT_FOUND);
    });
  });
}
