import type { Draft, Message } from './message.ts';
import { parseName } from './names.ts';

/**
 * What is published to the dead-letter topic for a message that used its attempts up. `problem` is
 * why an export could not write it.
 *
 * https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic
 */
export function deadLetterOf(
  message: Message,
  subscription: string,
  attempts: number,
  problem: string | undefined,
): Draft {
  const { project, id } = parseName(subscription, 'subscriptions');
  const attributes = {
    ...message.attributes,
    CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
    CloudPubSubDeadLetterSourceSubscription: id,
    CloudPubSubDeadLetterSourceSubscriptionProject: project,
    CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishedAtMs).toISOString(),
    ...(problem === undefined ? {} : { CloudPubSubDeadLetterSourceDeliveryErrorMessage: problem }),
  };
  return { data: message.data, attributes, orderingKey: message.orderingKey };
}
