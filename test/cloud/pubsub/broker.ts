/** What clients may do with topics and subscriptions: checked, carried out, recorded. */
import type { Clock } from '../clock.ts';
import { ackIds } from './ack_ids.ts';
import { type Duration, fromMs, toMs } from './durations.ts';
import type { PubSubEvent } from './events.ts';
import type { Journal } from './journal.ts';
import type { Draft } from './message.ts';
import { parseName, parseProject } from './names.ts';
import { type Page, type PageRequest, paginate } from './pages.ts';
import { Registry, type SchemaState, type SubscriptionState, type TopicState } from './registry.ts';
import { checkData, compileSchema, DELETED_SCHEMA, withSchema } from './schemas.ts';
import {
  alreadyExists,
  detached,
  failedPrecondition,
  invalidArgument,
  notFound,
  wrongKind,
} from './status.ts';
import {
  checkSubscription,
  type DeliveryKind,
  type DeliveryParts,
  deliveryKind,
  SUBSCRIPTION_MUTABILITY,
} from './subscription_settings.ts';
import { checkTopic, TOPIC_MUTABILITY } from './topic_settings.ts';
import { applyMask } from './update_mask.ts';
import type { PushConfig, Request, Schema, Subscription, Topic } from './wire.ts';

/** What the broker works with. */
export interface BrokerOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** A random word of letters and digits: part of generated names and acknowledgement ids. */
  readonly newWord: () => string;
  readonly parts: DeliveryParts;
  /** Extra checks of a subscription that is made or changed. @throws {PubSubError} */
  readonly checkDelivery: (subscription: Subscription) => void;
  /** Told when a subscription was made or changed; or deleted, and then without its state. */
  readonly onSubscription: (name: string, state: SubscriptionState | undefined) => void;
}

/** From this size on a journal is rewritten when it has grown fourfold. */
const REWRITE_BYTES = 32 * 1024 * 1024;

/** Methods throw PubSubError, and change nothing then. */
export class Broker {
  private readonly options: BrokerOptions;
  private readonly registry: Registry;

  private constructor(options: BrokerOptions) {
    this.options = options;
    const { journal, clock, newWord } = options;
    this.registry = new Registry({
      clock,
      newAckId: ackIds(newWord()),
      record: (event) => journal.append(event),
    });
  }

  /** A broker in the state that the journal tells. @throws {CorruptJournal} */
  static async open(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    broker.registry.load((await options.journal.read()) as PubSubEvent[]);
    await options.journal.rewrite(broker.registry.snapshot());
    return broker;
  }

  /** Resolves when all that was done so far will survive the end of the process. */
  async flushed(): Promise<void> {
    const { size } = this.options.journal;
    if (size.now > REWRITE_BYTES + 4 * size.rewritten) {
      await this.options.journal.rewrite(this.registry.snapshot());
    }
    await this.options.journal.flushed();
  }

  close(reason: Error): void {
    this.registry.close(reason);
  }

  // --- Schemas -----------------------------------------------------------------------------------

  createSchema(project: string, id: string, request: Request<Schema> | null): Schema {
    parseProject(project);
    const name = `${project}/schemas/${id}`;
    parseName(name, 'schemas');
    if (this.registry.schemas.has(name)) throw alreadyExists(name);
    const { type = null, definition = null } = request ?? {};
    compileSchema({ type, definition });
    const schema: Schema = {
      name,
      type: type!,
      definition: definition!,
      revisionId: this.options.newWord().slice(0, 8),
      revisionCreateTime: fromMs(this.options.clock.now()),
    };
    this.registry.commit({ op: 'schema', schema });
    return schema;
  }

  schema(name: string): SchemaState {
    parseName(name, 'schemas');
    const state = this.registry.schemas.get(name);
    if (!state) throw notFound(name);
    return state;
  }

  deleteSchema(name: string): void {
    this.schema(name);
    this.registry.commit({ op: 'deleteSchema', name });
  }

  /** Names of a project's schemas. */
  schemaNames(project: string, page: PageRequest): Page<string> {
    return paginate(inProject(this.registry.schemas.keys(), project), page);
  }

  // --- Topics ------------------------------------------------------------------------------------

  createTopic(request: Request<Topic>): Topic {
    const topic = checkTopic(request);
    if (this.registry.topics.has(topic.name)) throw alreadyExists(topic.name);
    this.schemaOf(topic);
    this.registry.commit({ op: 'topic', topic });
    return topic;
  }

  topic(name: string): TopicState {
    parseName(name, 'topics');
    const state = this.registry.topics.get(name);
    if (!state) throw notFound(name);
    return state;
  }

  updateTopic(request: Request<Topic>, paths: readonly string[] | undefined): Topic {
    const { topic: current } = this.topic(request.name ?? '');
    const topic = checkTopic(applyMask(current, request, paths, TOPIC_MUTABILITY));
    if (paths?.includes('schema_settings')) this.schemaOf(topic);
    this.registry.commit({ op: 'topic', topic });
    return topic;
  }

  deleteTopic(name: string): void {
    this.topic(name);
    this.registry.commit({ op: 'deleteTopic', name });
  }

