/** All topics and subscriptions, and how events change them: in an earlier run or now. */
import type { Clock } from '../clock.ts';
import type { Accepts } from './avro.ts';
import { Backlog } from './backlog.ts';
import { deadLetterOf } from './dead_letter.ts';
import { toMs } from './durations.ts';
import { loadMessage, type PubSubEvent, saveMessage } from './events.ts';
import { compileFilter, type Filter } from './filter.ts';
import type { Draft, Message } from './message.ts';
import { DELETED_TOPIC } from './names.ts';
import { compileSchema, DELETED_SCHEMA } from './schemas.ts';
import { detached, notFound, wrongKind } from './status.ts';
import { deliveryKind } from './subscription_settings.ts';
import type { Schema, Subscription, Topic } from './wire.ts';

/** A schema, and whether a message's JSON is one of its own. */
export interface SchemaState {
  readonly schema: Schema;
  readonly accepts: Accepts;
}

/** A topic as it is now. */
export interface TopicState {
  topic: Topic;
  /** Those attached. */
  readonly subscriptions: Set<SubscriptionState>;
  /** Messages within the topic's own retention, the oldest first. */
  retained: Message[];
}

/** A subscription as it is now. */
export interface SubscriptionState {
  subscription: Subscription;
  readonly filter: Filter;
  readonly backlog: Backlog;
}

/** What the registry works with. */
export interface RegistryOptions {
  readonly clock: Clock;
  /** A fresh acknowledgement id for a subscription. */
  readonly newAckId: (subscription: string) => string;
  /** Told of what happens by itself or by a consumer. */
  readonly record: (event: PubSubEvent) => void;
}

/** All that is remembered. Nothing is checked here: `Broker` does that. */
export class Registry {
  readonly schemas = new Map<string, SchemaState>();
  readonly topics = new Map<string, TopicState>();
  readonly subscriptions = new Map<string, SubscriptionState>();
  private readonly options: RegistryOptions;
  /** Messages that a rewritten journal refers to, while it is read. */
  private readonly pool = new Map<string, Message>();
  private lastId = 0;

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  /** Plays the events of an earlier run, and takes back what was out when it ended. */
  load(events: Iterable<PubSubEvent>): void {
    for (const event of events) this.apply(event);
    this.pool.clear();
    for (const { backlog } of this.subscriptions.values()) backlog.recover();
  }

  /** Makes an event happen and records it. */
  commit(event: PubSubEvent): void {
    this.apply(event);
    this.options.record(event);
  }

  /** Publishes to a topic that exists; answers the messages' ids. */
  publish(name: string, drafts: readonly Draft[]): string[] {
    const atMs = this.options.clock.now();
    const messages = drafts.map((draft) => this.message(draft, atMs));
    const isKept = this.distribute(this.topics.get(name)!, messages);
    this.options.record(
      isKept
        ? { op: 'publish', topic: name, atMs, messages: messages.map(saveMessage) }
        : { op: 'lastId', lastId: this.lastId },
    );
    return messages.map((message) => message.id);
  }

  /** The fewest events that make the same state. */
  *snapshot(): Generator<PubSubEvent> {
    yield { op: 'lastId', lastId: this.lastId };
    for (const { schema } of this.schemas.values()) yield { op: 'schema', schema };
    for (const { topic } of this.topics.values()) yield { op: 'topic', topic };
    for (const { subscription } of this.subscriptions.values()) {
      yield { op: 'subscription', subscription };
    }
    for (const message of this.messages()) {
      yield { op: 'message', atMs: message.publishedAtMs, message: saveMessage(message) };
    }
    for (const [topic, { retained }] of this.topics) {
      const ids = retained.map((message) => message.id);
      if (ids.length > 0) yield { op: 'retained', topic, ids };
    }
    for (const [subscription, { backlog }] of this.subscriptions) {
      const entries = backlog.save();
      if (entries.length > 0) yield { op: 'entries', subscription, entries };
    }
  }

  /** Stops all timers and turns all consumers away. */
  close(reason: Error): void {
    for (const { backlog } of this.subscriptions.values()) {
      backlog.consumers.dismiss(reason);
      backlog.clear();
    }
  }

  private messages(): Set<Message> {
    const all = new Set<Message>();
    for (const { retained } of this.topics.values())
      for (const message of retained) all.add(message);
    for (const { backlog } of this.subscriptions.values()) {
      for (const message of backlog.messages()) all.add(message);
    }
    return all;
  }

  private apply(event: PubSubEvent): void {
    const handler = this.handlers[event.op] as (event: PubSubEvent) => void;
    handler(event);
  }

