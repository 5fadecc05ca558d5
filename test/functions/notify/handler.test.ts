import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PubSub } from '@google-cloud/pubsub';
import { deliver } from '../../../functions/notify/deliver.ts';
import { createNotifyHandler } from '../../../functions/notify/handler.ts';
import type { Alert } from '../../../shared/alerts/alert.ts';
import { hear, SILENCE } from '../../../shared/alerts/standing.ts';
import { breach, day, LENDER } from '../../shared/alerts/breaches.ts';
import { RESOURCES } from '../../start/provision.ts';
import { useLender } from '../support/lender.ts';
import { keepLog } from '../support/log.ts';
import { memoryObjects } from '../support/memory_objects.ts';
import { post, type Served, serveFunction } from '../support/serve.ts';
import { isSigned, type Receiver, startReceiver } from './receiver.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let days = 0;
/** One that was never sent before. */
const newAlert = (changes: object = {}): Alert =>
  hear(SILENCE, LENDER, [breach({ at: day(++days), ...changes })]).untold[0]!;

const pushed = (alert: unknown) => ({
  message: { messageId: '1', data: Buffer.from(JSON.stringify(alert)).toString('base64') },
  subscription: 'projects/p/subscriptions/s',
});

describe('notify', () => {
  const lender = useLender();
  const log = keepLog();
  let webhook: Receiver;
  let slack: Receiver;
  let fn: Served;

  before(async () => {
    [webhook, slack] = [await startReceiver(), await startReceiver()];
    const targets = [
      { name: 'on-call', url: webhook.url, insecure: true, secrets: [SECRET] },
      {
        name: 'slack',
        url: slack.url,
        insecure: true,
        format: 'slack',
        least_severity: 'critical',
      },
    ];
    const environment = { ...lender.environment, NOTIFY_TARGETS: JSON.stringify(targets) };
    fn = await serveFunction(createNotifyHandler(environment, log));
  });
  after(async () => {
    await fn.stop();
    await webhook.stop();
    await slack.stop();
  });
  beforeEach(() => {
    for (const { received, answers } of [webhook, slack]) {
      received.length = 0;
      answers.length = 0;
    }
  });

  it('takes an alert to everybody who wants to hear of it, signed', async () => {
    const alert = newAlert({ severity: 'critical' });
    const { status, body } = await post(fn.url, pushed(alert));
    assert.equal(status, 200);
    assert.deepEqual(
      body.outcomes.map(({ target, state }: Record<string, string>) => `${target} ${state}`),
      ['on-call delivered', 'slack delivered'],
    );
    const [received] = webhook.received;
    assert.ok(isSigned(received!, SECRET, new Date()));
    assert.deepEqual(JSON.parse(received!.body).data, alert);
    assert.equal(slack.received.length, 1);
    await post(fn.url, pushed(newAlert()));
    assert.equal(webhook.received.length, 2);
    assert.equal(slack.received.length, 1, 'it wants nothing but what is critical');
  });

  it('delivers once what comes twice, and to whom it could not be delivered before', async () => {
    const alert = newAlert({ severity: 'critical' });
    slack.answers.push(503);
    assert.equal((await post(fn.url, pushed(alert))).status, 503);
    assert.equal((await post(fn.url, pushed(alert))).status, 200);
    assert.equal((await post(fn.url, pushed(alert))).status, 200);
    assert.equal(webhook.received.length, 1);
    assert.equal(slack.received.length, 2);
    const keys = slack.received.map(({ headers }) => headers['idempotency-key']);
    assert.deepEqual(keys, [alert.alert_id, alert.alert_id]);
  });

  for (const status of [500, 502, 503, 408, 425, 429]) {
    it(`is asked again where a target answers ${status}`, async () => {
      webhook.answers.push(status);
      const { status: answered, body } = await post(fn.url, pushed(newAlert()));
      assert.equal(answered, 503);
      assert.match(body.detail, /could not be delivered to on-call/);
    });
  }

  for (const status of [400, 401, 403, 404, 410, 301, 307]) {
    it(`gives up where a target answers ${status}, and says so`, async () => {
      webhook.answers.push(status);
      const alert = newAlert();
      const { status: answered } = await post(fn.url, pushed(alert));
      assert.equal(answered, 200);
      assert.equal(webhook.received.length, 1, 'no redirect is followed');
      const [line] = log.of('a notification was refused').slice(-1);
      assert.deepEqual(
        [line!.severity, line!.alert_id, line!.target, line!.why],
        ['ERROR', alert.alert_id, 'on-call', `it answered ${status}`],
      );
    });
  }

  it('refuses what is no alert, so that it ends in the dead letters', async () => {
    for (const body of [{}, pushed({}), pushed({ ...newAlert(), kind: 'weather' })]) {
      assert.equal((await post(fn.url, body)).status, 400);
    }
    const noJson = { message: { messageId: '1', data: Buffer.from('{').toString('base64') } };
    assert.match((await post(fn.url, noJson)).body.detail, /message 1 is no JSON/);
    assert.equal(webhook.received.length, 0);
  });

  it('says neither address nor secret in its log', async () => {
    webhook.answers.push(500);
    await post(fn.url, pushed(newAlert()));
    const text = JSON.stringify(log.lines);
    assert.doesNotMatch(text, /whsec_|\/hook/);
  });

  it('is pushed to by Pub/Sub until it has delivered, and poison goes to the dead letters', async () => {
    const pubsub = new PubSub({ projectId: lender.projectId });
    const topic = pubsub.topic(RESOURCES.alertsTopic);
    const [letters] = await pubsub.createTopic('test-dead-letters');
    const [dead] = await letters.createSubscription('test-dead-letters');
    const [subscription] = await topic.createSubscription('test-notify', {
      pushConfig: {
        pushEndpoint: fn.url,
        oidcToken: { serviceAccountEmail: 'push@flit-test.iam.gserviceaccount.com' },
      },
      deadLetterPolicy: { deadLetterTopic: letters.name, maxDeliveryAttempts: 5 },
      retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds: 1 } },
    });
    const alert = newAlert();
    webhook.answers.push(500, 503);
    const poison = once(dead, 'message');
    await topic.publishMessage({ json: alert });
    await topic.publishMessage({ json: { not: 'an alert' } });
    const [letter] = await poison;
    letter.ack();
    assert.deepEqual(JSON.parse(letter.data), { not: 'an alert' });
    while (webhook.received.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    const [first] = webhook.received;
    assert.deepEqual(JSON.parse(first!.body).data, alert);
    assert.equal(webhook.received.length, 3);
    await dead.close();
    await subscription.delete();
    await pubsub.close();
  });
});