  /** Names of a project's topics. */
  topicNames(project: string, page: PageRequest): Page<string> {
    return paginate(inProject(this.registry.topics.keys(), project), page);
  }

  /** Names of the subscriptions attached to a topic. */
  topicSubscriptions(name: string, page: PageRequest): Page<string> {
    const attached = [...this.topic(name).subscriptions];
    return paginate(
      attached.map(({ subscription }) => subscription.name),
      page,
    );
  }

  /** Answers the messages' ids. One that the topic's schema refuses keeps all of them out. */
  publish(name: string, drafts: readonly Draft[]): string[] {
    const held = this.schemaOf(this.topic(name).topic);
    if (!held) return this.registry.publish(name, drafts);
    for (const { data } of drafts) checkData(held.accepts, data);
    return this.registry.publish(
      name,
      drafts.map((draft) => withSchema(draft, held.schema)),
    );
  }

  /** @throws {PubSubError} NOT_FOUND where the schema is not there, or no more */
  private schemaOf({ schemaSettings }: Topic): SchemaState | undefined {
    if (!schemaSettings) return undefined;
    if (schemaSettings.schema === DELETED_SCHEMA) throw notFound(DELETED_SCHEMA);
    return this.schema(schemaSettings.schema);
  }

  // --- Subscriptions -----------------------------------------------------------------------------

  createSubscription(request: Request<Subscription>): Subscription {
    const subscription = this.check({ ...request, name: this.nameOf(request), detached: false });
    if (this.registry.subscriptions.has(subscription.name)) throw alreadyExists(subscription.name);
    this.topic(subscription.topic);
    return this.put(subscription);
  }

  subscription(name: string): SubscriptionState {
    parseName(name, 'subscriptions');
    const state = this.registry.subscriptions.get(name);
    if (!state) throw notFound(name);
    return state;
  }

  updateSubscription(
    request: Request<Subscription>,
    paths: readonly string[] | undefined,
  ): Subscription {
    const { subscription } = this.subscription(request.name ?? '');
    return this.put(this.check(applyMask(subscription, request, paths, SUBSCRIPTION_MUTABILITY)));
  }

  modifyPushConfig(name: string, pushConfig: PushConfig | null): void {
    const { subscription } = this.subscription(name);
    if (subscription.bigqueryConfig) throw wrongKind();
    this.put(this.check({ ...subscription, pushConfig }));
  }

  detachSubscription(name: string): void {
    const { subscription } = this.subscription(name);
    if (subscription.detached) throw failedPrecondition('Subscription is already detached.');
    this.put({ ...subscription, detached: true });
  }

  deleteSubscription(name: string): void {
    this.subscription(name);
    this.registry.commit({ op: 'deleteSubscription', name });
    this.options.onSubscription(name, undefined);
  }

  /** Names of a project's subscriptions. */
  subscriptionNames(project: string, page: PageRequest): Page<string> {
    return paginate(inProject(this.registry.subscriptions.keys(), project), page);
  }

  allSubscriptions(): Iterable<SubscriptionState> {
    return this.registry.subscriptions.values();
  }

  /** A subscription that messages can be had from this way. @throws {PubSubError} FAILED_PRECONDITION */
  consumable(name: string, kind: DeliveryKind): SubscriptionState {
    const state = this.subscription(name);
    if (state.subscription.detached) throw detached();
    if (deliveryKind(state.subscription) !== kind) throw wrongKind();
    return state;
  }

  seek(name: string, time: Duration | undefined): void {
    const { subscription } = this.subscription(name);
    if (subscription.detached) throw detached();
    if (!time) {
      throw invalidArgument(
        'No target was specified in the SeekRequest. Must specify either a time or a snapshot.',
      );
    }
    const atMs = this.options.clock.now();
    this.registry.commit({ op: 'seek', subscription: name, timeMs: toMs(time), atMs });
  }

  /** The topic's own retention, which subscriptions show too. */
  topicRetention({ subscription }: SubscriptionState): Duration | null {
    return this.registry.topics.get(subscription.topic)?.topic.messageRetentionDuration ?? null;
  }

  private put(subscription: Subscription): Subscription {
    this.registry.commit({ op: 'subscription', subscription });
    const { name } = subscription;
    this.options.onSubscription(name, this.registry.subscriptions.get(name));
    return subscription;
  }

  private check(request: Request<Subscription>): Subscription {
    const subscription = checkSubscription(request, this.options.parts);
    const dead = subscription.deadLetterPolicy?.deadLetterTopic;
    if (dead !== undefined && !this.registry.topics.has(dead)) throw notFound(dead);
    this.options.checkDelivery(subscription);
    return subscription;
  }

  /** The name that the client gave, or one of the server's making in the topic's project. */
  private nameOf({ name, topic }: Request<Subscription>): string {
    if (name) return name;
    const { project } = parseName(topic ?? '', 'topics');
    return `projects/${project}/subscriptions/s-${this.options.newWord()}`;
  }
}

function inProject(names: Iterable<string>, project: string): string[] {
  const prefix = `projects/${parseProject(project)}/`;
  return [...names].filter((name) => name.startsWith(prefix));
}
