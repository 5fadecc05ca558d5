/** google.pubsub.v1.SchemaService. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Broker } from './broker.ts';
import type { PageRequest } from './pages.ts';
import { checkData, checkEncoding, compileSchema } from './schemas.ts';
import { unsupported } from './status.ts';
import { type Handler, unary } from './unary.ts';
import type { Request, Schema } from './wire.ts';

interface View {
  readonly view: 'SCHEMA_VIEW_UNSPECIFIED' | 'BASIC' | 'FULL';
}
type Named = { readonly name: string };
type InProject = { readonly parent: string };

interface CreateRequest extends InProject {
  readonly schemaId: string;
  readonly schema: Request<Schema> | null;
}

interface ValidateMessageRequest {
  /** One of the two. */
  readonly name?: string;
  readonly schema?: Request<Schema>;
  readonly message: Buffer;
  readonly encoding: string;
}

/** Its methods, by name. */
export function schemaService(broker: Broker): UntypedServiceImplementation {
  const method = <Q>(handler: Handler<Q>) => unary(handler, () => broker.flushed());
  const noRevisions = method(() => {
    throw unsupported('schema revisions');
  });
  return {
    CreateSchema: method(({ parent, schemaId, schema }: CreateRequest) =>
      broker.createSchema(parent, schemaId, schema),
    ),
    GetSchema: method(({ name, view }: Named & View) =>
      // Unless it says otherwise, Get shows all and List does not.
      show(broker.schema(name).schema, view !== 'BASIC'),
    ),
    ListSchemas: method(({ parent, view, ...page }: InProject & View & PageRequest) => {
      const { items, nextPageToken } = broker.schemaNames(parent, page);
      const schemas = items.map((name) => show(broker.schema(name).schema, view === 'FULL'));
      return { schemas, nextPageToken };
    }),
    DeleteSchema: method(({ name }: Named) => {
      broker.deleteSchema(name);
      return {};
    }),
    ValidateSchema: method(({ schema }: { readonly schema: Request<Schema> | null }) => {
      compileSchema(schema ?? { type: null, definition: null });
      return {};
    }),
    ValidateMessage: method(({ name, schema, message, encoding }: ValidateMessageRequest) => {
      checkEncoding(encoding);
      const accepts = name
        ? broker.schema(name).accepts
        : compileSchema(schema ?? { type: null, definition: null });
      checkData(accepts, message);
      return {};
    }),
    CommitSchema: noRevisions,
    RollbackSchema: noRevisions,
    ListSchemaRevisions: noRevisions,
    DeleteSchemaRevision: noRevisions,
  };
}

const show = (schema: Schema, isWhole: boolean): object =>
  isWhole ? schema : { ...schema, definition: '' };
