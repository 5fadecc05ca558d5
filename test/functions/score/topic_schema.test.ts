/**
 * Events of every kind, as score makes them, on a topic with the schema of decisions: of the local
 * Pub/Sub, and of Google's own emulator where the Google Cloud SDK has it.
 */
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import type { DecisionEvent } from '../../../shared/decision/decide.ts';
import { messageOf } from '../../../shared/decision/message.ts';
import {
  type Clients,
  connect,
  fresh,
  project,
  pullAll,
  refused,
  startLocal,
  startOfficial,
  type Target,
} from '../../cloud/pubsub/testing.ts';
import { columnsOf, decisionSchema } from '../../start/sql_objects.ts';
import { LOANS, POLICY_VERSION, withPolicy } from '../support/loans.ts';
import { post } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const OFFERING = {
  ...POLICY_VERSION,
  counter_offers: {
    instead_of: ['decline' as const],
    changes: [{ field: 'amount', shares: [0.5], multiple_of: 100, at_least: 100 }],
    prefer: 'largest_amount' as const,
    amount: 'amount',
  },
};
const GOOD = {
  loan_id: 'l-1',
  customer_id: 'c-1',
  asked_at: '2026-06-12T10:00:00Z',
  amount: 500,
  term_months: 12,
  income: 60_000,
  purpose: 'car',
  is_customer: true,
  employed_since: '2020-01-01',
};
const MUCH = { ...GOOD, amount: 18_000, income: null };
const HOPELESS = { ...MUCH, purpose: 'debt', is_customer: false, employed_since: null };

const TARGETS: readonly [string, () => Promise<Target | undefined>][] = [
  ['the local Pub/Sub', startLocal],
  ["Google's emulator", startOfficial],
];

describe('the schema of decisions', () => {
  let events: readonly DecisionEvent[];
  let required: readonly string[];

  before(async () => {
    required = (await columnsOf('decisions'))
      .filter(({ mode }) => mode === 'REQUIRED')
      .map(({ name }) => name);
    const service = await startService(withPolicy(LOANS, [OFFERING]));
    try {
      events = await everyKind(service);
    } finally {
      await service.stop();
    }
  });

  /** By policy alone, by a model with each outcome, under a key, and the same again. */
  async function everyKind(service: Service): Promise<readonly DecisionEvent[]> {
    const ask = async (request: object, key?: string) => {
      const url = `${service.url}/v1/${service.portfolio.id}/decisions`;
      const { status: found } = await post(url, request, key ? { 'idempotency-key': key } : {});
      assert.equal(found, 200);
    };
    await ask(GOOD);
    const { objects, portfolio } = service;
    const champion = await storeVersion(objects, portfolio, 'v20260601_000000');
    await deploy(objects, portfolio.id, { champion });
    for (const request of [GOOD, { ...GOOD, amount: 14_000, income: null }, MUCH, HOPELESS]) {
      await ask(request);
    }
    await ask(GOOD, 'key-1');
    await ask(GOOD, 'key-1');
    return service.events;
  }

  it('is tried with decisions of every kind', () => {
    const outcomes = new Set(events.map(({ outcome }) => outcome));
    assert.deepEqual([...outcomes].sort(), ['approve', 'counter_offer', 'decline', 'review']);
    assert.ok(events.some(({ fallback }) => fallback !== null));
    assert.ok(events.some(({ counter_offer }) => counter_offer !== null));
    assert.ok(events.some(({ idempotency_key_sha256 }) => idempotency_key_sha256 !== null));
  });

  for (const [title, start] of TARGETS) {
    describe(`on ${title}`, () => {
      let target: Target | undefined;
      let clients: Clients;
      let topic: string;

      before(async function () {
        this.timeout(60_000);
        target = await start();
        if (!target) {
          console.info('    skipped: needs Java, and the Google Cloud SDK with its emulator');
          this.skip();
        }
        clients = connect(target.port);
        const schema = { type: 'AVRO', definition: await decisionSchema() } as const;
        const [made] = await clients.schemas.createSchema({
          parent: project,
          schemaId: 'decisions',
          schema,
        });
        topic = fresh('topics');
        const schemaSettings = { schema: made.name!, encoding: 'JSON' } as const;
        await clients.publisher.createTopic({ name: topic, schemaSettings });
      });
      after(async () => {
        await clients?.close();
        await target?.stop();
      });

      const publish = (event: object) =>
        clients.publisher.publish({ topic, messages: [messageOf(event as DecisionEvent)] });

      it('lets every decision through as it is', async () => {
        const subscription = fresh('subscriptions');
        await clients.subscriber.createSubscription({ name: subscription, topic });
        for (const event of events) await publish(event);
        const pulled = await pullAll(clients, subscription, events.length);
        assert.deepEqual(
          new Set(pulled.map(({ text }) => text)),
          new Set(events.map((event) => JSON.stringify(event))),
        );
      });

      it('lets a field through that only a newer release writes', async () => {
        await publish({ ...events[0], of_a_newer_release: { list: [null, 0.1] } });
      });

      it('refuses a decision without what every row has, or with another type there', async () => {
        for (const name of required) {
          const { [name]: _, ...without } = events[0] as unknown as Record<string, unknown>;
          for (const faulty of [
            without,
            { ...events[0], [name]: null },
            { ...events[0], [name]: 1 },
          ]) {
            await refused(publish(faulty), status.INVALID_ARGUMENT);
          }
        }
      });
    });
  }
});
