import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { Fixture } from './fixture.ts';
import { project } from './testing.ts';

const field = (type: unknown, parts: object = {}) =>
  JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'v', type, ...parts }] });

describe('what the local Pub/Sub lacks of schemas, and is strict in,', () => {
  const cloud = new Fixture();
  before(() => cloud.start());
  after(() => cloud.stop());

  const lacks = (definition: string) =>
    cloud.lacks(
      cloud.clients.schemas.validateSchema({
        parent: project,
        schema: { type: 'AVRO', definition },
      }),
    );

  const LACKING: readonly [string, string][] = [
    [field('bytes'), "Avro's bytes"],
    [field({ type: 'map', values: 'string' }), "Avro's map"],
    [field({ type: 'enum', name: 'E', symbols: [] }), "Avro's enum"],
    [field({ type: 'fixed', name: 'F', size: 1 }), "Avro's fixed"],
    [field(['null', 'R']), 'references to Avro types by name'],
    [field('string', { default: '' }), 'default in Avro schemas'],
    [field('string', { aliases: ['w'] }), 'aliases in Avro schemas'],
    [field({ type: 'long', logicalType: 'timestamp-micros' }), 'logicalType in Avro schemas'],
    ['{"type":"record","name":"R","namespace":"n","fields":[]}', 'namespace in Avro schemas'],
  ];
  for (const [definition, what] of LACKING) {
    it(`refuses ${what} by name`, async () => assert.equal(await lacks(definition), what));
  }

  it('refuses revisions by name', async () => {
    const { schemas } = cloud.clients;
    const name = `${project}/schemas/sss`;
    for (const call of [
      () =>
        schemas.commitSchema({ name, schema: { name, type: 'AVRO', definition: field('string') } }),
      () => schemas.rollbackSchema({ name, revisionId: 'a' }),
      () => schemas.listSchemaRevisions({ name }),
      () => schemas.deleteSchemaRevision({ name: `${name}@a` }),
    ]) {
      assert.equal(await cloud.lacks(call()), 'schema revisions');
    }
  });

  it('takes no fraction for a count, and nothing behind the JSON, which the emulator does', async () => {
    for (const [type, message] of [
      ['long', '{"v":1.5}'],
      ['int', '{"v":0.5}'],
      ['string', '{"v":"a"} {}'],
    ] as const) {
      const call = cloud.clients.schemas.validateMessage({
        parent: project,
        schema: { type: 'AVRO', definition: field(type) },
        message: Buffer.from(message),
        encoding: 'JSON',
      });
      await assert.rejects(call, { code: status.INVALID_ARGUMENT });
    }
  });
});
