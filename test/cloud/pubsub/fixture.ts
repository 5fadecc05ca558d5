/** A local Pub/Sub on a clock that stands still, with Google's clients and a few words for tests. */
import { status } from '@grpc/grpc-js';
import { ManualClock } from '../clock.ts';
import { type PubSub, type PubSubOptions, startPubSub } from './server.ts';
import { type Clients, connect, fresh, localOptions, project, refused } from './testing.ts';

/** Started and stopped by the tests that use it. */
export class Fixture {
  readonly clock: ManualClock;
  readonly options: PubSubOptions;
  private running: { readonly server: PubSub; readonly clients: Clients } | undefined;

  constructor(options: Partial<PubSubOptions> = {}) {
    this.clock = new ManualClock('2026-03-01T12:00:00Z');
    this.options = localOptions({
      clock: this.clock,
      projectId: project.split('/')[1]!,
      ...options,
    });
  }

  async start(): Promise<void> {
    const server = await startPubSub(this.options);
    this.running = { server, clients: connect(server.port) };
  }

  async stop(): Promise<void> {
    await this.running?.clients.close();
    await this.running?.server.stop();
    this.running = undefined;
  }

  get server(): PubSub {
    return this.running!.server;
  }

  get clients(): Clients {
    return this.running!.clients;
  }

  async topic(settings: object = {}): Promise<string> {
    const name = fresh('topics');
    await this.clients.publisher.createTopic({ name, ...settings });
    return name;
  }

  async subscription(topic: string, settings: object = {}): Promise<string> {
    const name = fresh('subscriptions');
    await this.clients.subscriber.createSubscription({ name, topic, ...settings });
    return name;
  }

  publish(topic: string, ...texts: string[]): Promise<string[]> {
    return this.server.publish(
      topic,
      texts.map((data) => ({ data })),
    );
  }

  async acknowledge(subscription: string, ...ackIds: string[]): Promise<void> {
    await this.clients.subscriber.acknowledge({ subscription, ackIds });
  }

  async nack(subscription: string, ...ackIds: string[]): Promise<void> {
    await this.extend(subscription, 0, ...ackIds);
  }

  async extend(subscription: string, seconds: number, ...ackIds: string[]): Promise<void> {
    await this.clients.subscriber.modifyAckDeadline({
      subscription,
      ackIds,
      ackDeadlineSeconds: seconds,
    });
  }

  /** Asserts that the call is refused as something that this Pub/Sub lacks; answers what. */
  async lacks(call: Promise<unknown>): Promise<string> {
    const message = await refused(call, status.UNIMPLEMENTED);
    return /^The local Google Cloud does not support (.*)\.$/.exec(message)?.[1] ?? message;
  }
}
