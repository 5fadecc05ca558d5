import { CloudSchedulerClient } from '@google-cloud/scheduler';
import { ManualClock } from '../clock.ts';
import { serve } from '../http/testing.ts';
import { metadataRoutes } from '../metadata/metadata.ts';
import { OidcIssuer } from '../metadata/oidc.ts';
import { type Documents, memoryDocuments } from '../state/documents.ts';
import type { Targets } from './delivery.ts';
import type { HttpCall } from './http_call.ts';
import { openScheduler } from './scheduler.ts';

/** A request that a job sent, and when. */
export interface Sent extends HttpCall {
  /** ISO 8601. */
  readonly at: string;
}

/** The scheduler for a test. */
export interface TestScheduler {
  /** The official client. */
  readonly client: CloudSchedulerClient;
  readonly origin: string;
  readonly clock: ManualClock;
  readonly sent: Sent[];
  /** Times of what was sent, without seconds: `2026-03-29 01:30`, in UTC. */
  times(): string[];
  stop(): Promise<void>;
}

/** How targets answer, and where the test begins. */
export interface TestOptions {
  readonly start?: string;
  readonly documents?: Documents;
  /** What targets answer; 200 unless said. */
  readonly send?: Targets['send'];
  readonly publish?: Targets['publish'];
  readonly mint?: Targets['mint'];
}

/** Where the jobs of tests are. */
export const PARENT = 'projects/p/locations/us-central1';

/** The scheduler behind a server of its own, on a clock that the test moves. */
export async function startScheduler(options: TestOptions = {}): Promise<TestScheduler> {
  const { send = async () => 200, documents = memoryDocuments() } = options;
  const clock = new ManualClock(options.start ?? '2026-01-01T00:00:00Z');
  const sent: Sent[] = [];
  let count = 0;
  let scheduler: { stop(): Promise<void> } | undefined;
  const server = await serve(async (router, { origin }) => {
    const oidc = new OidcIssuer(origin, () => clock.now());
    metadataRoutes(router, {
      projectId: 'p',
      projectNumber: '123',
      region: 'us-central1',
      serviceAccount: 'scheduler@p.iam.gserviceaccount.com',
      oidc,
    });
    scheduler = await openScheduler(router, {
      documents,
      clock,
      ids: () => `generated-${count++}`,
      targets: {
        send: async (call, signal) => {
          sent.push({ ...call, at: new Date(clock.now()).toISOString() });
          return send(call, signal);
        },
        mint: options.mint ?? ((audience, email) => `token of ${email} for ${audience}`),
        publish: options.publish,
      },
      onError: (error) => {
        throw error;
      },
    });
  });
  const before = process.env.GCE_METADATA_HOST;
  process.env.GCE_METADATA_HOST = new URL(server.origin).host;
  const client = new CloudSchedulerClient({
    projectId: 'p',
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: server.port,
  });
  return {
    client,
    origin: server.origin,
    clock,
    sent,
    times: () => sent.map(({ at }) => at.slice(0, 16).replace('T', ' ')),
    stop: async () => {
      if (before === undefined) delete process.env.GCE_METADATA_HOST;
      else process.env.GCE_METADATA_HOST = before;
      await client.close();
      await scheduler?.stop();
      await server.stop();
    },
  };
}

/** For assert.rejects: an error of the client with this code of google.rpc.Code. */
export const code =
  (expected: number, message = /./) =>
  (error: unknown) => {
    const { code: actual, message: text } = error as { code?: number; message: string };
    return actual === expected && message.test(text);
  };
