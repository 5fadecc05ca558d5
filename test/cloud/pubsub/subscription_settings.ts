/** What a subscription may be. */
import { status } from '@grpc/grpc-js';
import { parseTable } from './bigquery_table.ts';
import {
  checkRetention,
  DAY_MS,
  type Duration,
  fromMs,
  SECOND_MS,
  showDuration,
  toMs,
} from './durations.ts';
import { compileFilter } from './filter.ts';
import { checkLabels } from './labels.ts';
import { DELETED_TOPIC, parseName } from './names.ts';
import { refuseFields } from './refused_fields.ts';
import { checkBounds, invalidArgument, PubSubError, tooSmall, unsupported } from './status.ts';
import type { Mutability } from './update_mask.ts';
import type {
  BigQueryConfig,
  DeadLetterPolicy,
  PushConfig,
  Request,
  RetryPolicy,
  Subscription,
} from './wire.ts';

/** Which parts of the local cloud are there to deliver to. */
export interface DeliveryParts {
  readonly hasBigQuery: boolean;
  readonly hasOidcIssuer: boolean;
}

/** How messages leave a subscription. */
export type DeliveryKind = 'pull' | 'push' | 'bigquery';

/** What its configuration makes of a subscription. */
export function deliveryKind({ pushConfig, bigqueryConfig }: Subscription): DeliveryKind {
  if (bigqueryConfig) return 'bigquery';
  return pushConfig.pushEndpoint === '' ? 'pull' : 'push';
}

/** Checks a subscription of a client's making and fills in the defaults. @throws {PubSubError} */
export function checkSubscription(
  request: Request<Subscription>,
  parts: DeliveryParts,
): Subscription {
  const name = request.name ?? '';
  const topic = request.topic ?? '';
  parseName(name, 'subscriptions');
  if (topic !== DELETED_TOPIC) parseName(topic, 'topics');
  refuseFields(request, REFUSED);
  const labels = request.labels ?? {};
  checkLabels(labels);
  const filter = request.filter ?? '';
  compileFilter(filter);
  const subscription: Subscription = {
    name,
    topic,
    labels,
    filter,
    pushConfig: checkPush(request.pushConfig, parts),
    bigqueryConfig: checkBigQuery(request.bigqueryConfig, parts),
    ackDeadlineSeconds: checkAckDeadline(request.ackDeadlineSeconds),
    retainAckedMessages: request.retainAckedMessages ?? false,
    messageRetentionDuration: request.messageRetentionDuration ?? fromMs(7 * DAY_MS),
    enableMessageOrdering: request.enableMessageOrdering ?? false,
    expirationPolicy: checkExpiration(request.expirationPolicy),
    deadLetterPolicy: checkDeadLetter(request.deadLetterPolicy),
    retryPolicy: checkRetry(request.retryPolicy),
    detached: request.detached ?? false,
    enableExactlyOnceDelivery: request.enableExactlyOnceDelivery ?? false,
  };
  checkRetention(subscription.messageRetentionDuration);
  checkKind(subscription);
  return subscription;
}

const REFUSED = {
  cloudStorageConfig: 'Cloud Storage subscriptions (cloud_storage_config)',
  bigtableConfig: 'Bigtable subscriptions (bigtable_config)',
  messageTransforms: 'message transforms (message_transforms)',
  tags: 'resource tags (tags)',
};

/** What UpdateSubscription may change. */
export const SUBSCRIPTION_MUTABILITY: Mutability<Subscription> = {
  kind: 'Subscription',
  mutable: {
    ack_deadline_seconds: 'ackDeadlineSeconds',
    bigquery_config: 'bigqueryConfig',
    dead_letter_policy: 'deadLetterPolicy',
    enable_exactly_once_delivery: 'enableExactlyOnceDelivery',
    expiration_policy: 'expirationPolicy',
    labels: 'labels',
    message_retention_duration: 'messageRetentionDuration',
    push_config: 'pushConfig',
    retain_acked_messages: 'retainAckedMessages',
    retry_policy: 'retryPolicy',
  },
  immutable: ['name', 'topic', 'filter', 'enable_message_ordering', 'detached', 'state'],
};

function checkKind(subscription: Subscription): void {
  const kind = deliveryKind(subscription);
  if (subscription.bigqueryConfig && subscription.pushConfig.pushEndpoint !== '') {
    throw invalidArgument('At most one of push_config and bigquery_config may be set.');
  }
  if (subscription.enableExactlyOnceDelivery && kind !== 'pull') {
    throw invalidArgument('Exactly-once delivery is supported for pull subscriptions only.');
  }
}

const ACK_DEADLINE_SECONDS = { min: 10, max: 600, preset: 10 };

