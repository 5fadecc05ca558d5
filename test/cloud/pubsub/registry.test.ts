import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ManualClock } from '../clock.ts';
import type { Backlog } from './backlog.ts';
import { fromMs } from './durations.ts';
import type { Consumer, Lease } from './entry.ts';
import type { PubSubEvent, SavedEntry } from './events.ts';
import type { Message } from './message.ts';
import { Registry, type SubscriptionState } from './registry.ts';
import { checkSubscription } from './subscription_settings.ts';
import type { Request, Subscription } from './wire.ts';

const TOPIC = 'projects/p/topics/topic';
const GRAVES = 'projects/p/topics/graves';

function registry(clock: ManualClock, record: (event: PubSubEvent) => void): Registry {
  let ackIds = 0;
  return new Registry({ clock, newAckId: () => `ack-${++ackIds}`, record });
}

const subscriptionOf = (name: string, settings: Partial<Subscription>): Subscription =>
  checkSubscription(
    {
      name: `projects/p/subscriptions/${name}`,
      topic: TOPIC,
      ...settings,
    } as Request<Subscription>,
    { hasBigQuery: false, hasOidcIssuer: false },
  );

const topicOf = (name: string, retentionMs?: number) => ({
  op: 'topic' as const,
  topic: {
    name,
    labels: {},
    messageStoragePolicy: null,
    messageRetentionDuration: retentionMs === undefined ? null : fromMs(retentionMs),
    schemaSettings: null,
  },
});

/** Takes only when told to. */
const idle = (): Consumer => ({ offer: () => 0, closed: () => {} });

const draft = (text: string, orderingKey = '') => ({
  data: Buffer.from(text),
  attributes: text.length % 2 ? { odd: 'yes' } : {},
  orderingKey,
});

const plain = (events: Iterable<PubSubEvent>): PubSubEvent[] =>
  JSON.parse(JSON.stringify([...events]));

const settings = fc.record({
  enableMessageOrdering: fc.boolean(),
  retainAckedMessages: fc.boolean(),
  filter: fc.constantFrom('', 'attributes:odd'),
  retryPolicy: fc.constantFrom(null, {
    minimumBackoff: fromMs(2_000),
    maximumBackoff: fromMs(9_000),
  }),
  deadLetterPolicy: fc.constantFrom(null, { deadLetterTopic: GRAVES, maxDeliveryAttempts: 5 }),
  messageRetentionDuration: fc.constantFrom(fromMs(600_000), fromMs(6_000_000)),
});

