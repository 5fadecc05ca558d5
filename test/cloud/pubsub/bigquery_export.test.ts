import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import type { TableRef } from '../bigquery/names.ts';
import type { RowSink } from '../bigquery/ports.ts';
import type { Field, ScalarType } from '../bigquery/types.ts';
import type { PubSubEvent } from './events.ts';
import { Fixture } from './fixture.ts';
import { memoryJournal } from './journal.ts';
import { pullNow, refused, until } from './testing.ts';

type Row = Record<string, unknown>;

const column = (name: string, kind: ScalarType, required = false): Field => ({
  name,
  type: { kind },
  required,
});

/** Tables as `insertAll` treats them, as far as these tests go: all rows of a request, or none. */
class Tables implements RowSink {
  readonly tables = new Map<string, { fields: readonly Field[]; rows: Row[] }>();
  readonly batches: number[] = [];
  failure: Error | undefined;
  /** Held back until this resolves. */
  gate: Promise<void> = Promise.resolve();

  create(name: string, ...fields: Field[]): Row[] {
    const rows: Row[] = [];
    this.tables.set(name, { fields, rows });
    return rows;
  }

  fields(ref: TableRef): readonly Field[] | undefined {
    return this.tables.get(nameOf(ref))?.fields;
  }

  async insert(ref: TableRef, rows: readonly Row[]): Promise<{ index: number; message: string }[]> {
    await this.gate;
    if (this.failure) throw this.failure;
    const table = this.tables.get(nameOf(ref))!;
    const problems = rows.flatMap((row, index) =>
      problemsOf(row, table.fields).map((message) => ({ index, message })),
    );
    if (problems.length > 0) return problems;
    this.batches.push(rows.length);
    table.rows.push(...rows);
    return [];
  }
}

const nameOf = ({ projectId, datasetId, tableId }: TableRef) =>
  `${projectId}.${datasetId}.${tableId}`;

function problemsOf(row: Row, fields: readonly Field[]): string[] {
  const missing = fields
    .filter(({ name, required }) => required && row[name] == null)
    .map(({ name }) => `Missing required field: ${name}.`);
  const mistyped = Object.entries(row)
    .filter(([name, value]) => {
      const kind = fields.find((field) => field.name === name)?.type.kind;
      return kind === undefined || (kind === 'INT64' && !Number.isInteger(value));
    })
    .map(([name]) => `Cannot convert value of ${name}.`);
  return [...missing, ...mistyped];
}

const METADATA = [
  column('subscription_name', 'STRING'),
  column('message_id', 'STRING'),
  column('publish_time', 'TIMESTAMP'),
  column('attributes', 'JSON'),
];

