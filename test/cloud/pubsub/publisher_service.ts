/** google.pubsub.v1.Publisher. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Broker } from './broker.ts';
import { checkPublish, type WireMessage } from './message.ts';
import type { PageRequest } from './pages.ts';
import { type Handler, unary } from './unary.ts';
import type { Request, Topic } from './wire.ts';

interface Masked {
  readonly updateMask: { readonly paths: readonly string[] } | null;
}

type Named = { readonly topic: string };

interface PublishRequest extends Named {
  readonly messages: readonly WireMessage[];
  readonly requestBytes: number;
}

/** Its methods, by name. */
export function publisherService(broker: Broker): UntypedServiceImplementation {
  const method = <Q>(handler: Handler<Q>) => unary(handler, () => broker.flushed());
  return {
    CreateTopic: method((topic: Request<Topic>) => describe(broker.createTopic(topic))),
    UpdateTopic: method(({ topic, updateMask }: Masked & { topic: Request<Topic> }) =>
      describe(broker.updateTopic(topic, updateMask?.paths)),
    ),
    GetTopic: method(({ topic }: Named) => describe(broker.topic(topic).topic)),
    DeleteTopic: method(({ topic }: Named) => {
      broker.deleteTopic(topic);
      return {};
    }),
    ListTopics: method((request: PageRequest & { readonly project: string }) => {
      const { items, nextPageToken } = broker.topicNames(request.project, request);
      return { topics: items.map((name) => describe(broker.topic(name).topic)), nextPageToken };
    }),
    ListTopicSubscriptions: method((request: PageRequest & Named) => {
      const { items, nextPageToken } = broker.topicSubscriptions(request.topic, request);
      return { subscriptions: items, nextPageToken };
    }),
    ListTopicSnapshots: method(({ topic }: Named) => {
      broker.topic(topic);
      return {};
    }),
    DetachSubscription: method(({ subscription }: { readonly subscription: string }) => {
      broker.detachSubscription(subscription);
      return {};
    }),
    Publish: method(({ topic, messages, requestBytes }: PublishRequest) => {
      checkPublish(messages, requestBytes);
      return { messageIds: broker.publish(topic, messages) };
    }),
  };
}

const describe = (topic: Topic): object => ({ ...topic, state: 'ACTIVE' });
