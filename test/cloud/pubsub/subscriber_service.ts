/** google.pubsub.v1.Subscriber, streams apart. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Clock } from '../clock.ts';
import { checkAckIds } from './ack_ids.ts';
import { checkDeadline, modifyDeadlines, refuseInvalid } from './acknowledging.ts';
import type { Broker } from './broker.ts';
import type { Deliveries } from './deliveries.ts';
import type { Duration } from './durations.ts';
import type { PageRequest } from './pages.ts';
import { type PullRequest, pull } from './pull.ts';
import type { SubscriptionState } from './registry.ts';
import { invalidArgument, unsupported } from './status.ts';
import { streamingPull } from './streaming_pull.ts';
import { type Handler, unary } from './unary.ts';
import type { PushConfig, Request, Subscription } from './wire.ts';

type Named = { readonly subscription: string };

interface UpdateRequest {
  readonly subscription: Request<Subscription>;
  readonly updateMask: { readonly paths: readonly string[] } | null;
}

interface AcknowledgeRequest extends Named {
  readonly ackIds: readonly string[];
}

interface ModifyAckDeadlineRequest extends AcknowledgeRequest {
  readonly ackDeadlineSeconds: number;
}

/** One of the two, or none. */
interface SeekRequest extends Named {
  readonly time?: Duration;
  readonly snapshot?: string;
}

/** Its methods, by name. */
export const subscriberService = (
  broker: Broker,
  deliveries: Deliveries,
  clock: Clock,
): UntypedServiceImplementation => ({
  ...subscriptions(broker, deliveries),
  ...messages(broker, clock),
  ...snapshots(),
});

function subscriptions(broker: Broker, deliveries: Deliveries): UntypedServiceImplementation {
  const method = <Q>(handler: Handler<Q>) => unary(handler, () => broker.flushed());
  const describe = (name: string) => describeSubscription(broker, deliveries, name);
  return {
    CreateSubscription: method((request: Request<Subscription>) =>
      describe(broker.createSubscription(request).name),
    ),
    GetSubscription: method(({ subscription }: Named) => describe(subscription)),
    UpdateSubscription: method(({ subscription, updateMask }: UpdateRequest) =>
      describe(broker.updateSubscription(subscription, updateMask?.paths).name),
    ),
    ListSubscriptions: method((request: PageRequest & { readonly project: string }) => {
      const { items, nextPageToken } = broker.subscriptionNames(request.project, request);
      return { subscriptions: items.map(describe), nextPageToken };
    }),
    DeleteSubscription: method(({ subscription }: Named) => {
      broker.deleteSubscription(subscription);
      return {};
    }),
    ModifyPushConfig: method((request: Named & { readonly pushConfig: PushConfig | null }) => {
      broker.modifyPushConfig(request.subscription, request.pushConfig);
      return {};
    }),
  };
}

function messages(broker: Broker, clock: Clock): UntypedServiceImplementation {
  const method = <Q>(handler: Handler<Q>) => unary(handler, () => broker.flushed());
  return {
    Acknowledge: method((request: AcknowledgeRequest) => acknowledge(broker, request)),
    ModifyAckDeadline: method((request: ModifyAckDeadlineRequest) =>
      modifyAckDeadline(broker, request),
    ),
    Pull: method((request: Named & PullRequest, call) =>
      pull(broker.consumable(request.subscription, 'pull'), request, call, clock),
    ),
    StreamingPull: streamingPull(broker),
    Seek: method(({ subscription, time, snapshot }: SeekRequest) => {
      if (snapshot) throw unsupported('seeking to a snapshot');
      broker.seek(subscription, time);
      return {};
    }),
  };
}

function snapshots(): UntypedServiceImplementation {
  const refused = unary(
    () => {
      throw unsupported('Pub/Sub snapshots');
    },
    async () => {},
  );
  return {
    CreateSnapshot: refused,
    GetSnapshot: refused,
    UpdateSnapshot: refused,
    DeleteSnapshot: refused,
    ListSnapshots: unary(
      () => ({}),
      async () => {},
    ),
  };
}

/** With the fields that only the server sets. */
function describeSubscription(broker: Broker, deliveries: Deliveries, name: string): object {
  const state = broker.subscription(name);
  const exportState = deliveries.exportState(name);
  const { bigqueryConfig } = state.subscription;
  return {
    ...state.subscription,
    bigqueryConfig: bigqueryConfig && { ...bigqueryConfig, state: exportState },
    topicMessageRetentionDuration: broker.topicRetention(state),
    state: exportState === 'ACTIVE' ? 'ACTIVE' : 'RESOURCE_ERROR',
  };
}

function acknowledge(broker: Broker, { subscription: name, ackIds }: AcknowledgeRequest): object {
  const { subscription, backlog } = acknowledgeable(broker, name, ackIds);
  const invalid = backlog.acknowledge(ackIds);
  if (subscription.enableExactlyOnceDelivery) refuseInvalid(invalid);
  return {};
}

function modifyAckDeadline(
  broker: Broker,
  { subscription: name, ackIds, ackDeadlineSeconds }: ModifyAckDeadlineRequest,
): object {
  checkDeadline(ackDeadlineSeconds);
  const { subscription, backlog } = acknowledgeable(broker, name, ackIds);
  const invalid = modifyDeadlines(backlog, ackIds, () => ackDeadlineSeconds);
  if (subscription.enableExactlyOnceDelivery) refuseInvalid(invalid);
  return {};
}

function acknowledgeable(
  broker: Broker,
  name: string,
  ackIds: readonly string[],
): SubscriptionState {
  const state = broker.consumable(name, 'pull');
  if (ackIds.length === 0) {
    throw invalidArgument('You have not specified an ack ID in the request.');
  }
  checkAckIds(name, ackIds);
  return state;
}
