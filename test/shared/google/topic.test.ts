import assert from 'node:assert/strict';
import { PubSub } from '@google-cloud/pubsub';
import { createPublisher } from '../../../shared/google/topic.ts';
import { useLender } from '../../functions/support/lender.ts';

const TIMES = { attemptMs: 200, totalMs: 400 };
const MESSAGE = { data: Buffer.from('{}'), attributes: { portfolio: 'loans' } };

describe('a publisher', () => {
  const lender = useLender();
  /** One that takes anything. */
  const TOPIC = 'things';
  const start = (topic = TOPIC) => createPublisher(lender.projectId, topic, TIMES);

  before(async () => {
    const pubsub = new PubSub({ projectId: lender.projectId });
    await pubsub.createTopic(TOPIC);
    await pubsub.close();
  });

  it('publishes, whether it was connected before or not', async () => {
    await start().publish(MESSAGE);
    const connected = start();
    await connected.connect();
    await connected.publish(MESSAGE);
  });

  it('rejects what Pub/Sub does not take, and goes on', async () => {
    const publisher = start('no-such-topic');
    await publisher.connect();
    await assert.rejects(publisher.publish(MESSAGE), { code: 5 });
    await assert.rejects(publisher.publish(MESSAGE), { code: 5 });
  });

  it('leaves to others how much of the stack their errors have', async () => {
    const { stackTraceLimit } = Error;
    const publisher = start('no-such-topic');
    const publishing = publisher.publish(MESSAGE);
    await assert.rejects(publishing, { code: 5 });
    assert.equal(Error.stackTraceLimit, stackTraceLimit);
    assert.match(new Error('here').stack!, /topic\.test/);
  });

  it('says that Pub/Sub is out of reach to who publishes, not to who connects', async () => {
    const { PUBSUB_EMULATOR_HOST } = process.env;
    process.env.PUBSUB_EMULATOR_HOST = '127.0.0.1:1';
    try {
      const publisher = start();
      await publisher.connect();
      await assert.rejects(publisher.publish(MESSAGE));
    } finally {
      process.env.PUBSUB_EMULATOR_HOST = PUBSUB_EMULATOR_HOST;
    }
  });
});