const which = fc.nat(100);
const key = fc.constantFrom('', 'k', 'l');
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      publish: fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      key,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ take: fc.integer({ min: 1, max: 4 }), of: which, single: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      settle: fc.constantFrom('ack', 'nack', 'release', 'extend'),
      of: which,
    }),
  },
  { weight: 3, arbitrary: fc.record({ advance: fc.constantFrom(500, 3_000, 11_000, 700_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ seekBackMs: fc.constantFrom(-1, 0, 2_000, 800_000), of: which }),
  },
  { weight: 1, arbitrary: fc.record({ change: settings, of: which }) },
  {
    weight: 1,
    arbitrary: fc.record({ remove: fc.constantFrom('detach', 'delete', 'topic'), of: which }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A registry with its subscriptions, driven step by step. */
class Run {
  readonly clock = new ManualClock('2026-03-01T00:00:00Z');
  readonly events: PubSubEvent[] = [];
  readonly registry = registry(this.clock, (event) => this.events.push(...plain([event])));
  /** Those of which an acknowledgement was accepted. */
  readonly acknowledged = new Set<string>();
  leases: { state: SubscriptionState; lease: Lease }[] = [];
  private readonly consumers = [idle(), idle()];

  constructor(subscriptions: readonly Partial<Subscription>[]) {
    this.registry.commit(topicOf(TOPIC, 900_000));
    this.registry.commit(topicOf(GRAVES));
    for (const [index, given] of subscriptions.entries()) {
      this.registry.commit({
        op: 'subscription',
        subscription: subscriptionOf(`sub${index}`, given),
      });
    }
    const grave = { ...subscriptionOf('mourners', {}), topic: GRAVES };
    this.registry.commit({ op: 'subscription', subscription: grave });
  }

  async take(one: Step): Promise<void> {
    const all = [...this.registry.subscriptions.values()];
    const state = 'of' in one ? all[one.of % Math.max(all.length, 1)] : undefined;
    if ('publish' in one) this.publish(one.publish, one.key);
    else if ('advance' in one) await this.clock.advance(one.advance);
    else if ('settle' in one) this.settle(one.settle, one.of);
    else if (!state) return;
    else if ('take' in one) this.pull(state, one.take, one.single, one.of);
    else if ('seekBackMs' in one) this.seek(state, one.seekBackMs);
    else if ('change' in one) this.change(state, one.change);
    else this.remove(state, one.remove);
  }

  private publish(texts: readonly string[], orderingKey: string): void {
    if (!this.registry.topics.has(TOPIC)) return;
    this.registry.publish(
      TOPIC,
      texts.map((text) => draft(text, orderingKey)),
    );
  }

  private pull(state: SubscriptionState, messages: number, single: boolean, of: number): void {
    const leases = state.backlog.take(this.consumers[of % 2]!, {
      messages,
      bytes: 1_000,
      leaseMs: 10_000,
      single,
    });
    this.leases.push(...leases.map((lease) => ({ state, lease })));
  }

  private settle(how: 'ack' | 'nack' | 'release' | 'extend', of: number): void {
    const [chosen] = this.leases.splice(of % Math.max(this.leases.length, 1), 1);
    if (!chosen) return;
    const { state, lease } = chosen;
    if (how === 'ack') this.acknowledge(state.backlog, lease);
    else if (how === 'extend') {
      if (state.backlog.extend(lease.ackId, 60_000)) this.leases.push(chosen);
    } else state.backlog[how](lease.ackId);
  }

  private acknowledge(backlog: Backlog, lease: Lease): void {
    if (backlog.acknowledge([lease.ackId]).length === 0) {
      this.acknowledged.add(lease.entry.message.id);
    }
  }

  /** Takes and acknowledges until there is nothing more. */
  async drain(backlog: Backlog): Promise<void> {
    const consumer = idle();
    for (;;) {
      const leases = backlog.take(consumer, { messages: 9, bytes: 1e9, leaseMs: 1_000 });
      if (leases.length === 0) return;
      for (const lease of leases) this.acknowledge(backlog, lease);
    }
  }

  /** Ids of all messages, in order. */
  get published(): string[] {
    return this.events.flatMap((event) =>
      event.op === 'publish' ? event.messages.map(({ id }) => id) : [],
    );
  }

  private seek({ subscription }: SubscriptionState, backMs: number): void {
    if (subscription.detached) return;
    const atMs = this.clock.now();
    this.registry.commit({
      op: 'seek',
      subscription: subscription.name,
      timeMs: atMs - backMs,
      atMs,
    });
  }

  private change({ subscription }: SubscriptionState, given: Partial<Subscription>): void {
    const { enableMessageOrdering, filter } = subscription;
    const changed = { ...subscription, ...given, enableMessageOrdering, filter };
    this.registry.commit({ op: 'subscription', subscription: changed });
  }

  private remove({ subscription }: SubscriptionState, how: 'detach' | 'delete' | 'topic'): void {
    const { name } = subscription;
    if (how === 'topic' && this.registry.topics.has(GRAVES)) {
      this.registry.commit({ op: 'deleteTopic', name: GRAVES });
    } else if (how === 'detach') {
      this.registry.commit({
        op: 'subscription',
        subscription: { ...subscription, detached: true },
      });
    } else if (how === 'delete') this.registry.commit({ op: 'deleteSubscription', name });
  }
}

const steps = (one: fc.Arbitrary<Step>) => fc.array(one, { maxLength: 60, size: 'max' });

/** The state that events make, and after them a restart. */
function stateOf(clock: ManualClock, events: readonly PubSubEvent[]): PubSubEvent[] {
  const again = registry(clock, () => {});
  again.load(events);
  return plain(again.snapshot());
}

describe('the registry', () => {
  const subscriptions = fc.array(settings, { minLength: 1, maxLength: 3 });

  it('comes out the same of all its events and of its snapshot, whatever happened', async () => {
    const property = fc.asyncProperty(subscriptions, steps(step), async (given, plan) => {
      const run = new Run(given);
      for (const one of plan) await run.take(one);
      const snapshot = plain(run.registry.snapshot());
      assert.deepEqual(stateOf(run.clock, snapshot), stateOf(run.clock, run.events));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('comes out of any beginning of its events', async () => {
    const property = fc.asyncProperty(
      subscriptions,
      steps(step),
      fc.nat(),
      async (given, plan, at) => {
        const run = new Run(given);
        for (const one of plan) await run.take(one);
        const beginning = run.events.slice(0, at % (run.events.length + 1));
        const state = stateOf(run.clock, beginning);
        assert.deepEqual(stateOf(run.clock, state), state);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  describe('of a subscription that keeps everything', () => {
    const lasting = settings.map((given) => ({
      ...given,
      filter: '',
      retainAckedMessages: false,
      deadLetterPolicy: null,
      messageRetentionDuration: fromMs(2_000_000_000),
    }));
    const harmless = step.filter((one) =>
      ['publish', 'take', 'settle', 'advance'].some((kind) => kind in one),
    );

    /** Ends of the keys' messages: those that are out, or held, are all before those that wait. */
    function assertInOrder(messages: readonly Message[], entries: readonly SavedEntry[]): void {
      const waiting = new Set<string>();
      for (const [index, { state }] of entries.entries()) {
        const { orderingKey } = messages[index]!;
        if (orderingKey === '') continue;
        if (state === 'ready') waiting.add(orderingKey);
        else assert.ok(!waiting.has(orderingKey), `${state} behind one that waits`);
      }
    }

    it('no message is lost, or out twice at a time, or out of the order of its key', async () => {
      const property = fc.asyncProperty(lasting, steps(harmless), async (given, plan) => {
        const run = new Run([given]);
        const { backlog } = run.registry.subscriptions.get('projects/p/subscriptions/sub0')!;
        const open = () => backlog.messages().map(({ id }) => id);
        for (const one of plan) {
          await run.take(one);
          const out = run.leases.filter(({ lease }) => lease.entry.lease === lease);
          assert.equal(new Set(out.map(({ lease }) => lease.entry)).size, out.length);
          if (given.enableMessageOrdering) assertInOrder(backlog.messages(), backlog.save());
          else
            assert.deepEqual(
              open(),
              run.published.filter((id) => !run.acknowledged.has(id)),
            );
        }
        // Whatever happened: in the end everything comes to one who acknowledges.
        await run.clock.advance(1_000_000);
        await run.drain(backlog);
        assert.deepEqual(open(), []);
        assert.deepEqual([...run.acknowledged].sort(), [...run.published].sort());
      });
      await fc.assert(property, { numRuns: 300 });
    });
  });
});
