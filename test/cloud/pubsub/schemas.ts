/** Schemas that a topic can hold its messages to. */
import { type Accepts, compileAvro } from './avro.ts';
import type { Draft } from './message.ts';
import { parseName } from './names.ts';
import { invalidArgument, unsupported } from './status.ts';
import type { Request, Schema, SchemaSettings } from './wire.ts';

/** What the schema of a topic becomes when the schema is deleted. */
export const DELETED_SCHEMA = '_deleted-schema_';

/** @throws {PubSubError} for a definition that is none, or of a kind that is left out */
export function compileSchema({ type, definition }: Pick<Request<Schema>, 'type' | 'definition'>) {
  if (type === 'PROTOCOL_BUFFER') throw unsupported('protocol-buffer schemas');
  if (type !== 'AVRO') throw invalidArgument('Invalid schema type.');
  return compileAvro(definition ?? '');
}

/** The settings that a topic keeps. @throws {PubSubError} */
export function checkSchemaSettings(settings: Request<SchemaSettings>): SchemaSettings {
  const { schema, encoding, firstRevisionId, lastRevisionId } = settings;
  if (firstRevisionId || lastRevisionId)
    throw unsupported('ranges of schema revisions (first_revision_id, last_revision_id)');
  if (!schema) throw invalidArgument('No schema name provided.');
  if (schema !== DELETED_SCHEMA) parseName(schema, 'schemas');
  return { schema, encoding: checkEncoding(encoding) };
}

/** @throws {PubSubError} unless it is JSON */
export function checkEncoding(encoding: string | null): 'JSON' {
  if (encoding === 'BINARY') throw unsupported('binary messages of a schema (encoding)');
  if (encoding !== 'JSON') throw invalidArgument('Invalid schema encoding provided.');
  return encoding;
}

/** @throws {PubSubError} INVALID_ARGUMENT in the words of the service */
export function checkData(accepts: Accepts, data: Uint8Array): void {
  let isValid = false;
  try {
    isValid = accepts(JSON.parse(Buffer.from(data).toString()));
  } catch {
    // What is no JSON is not valid either.
  }
  if (!isValid) {
    throw invalidArgument('Invalid data in message: Message failed schema validation.');
  }
}

/**
 * A message with what Pub/Sub tells subscribers of its schema:
 * https://cloud.google.com/pubsub/docs/publish-topics-schema
 */
export const withSchema = (draft: Draft, { name, revisionId }: Schema): Draft => ({
  ...draft,
  attributes: {
    ...draft.attributes,
    googclient_schemaencoding: 'JSON',
    googclient_schemaname: name,
    googclient_schemarevisionid: revisionId,
  },
});
