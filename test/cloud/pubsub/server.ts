/** The local Pub/Sub: a gRPC server for Google's own clients. */
import { promisify } from 'node:util';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { RowSink } from '../bigquery/ports.ts';
import type { Clock } from '../clock.ts';
import { checkDestination } from './bigquery_export.ts';
import { Broker } from './broker.ts';
import { Deliveries } from './deliveries.ts';
import type { Journal } from './journal.ts';
import { checkPublish, type NewMessage, sizeOf } from './message.ts';
import { PUBLISHER, SCHEMAS, SUBSCRIBER } from './protocol.ts';
import { publisherService } from './publisher_service.ts';
import type { MintToken } from './push_delivery.ts';
import { schemaService } from './schema_service.ts';
import { PubSubError } from './status.ts';
import { subscriberService } from './subscriber_service.ts';

/** What the server works with: nothing comes from elsewhere. */
export interface PubSubOptions {
  /** 0, which is what it is unless said, takes a free one. */
  readonly port?: number;
  /** For `publish` by a topic's id alone. */
  readonly projectId?: string;
  /** Where the state is kept; closed by `stop`. */
  readonly state: Journal;
  readonly clock: Clock;
  /** A random word of letters and digits, never the same twice. */
  readonly newWord: () => string;
  /** BigQuery, for BigQuery subscriptions; without it they are refused. */
  readonly rowSink?: RowSink;
  /** Tokens for push endpoints; without it push subscriptions with an OIDC token are refused. */
  readonly mintToken?: MintToken;
  /** Told what goes wrong behind the scenes. */
  readonly report: (problem: string) => void;
}

/** A running server. */
export interface PubSub {
  readonly host: string;
  readonly port: number;
  /** Publishes to `projects/p/topics/t`, or to a topic's id in `projectId`; answers message ids. */
  publish(topic: string, messages: readonly NewMessage[]): Promise<string[]>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Above the service's own limit, so that what exceeds that is refused in the service's words. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** How long clients get to take their leave. */
const GOODBYE_MS = 500;

/** @throws {CorruptJournal}, or an error that says why the port can't be had. */
export async function startPubSub(options: PubSubOptions): Promise<PubSub> {
  const { state, clock, rowSink, mintToken, report } = options;
  const deliveries = new Deliveries({ clock, rowSink, mintToken, report });
  const broker: Broker = await Broker.open({
    journal: state,
    clock,
    newWord: options.newWord,
    parts: { hasBigQuery: rowSink !== undefined, hasOidcIssuer: mintToken !== undefined },
    checkDelivery: ({ bigqueryConfig }) => {
      if (bigqueryConfig) checkDestination(rowSink!, bigqueryConfig);
    },
    onSubscription: (name, subscription) => deliveries.sync(name, subscription),
  });
  const server = serve(broker, deliveries, clock);
  const port = await listen(server, options.port ?? 0).catch(async (error) => {
    broker.close(error);
    await state.close();
    throw error;
  });
  for (const subscription of broker.allSubscriptions()) {
    deliveries.sync(subscription.subscription.name, subscription);
  }
  return {
    host: HOST,
    port,
    publish: (topic, messages) => publish(broker, fullName(topic, options.projectId), messages),
    async stop() {
      await deliveries.stop();
      broker.close(new PubSubError(status.UNAVAILABLE, 'The local Pub/Sub is stopping.'));
      await shutDown(server);
      await state.close();
    },
  };
}

function serve(broker: Broker, deliveries: Deliveries, clock: Clock): Server {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
  server.addService(PUBLISHER, publisherService(broker));
  server.addService(SUBSCRIBER, subscriberService(broker, deliveries, clock));
  server.addService(SCHEMAS, schemaService(broker));
  return server;
}

async function listen(server: Server, port: number): Promise<number> {
  const address = `${HOST}:${port}`;
  try {
    return await promisify(server.bindAsync).call(
      server,
      address,
      ServerCredentials.createInsecure(),
    );
  } catch (error) {
    const remedy = 'Stop whatever has the port, or choose another.';
    const message = `Pub/Sub cannot listen on ${address}: ${(error as Error).message}. ${remedy}`;
    throw new Error(message, { cause: error });
  }
}

const shutDown = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), GOODBYE_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });

function fullName(topic: string, projectId: string | undefined): string {
  if (topic.includes('/') || projectId === undefined) return topic;
  return `projects/${projectId}/topics/${topic}`;
}

async function publish(
  broker: Broker,
  topic: string,
  messages: readonly NewMessage[],
): Promise<string[]> {
  const drafts = messages.map(({ data = '', attributes = {}, orderingKey = '' }) => ({
    data: Buffer.from(data as Uint8Array),
    attributes,
    orderingKey,
  }));
  const bytes = drafts.reduce((sum, draft) => sum + sizeOf(draft), 0);
  checkPublish(drafts, bytes);
  const ids = broker.publish(topic, drafts);
  await broker.flushed();
  return ids;
}