  private readonly handlers: {
    readonly [Op in PubSubEvent['op']]: (event: Extract<PubSubEvent, { op: Op }>) => void;
  } = {
    schema: ({ schema }) => {
      this.schemas.set(schema.name, { schema, accepts: compileSchema(schema) });
    },
    deleteSchema: ({ name }) => this.deleteSchema(name),
    topic: ({ topic }) => this.putTopic(topic),
    deleteTopic: ({ name }) => this.deleteTopic(name),
    subscription: ({ subscription }) => this.putSubscription(subscription),
    deleteSubscription: ({ name }) => this.deleteSubscription(name),
    publish: ({ topic, atMs, messages }) => {
      this.lastId = Number(messages.at(-1)!.id);
      this.distribute(
        this.topics.get(topic)!,
        messages.map((message) => loadMessage(message, atMs)),
      );
    },
    seek: ({ subscription, timeMs, atMs }) => this.seek(subscription, timeMs, atMs),
    backlog: ({ subscription, change }) =>
      this.subscriptions.get(subscription)!.backlog.replay(change),
    lastId: ({ lastId }) => {
      this.lastId = lastId;
    },
    message: ({ message, atMs }) => {
      this.pool.set(message.id, loadMessage(message, atMs));
    },
    retained: ({ topic, ids }) => {
      this.topics.get(topic)!.retained = ids.map((id) => this.pool.get(id)!);
    },
    entries: ({ subscription, entries }) =>
      this.subscriptions.get(subscription)!.backlog.restore(entries, (id) => this.pool.get(id)!),
  };

  private deleteSchema(name: string): void {
    for (const state of this.topics.values()) {
      const { schemaSettings } = state.topic;
      if (schemaSettings?.schema !== name) continue;
      state.topic = {
        ...state.topic,
        schemaSettings: { ...schemaSettings, schema: DELETED_SCHEMA },
      };
    }
    this.schemas.delete(name);
  }

  private putTopic(topic: Topic): void {
    const known = this.topics.get(topic.name);
    if (!known) {
      this.topics.set(topic.name, { topic, subscriptions: new Set(), retained: [] });
      return;
    }
    known.topic = topic;
    if (!topic.messageRetentionDuration) known.retained = [];
  }

  private deleteTopic(name: string): void {
    for (const state of this.topics.get(name)!.subscriptions) {
      state.subscription = { ...state.subscription, topic: DELETED_TOPIC };
    }
    this.topics.delete(name);
  }

  private putSubscription(subscription: Subscription): void {
    const state = this.subscriptions.get(subscription.name) ?? this.newSubscription(subscription);
    const sameKind = deliveryKind(state.subscription) === deliveryKind(subscription);
    if (!sameKind) state.backlog.consumers.dismiss(wrongKind());
    state.subscription = subscription;
    state.backlog.configure(subscription);
    const topic = this.topics.get(subscription.topic);
    if (!subscription.detached) {
      topic?.subscriptions.add(state);
      return;
    }
    topic?.subscriptions.delete(state);
    state.backlog.consumers.dismiss(detached());
    state.backlog.clear();
  }

  private newSubscription(subscription: Subscription): SubscriptionState {
    const { name } = subscription;
    const state: SubscriptionState = {
      subscription,
      filter: compileFilter(subscription.filter),
      backlog: new Backlog({
        clock: this.options.clock,
        subscription,
        newAckId: () => this.options.newAckId(name),
        onChange: (change) => this.options.record({ op: 'backlog', subscription: name, change }),
        deadLetter: (message, attempts, problem) =>
          this.forwardDeadLetter(state.subscription, message, attempts, problem),
      }),
    };
    this.subscriptions.set(name, state);
    return state;
  }

  private deleteSubscription(name: string): void {
    const state = this.subscriptions.get(name)!;
    this.subscriptions.delete(name);
    this.topics.get(state.subscription.topic)?.subscriptions.delete(state);
    state.backlog.consumers.dismiss(notFound(name));
    state.backlog.clear();
  }

  private seek(name: string, timeMs: number, atMs: number): void {
    const { subscription, filter, backlog } = this.subscriptions.get(name)!;
    const topic = this.topics.get(subscription.topic);
    const oldestMs = atMs - retentionMs(topic);
    const retained = topic?.retained.filter(
      (message) => message.publishedAtMs >= oldestMs && filter(message.attributes),
    );
    backlog.seek(timeMs, retained ?? []);
  }

  private message({ data, attributes, orderingKey }: Draft, publishedAtMs: number): Message {
    return { id: String(++this.lastId), publishedAtMs, data, attributes, orderingKey };
  }

  /** Whether a subscription or the topic keeps any of them. */
  private distribute(topic: TopicState, messages: readonly Message[]): boolean {
    let isKept = false;
    for (const { filter, backlog } of topic.subscriptions) {
      const wanted = messages.filter((message) => filter(message.attributes));
      isKept ||= wanted.length > 0;
      backlog.add(wanted);
    }
    const keepMs = retentionMs(topic);
    if (keepMs === 0) return isKept;
    topic.retained.push(...messages);
    const oldestMs = messages[0]!.publishedAtMs - keepMs;
    const stale = topic.retained.findIndex((message) => message.publishedAtMs >= oldestMs);
    topic.retained.splice(0, stale);
    return true;
  }

  private forwardDeadLetter(
    subscription: Subscription,
    message: Message,
    attempts: number,
    problem: string | undefined,
  ): boolean {
    const name = subscription.deadLetterPolicy?.deadLetterTopic;
    if (name === undefined || !this.topics.has(name)) return false;
    this.publish(name, [deadLetterOf(message, subscription.name, attempts, problem)]);
    return true;
  }
}

function retentionMs(topic: TopicState | undefined): number {
  const duration = topic?.topic.messageRetentionDuration;
  return duration ? toMs(duration) : 0;
}