describe('BigQuery subscriptions', () => {
  const table = 'p.d.t';
  let problems: string[];
  let sink: Tables;
  let cloud: Fixture;

  const start = async (state = memoryJournal()) => {
    cloud = new Fixture({ state, rowSink: sink, report: (problem) => problems.push(problem) });
    await cloud.start();
  };
  beforeEach(async () => {
    problems = [];
    sink = new Tables();
    await start();
  });
  afterEach(() => cloud.stop());

  const subscribe = (topic: string, config: object = {}, settings: object = {}) =>
    cloud.subscription(topic, { bigqueryConfig: { table, ...config }, ...settings });
  const stateOf = async (subscription: string) => {
    const [shown] = await cloud.clients.subscriber.getSubscription({ subscription });
    return [shown.state, shown.bigqueryConfig?.state];
  };
  const json = (...values: unknown[]) => values.map((value) => ({ data: JSON.stringify(value) }));
  const holds = (rows: readonly Row[], count: number) =>
    until(() => (rows.length >= count ? rows : undefined));

  /** Resolves when a message was refused. */
  const failed = () =>
    until(async () => {
      const events = (await cloud.options.state.read()) as PubSubEvent[];
      return events.find((event) => event.op === 'backlog' && event.change.op === 'fail');
    });

  describe('write', () => {
    const DATA: readonly [ScalarType, string][] = [
      ['BYTES', 'eyJhIjoxfQ=='],
      ['STRING', '{"a":1}'],
      ['JSON', '{"a":1}'],
    ];
    for (const [kind, value] of DATA) {
      it(`the message alone into data ${kind}`, async () => {
        const rows = sink.create(table, column('data', kind));
        const topic = await cloud.topic();
        await subscribe(topic);
        await cloud.publish(topic, '{"a":1}');
        assert.deepEqual(await holds(rows, 1), [{ data: value }]);
      });
    }

    it('the metadata beside it where asked for', async () => {
      const rows = sink.create(table, column('data', 'STRING'), ...METADATA);
      const topic = await cloud.topic();
      const from = await subscribe(topic, { writeMetadata: true });
      const message = { data: 'x', attributes: { a: 'b' }, orderingKey: 'k' };
      const [id] = await cloud.server.publish(topic, [message]);
      assert.deepEqual(await holds(rows, 1), [
        {
          data: 'x',
          subscription_name: from,
          message_id: id,
          publish_time: '2026-03-01T12:00:00.000Z',
          attributes: '{"a":"b","orderingKey":"k"}',
        },
      ]);
    });

    it("the message's JSON into the table's columns", async () => {
      const nested: Field = {
        name: 'Plan',
        type: { kind: 'STRUCT', fields: [column('amount', 'FLOAT64'), column('extra', 'JSON')] },
      };
      const many: Field = {
        name: 'plans',
        type: { kind: 'ARRAY', element: nested.type },
      };
      const rows = sink.create(
        table,
        column('decision_id', 'STRING', true),
        column('at', 'TIMESTAMP'),
        column('when', 'TIMESTAMP'),
        nested,
        many,
        ...METADATA,
      );
      const topic = await cloud.topic();
      await subscribe(topic, { useTableSchema: true, writeMetadata: true });
      await cloud.server.publish(
        topic,
        json({
          decision_id: 'd1',
          at: '2026-01-01T00:00:00Z',
          when: 1_767_225_600_000_001,
          plan: { amount: 12.5, extra: { deep: [1, null] } },
          plans: [{ amount: 1 }, { amount: null, extra: null }],
        }),
      );
      const [row] = await holds(rows, 1);
      const { subscription_name, message_id, publish_time, attributes, ...rest } = row!;
      assert.deepEqual(rest, {
        decision_id: 'd1',
        at: '2026-01-01T00:00:00Z',
        when: '2026-01-01T00:00:00.000001Z',
        Plan: { amount: 12.5, extra: '{"deep":[1,null]}' },
        plans: [{ amount: 1 }, { amount: null, extra: null }],
      });
      assert.equal(attributes, '{}');
    });

    it('what the table knows of a message, where unknown fields are dropped', async () => {
      const rows = sink.create(table, column('a', 'INT64'), {
        name: 'r',
        type: { kind: 'STRUCT', fields: [column('b', 'INT64')] },
      });
      const topic = await cloud.topic();
      await subscribe(topic, { useTableSchema: true, dropUnknownFields: true });
      await cloud.server.publish(topic, json({ a: 1, x: 2, r: { b: 3, y: 4 } }));
      assert.deepEqual(await holds(rows, 1), [{ a: 1, r: { b: 3 } }]);
    });

    it('thousands of messages, in batches, each once', async () => {
      const rows = sink.create(table, column('n', 'INT64'));
      const topic = await cloud.topic();
      await subscribe(topic, { useTableSchema: true });
      for (let batch = 0; batch < 4; batch++) {
        await cloud.server.publish(
          topic,
          json(...Array.from({ length: 1_000 }, (_, n) => ({ n: batch * 1_000 + n }))),
        );
      }
      await holds(rows, 4_000);
      assert.equal(new Set(rows.map(({ n }) => n)).size, 4_000);
      assert.ok(sink.batches.every((size) => size <= 500));
    });
  });

  describe('are made', () => {
    it('only for a table that is there', async () => {
      assert.equal(
        await refused(subscribe(await cloud.topic()), status.NOT_FOUND),
        'Resource not found (resource=p.d.t).',
      );
    });

    const MISFITS: readonly [string, Field[], object, RegExp][] = [
      [
        'no data column',
        [column('x', 'STRING')],
        {},
        /no column data of type BYTES or STRING or JSON/,
      ],
      ['numeric data', [column('data', 'INT64')], {}, /data must be of type .*, not INT64/],
      [
        'another required column',
        [column('data', 'BYTES'), column('id', 'STRING', true)],
        {},
        /column id is required, and nothing is written to it/,
      ],
      [
        'no metadata columns',
        [column('data', 'BYTES')],
        { writeMetadata: true },
        /no column subscription_name/,
      ],
      [
        'text for a time',
        [column('x', 'STRING'), ...METADATA.slice(0, 2), column('publish_time', 'STRING')],
        { writeMetadata: true, useTableSchema: true },
        /publish_time must be of type TIMESTAMP, not STRING/,
      ],
    ];
    for (const [what, fields, config, problem] of MISFITS) {
      it(`not for a table with ${what}`, async () => {
        sink.create(table, ...fields);
        const call = subscribe(await cloud.topic(), config);
        const message = await refused(call, status.INVALID_ARGUMENT);
        assert.match(message, /^Incompatible schema of the table p\.d\.t: /);
        assert.match(message, problem);
      });
    }

    it('not with a topic schema, nor with two schemas, nor with a table of another form', async () => {
      const topic = await cloud.topic();
      const lacking = await cloud.lacks(subscribe(topic, { useTopicSchema: true }));
      assert.equal(lacking, 'Pub/Sub schemas (use_topic_schema)');
      const both = { useTopicSchema: true, useTableSchema: true };
      await refused(subscribe(topic, both), status.INVALID_ARGUMENT);
      await refused(subscribe(topic, { table: 'd.t' }), status.INVALID_ARGUMENT);
      const push = { pushConfig: { pushEndpoint: 'http://x' } };
      await refused(subscribe(topic, {}, push), status.INVALID_ARGUMENT);
    });
  });

  it('wait while the table is gone, say so, and write everything when it is back', async () => {
    sink.create(table, column('data', 'STRING'));
    const topic = await cloud.topic();
    const from = await subscribe(topic, {}, { deadLetterPolicy: { deadLetterTopic: topic } });
    assert.deepEqual(await stateOf(from), ['ACTIVE', 'ACTIVE']);
    sink.tables.clear();
    await cloud.publish(topic, 'a');
    await until(async () => ((await stateOf(from))[1] === 'NOT_FOUND' ? true : undefined));
    assert.deepEqual(await stateOf(from), ['RESOURCE_ERROR', 'NOT_FOUND']);
    await cloud.clock.advance(600_000);
    const rows = sink.create(table, column('data', 'STRING'));
    await cloud.clock.advance(60_000);
    assert.deepEqual(await holds(rows, 1), [{ data: 'a' }]);
    assert.deepEqual(await stateOf(from), ['ACTIVE', 'ACTIVE']);
  });

  it('wait while the table has another schema, and say so', async () => {
    sink.create(table, column('data', 'STRING'));
    const topic = await cloud.topic();
    const from = await subscribe(topic);
    sink.create(table, column('date', 'STRING'));
    await cloud.publish(topic, 'a');
    await until(async () => ((await stateOf(from))[1] === 'SCHEMA_MISMATCH' ? true : undefined));
    const rows = sink.create(table, column('data', 'STRING'));
    await cloud.clock.advance(1_000);
    await holds(rows, 1);
  });

  it('bring rows that do not fit to the dead-letter topic with the reason, and write the rest', async () => {
    const rows = sink.create(table, column('id', 'STRING', true), column('n', 'INT64'));
    const [topic, graves] = [await cloud.topic(), await cloud.topic()];
    await subscribe(
      topic,
      { useTableSchema: true },
      { deadLetterPolicy: { deadLetterTopic: graves } },
    );
    const buried = await cloud.subscription(graves);
    await cloud.server.publish(topic, [
      ...json({ id: 'a', n: 1 }, { id: 'b', n: 'one' }, { n: 2 }, { id: 'c', x: 1 }, ['d']),
      { data: 'not JSON' },
      { data: Buffer.from([0xff]) },
      ...json({ id: 'e', n: 2 }),
    ]);
    await holds(rows, 2);
    assert.deepEqual(rows, [
      { id: 'a', n: 1 },
      { id: 'e', n: 2 },
    ]);
    const dead = new Map<string, string>();
    await until(async () => {
      await cloud.clock.advance(60_000);
      for (const { text, attributes } of await pullNow(cloud.clients, buried)) {
        assert.equal(attributes.CloudPubSubDeadLetterSourceDeliveryCount, '5');
        dead.set(text, attributes.CloudPubSubDeadLetterSourceDeliveryErrorMessage!);
      }
      return dead.size === 6 ? true : undefined;
    });
    assert.equal(dead.get('{"id":"b","n":"one"}'), 'Cannot convert value of n.');
    assert.equal(dead.get('{"n":2}'), 'Missing required field: id.');
    assert.equal(dead.get('{"id":"c","x":1}'), 'The table has no column x.');
    assert.equal(dead.get('["d"]'), 'The message is not a JSON object.');
    assert.match(dead.get('not JSON')!, /^The data of the message is not JSON: /);
    assert.equal(dead.get('\ufffd'), 'The data of the message is not UTF-8.');
    assert.equal(rows.length, 2);
  });

  it('try rows that do not fit again where there is no dead-letter topic, until they do', async () => {
    sink.create(table, column('a', 'INT64'));
    const topic = await cloud.topic();
    const from = await subscribe(topic, { useTableSchema: true });
    await cloud.server.publish(topic, json({ a: 1, b: 2 }));
    await failed();
    assert.deepEqual(await stateOf(from), ['ACTIVE', 'ACTIVE']);
    const wider = sink.create(table, column('a', 'INT64'), column('b', 'INT64'));
    await cloud.clock.advance(9_999);
    assert.deepEqual(wider, []);
    await cloud.clock.advance(1);
    assert.deepEqual(await holds(wider, 1), [{ a: 1, b: 2 }]);
  });

  it('count no attempt while BigQuery fails, and report it', async () => {
    const rows = sink.create(table, column('data', 'STRING'));
    const topic = await cloud.topic();
    const graves = await cloud.topic();
    const buried = await cloud.subscription(graves);
    const from = await subscribe(topic, {}, { deadLetterPolicy: { deadLetterTopic: graves } });
    sink.failure = new Error('The warehouse is closed.');
    await cloud.publish(topic, 'a');
    await until(() => problems[0]);
    await cloud.clock.advance(600_000);
    assert.ok(problems.length > 5);
    assert.equal(problems[0], `${from} cannot write to BigQuery: Error: The warehouse is closed.`);
    sink.failure = undefined;
    await cloud.clock.advance(60_000);
    assert.deepEqual(await holds(rows, 1), [{ data: 'a' }]);
    assert.deepEqual(await pullNow(cloud.clients, buried), []);
  });

  it('finish what they are writing when the server stops, and write it once', async () => {
    const rows = sink.create(table, column('data', 'STRING'));
    const topic = await cloud.topic();
    await subscribe(topic);
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.gate = promise;
    await cloud.publish(topic, 'a');
    const stopped = cloud.stop().then(() => 'stopped');
    const soon = new Promise((done) => setTimeout(done, 50, 'writing'));
    assert.equal(await Promise.race([stopped, soon]), 'writing');
    resolve();
    await stopped;
    await start(cloud.options.state as ReturnType<typeof memoryJournal>);
    await cloud.publish(topic, 'b');
    assert.deepEqual(await holds(rows, 2), [{ data: 'a' }, { data: 'b' }]);
  });

  it('may write a message twice over a crash, under the same id', async () => {
    const rows = sink.create(table, column('data', 'STRING'), ...METADATA);
    const topic = await cloud.topic();
    await subscribe(topic, { writeMetadata: true });
    await cloud.publish(topic, 'a');
    await holds(rows, 1);
    const state = memoryJournal();
    // As if the process had died between the insert and the acknowledgement.
    for (const event of (await cloud.options.state.read()) as PubSubEvent[]) {
      if (event.op !== 'backlog' || event.change.op !== 'ack') state.append(event);
    }
    await cloud.stop();
    await start(state);
    await cloud.clock.advance(10_000);
    await holds(rows, 2);
    assert.equal(rows[0]!.message_id, rows[1]!.message_id);
  });

  it('turn to another table when told to', async () => {
    sink.create(table, column('data', 'STRING'));
    const other = sink.create('p.d.other', column('data', 'STRING'));
    const topic = await cloud.topic();
    const name = await subscribe(topic);
    await cloud.clients.subscriber.updateSubscription({
      subscription: { name, bigqueryConfig: { table: 'p.d.other' } },
      updateMask: { paths: ['bigquery_config'] },
    });
    await cloud.publish(topic, 'a');
    await holds(other, 1);
    await refused(
      cloud.clients.subscriber.modifyPushConfig({ subscription: name, pushConfig: {} }),
      status.FAILED_PRECONDITION,
    );
  });
});