function checkAckDeadline(given: number | null): number {
  const { min, max, preset } = ACK_DEADLINE_SECONDS;
  const seconds = given || preset;
  if (seconds < min || seconds > max) {
    throw invalidArgument(
      `Invalid ack deadline given (ack_deadline=${seconds}). The ack deadline must be between ${min} and ${max} seconds.`,
    );
  }
  return seconds;
}

function checkExpiration(
  policy: { readonly ttl: Duration | null } | null,
): Subscription['expirationPolicy'] {
  if (!policy) return { ttl: fromMs(31 * DAY_MS) };
  const { ttl } = policy;
  if (ttl && toMs(ttl) < DAY_MS) {
    throw tooSmall('expiration duration', showDuration(toMs(ttl)), showDuration(DAY_MS));
  }
  return { ttl };
}

const ATTEMPTS = { min: 5, max: 100, preset: 5 };

function checkDeadLetter(policy: DeadLetterPolicy | null): DeadLetterPolicy | null {
  if (!policy || policy.deadLetterTopic === '') return null;
  parseName(policy.deadLetterTopic, 'topics');
  const { min, max, preset } = ATTEMPTS;
  const attempts = policy.maxDeliveryAttempts || preset;
  const wrong = attempts < min ? ['small', 'minimum', min] : ['large', 'maximum', max];
  if (attempts < min || attempts > max) {
    throw new PubSubError(
      status.OUT_OF_RANGE,
      `The value for max_delivery_attempts is too ${wrong[0]}. You passed ${attempts} in the request, but the ${wrong[1]} value is ${wrong[2]}.`,
    );
  }
  return { deadLetterTopic: policy.deadLetterTopic, maxDeliveryAttempts: attempts };
}

const BACKOFF_MS = { max: 600 * SECOND_MS, minimumPreset: 10 * SECOND_MS };

function checkRetry(policy: Request<RetryPolicy> | null): RetryPolicy | null {
  if (!policy) return null;
  const seconds = (ms: number) => `${ms / SECOND_MS}s`;
  const minimum = policy.minimumBackoff ? toMs(policy.minimumBackoff) : BACKOFF_MS.minimumPreset;
  const maximum = policy.maximumBackoff ? toMs(policy.maximumBackoff) : BACKOFF_MS.max;
  checkBounds('minimum_backoff', minimum, [0, BACKOFF_MS.max], seconds);
  checkBounds('maximum_backoff', maximum, [0, BACKOFF_MS.max], seconds);
  if (maximum < minimum) throw tooSmall('maximum_backoff', seconds(maximum), seconds(minimum));
  return { minimumBackoff: fromMs(minimum), maximumBackoff: fromMs(maximum) };
}

const PULL: PushConfig = { pushEndpoint: '', attributes: {} };

function checkPush(config: PushConfig | null, parts: DeliveryParts): PushConfig {
  if (!config || config.pushEndpoint === '') return PULL;
  const { pushEndpoint, attributes, oidcToken, noWrapper } = config;
  const url = URL.canParse(pushEndpoint) ? new URL(pushEndpoint) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidArgument(
      `Invalid push endpoint given (endpoint=${pushEndpoint}). Refer to https://cloud.google.com/pubsub/docs/create-push-subscription for more information.`,
    );
  }
  const version = attributes['x-goog-version'] ?? 'v1';
  if (version !== 'v1' && version !== 'v1beta2') {
    throw unsupported(`the push format x-goog-version=${version}`);
  }
  if (oidcToken && oidcToken.serviceAccountEmail === '') {
    throw invalidArgument('push_config.oidc_token.service_account_email must be set.');
  }
  if (oidcToken && !parts.hasOidcIssuer) {
    throw unsupported('push_config.oidc_token without an OIDC issuer beside Pub/Sub');
  }
  return {
    pushEndpoint,
    attributes,
    ...(oidcToken ? { oidcToken } : {}),
    ...(noWrapper ? { noWrapper } : {}),
  };
}

function checkBigQuery(config: BigQueryConfig | null, parts: DeliveryParts): BigQueryConfig | null {
  if (!config || config.table === '') return null;
  if (!parts.hasBigQuery) {
    throw unsupported('BigQuery subscriptions (bigquery_config) without a BigQuery beside Pub/Sub');
  }
  const { table, useTopicSchema, useTableSchema, writeMetadata, dropUnknownFields } = config;
  if (useTopicSchema && useTableSchema) {
    throw invalidArgument('use_topic_schema and use_table_schema cannot be enabled together.');
  }
  if (useTopicSchema) throw unsupported('Pub/Sub schemas (use_topic_schema)');
  parseTable(table);
  return {
    table,
    useTopicSchema,
    useTableSchema,
    writeMetadata,
    dropUnknownFields,
    serviceAccountEmail: config.serviceAccountEmail,
  };
}