describe('a delivery', () => {
  const target = {
    name: 'on-call',
    url: 'https://hooks.example.com/',
    insecure: false,
    format: 'webhook' as const,
    secrets: [SECRET],
    least_severity: 'warning' as const,
  };
  const ports = { objects: memoryObjects(), now: () => new Date(0), patienceMs: 30 };

  it('waits for a target that does not answer no longer than it may', async () => {
    const silent = await startReceiver();
    silent.answers.push(0);
    const outcome = await deliver({ ...ports, fetch }, { ...target, url: silent.url }, newAlert());
    assert.deepEqual(outcome, { state: 'later', why: 'no answer in 30 ms' });
    await silent.stop();
  });

  it('says of one that cannot be reached no more than the code', async () => {
    const closed = await startReceiver();
    await closed.stop();
    const outcome = await deliver({ ...ports, fetch }, { ...target, url: closed.url }, newAlert());
    assert.deepEqual(outcome, { state: 'later', why: 'it cannot be reached: ECONNREFUSED' });
  });

  it('that two make at the same time is noted once, and is no error', async () => {
    const alert = newAlert();
    const answer = (async () => new Response(null, { status: 204 })) as typeof fetch;
    const both = [1, 2].map(() => deliver({ ...ports, fetch: answer }, target, alert));
    const states = (await Promise.all(both)).map(({ state }) => state);
    assert.deepEqual(states, ['delivered', 'delivered']);
    const { state } = await deliver({ ...ports, fetch: answer }, target, alert);
    assert.equal(state, 'before');
  });
});
