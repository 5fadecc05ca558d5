/** The services of google.pubsub.v1, from the definitions in Google's own package. */
import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

const DEFINITIONS = fromJSON(
  createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.json'),
  { longs: Number, enums: String, defaults: true },
);

const service = (name: string): ServiceDefinition =>
  DEFINITIONS[`google.pubsub.v1.${name}`] as unknown as ServiceDefinition;

/** google.pubsub.v1.Subscriber. */
export const SUBSCRIBER = service('Subscriber');
/** google.pubsub.v1.SchemaService. */
export const SCHEMAS = service('SchemaService');

/** Its publish requests tell their encoded size, which the service limits, as `requestBytes`. */
export const PUBLISHER: ServiceDefinition = withSize(service('Publisher'), 'Publish');

function withSize(definition: ServiceDefinition, name: string): ServiceDefinition {
  const method = definition[name]!;
  const requestDeserialize = (bytes: Buffer) => ({
    ...method.requestDeserialize(bytes),
    requestBytes: bytes.length,
  });
  return { ...definition, [name]: { ...method, requestDeserialize } };
}
