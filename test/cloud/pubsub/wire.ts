/** The messages of google.pubsub.v1 that are kept or answered, as proto-loader gives them. */
import type { Duration } from './durations.ts';
import type { WireMessage } from './message.ts';

/** google.pubsub.v1.Topic, what of it is kept. */
export interface Topic {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageStoragePolicy: object | null;
  readonly messageRetentionDuration: Duration | null;
  readonly schemaSettings: SchemaSettings | null;
}

/** google.pubsub.v1.Schema. */
export interface Schema {
  readonly name: string;
  readonly type: 'AVRO' | 'PROTOCOL_BUFFER' | 'TYPE_UNSPECIFIED';
  readonly definition: string;
  readonly revisionId: string;
  readonly revisionCreateTime: Duration;
}

/** google.pubsub.v1.SchemaSettings. */
export interface SchemaSettings {
  /** `_deleted-schema_` when it is gone. */
  readonly schema: string;
  readonly encoding: 'JSON' | 'BINARY' | 'ENCODING_UNSPECIFIED';
  /** Never kept. */
  readonly firstRevisionId?: string;
  readonly lastRevisionId?: string;
}

/** An empty audience means the endpoint. */
export interface OidcToken {
  readonly serviceAccountEmail: string;
  readonly audience: string;
}

/** An empty endpoint means pull. */
export interface PushConfig {
  readonly pushEndpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly oidcToken?: OidcToken;
  readonly noWrapper?: { readonly writeMetadata: boolean };
}

/** google.pubsub.v1.BigQueryConfig, its state apart. */
export interface BigQueryConfig {
  /** `project.dataset.table` */
  readonly table: string;
  readonly useTopicSchema: boolean;
  readonly useTableSchema: boolean;
  readonly writeMetadata: boolean;
  readonly dropUnknownFields: boolean;
  readonly serviceAccountEmail: string;
}

/** google.pubsub.v1.DeadLetterPolicy, complete. */
export interface DeadLetterPolicy {
  readonly deadLetterTopic: string;
  readonly maxDeliveryAttempts: number;
}

/** google.pubsub.v1.RetryPolicy, complete. */
export interface RetryPolicy {
  readonly minimumBackoff: Duration;
  readonly maximumBackoff: Duration;
}

/** google.pubsub.v1.Subscription, complete, its output-only fields apart. */
export interface Subscription {
  readonly name: string;
  /** `_deleted-topic_` when it is gone. */
  readonly topic: string;
  readonly pushConfig: PushConfig;
  readonly bigqueryConfig: BigQueryConfig | null;
  readonly ackDeadlineSeconds: number;
  readonly retainAckedMessages: boolean;
  readonly messageRetentionDuration: Duration;
  readonly labels: Readonly<Record<string, string>>;
  readonly enableMessageOrdering: boolean;
  /** Kept, never carried out: local subscriptions don't expire. */
  readonly expirationPolicy: { readonly ttl: Duration | null };
  readonly filter: string;
  readonly deadLetterPolicy: DeadLetterPolicy | null;
  readonly retryPolicy: RetryPolicy | null;
  readonly detached: boolean;
  readonly enableExactlyOnceDelivery: boolean;
}

/** What a client may send for T: any part may be absent. */
export type Request<T> = { readonly [K in keyof T]: T[K] | null };

/** google.pubsub.v1.ReceivedMessage. */
export interface ReceivedMessage {
  readonly ackId: string;
  readonly message: WireMessage;
  readonly deliveryAttempt: number;
}

/** google.pubsub.v1.StreamingPullRequest. */
export interface StreamingPullRequest {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly modifyDeadlineSeconds: readonly number[];
  readonly modifyDeadlineAckIds: readonly string[];
  readonly streamAckDeadlineSeconds: number;
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
  readonly protocolVersion: number;
}

interface Confirmation {
  readonly ackIds: readonly string[];
  readonly invalidAckIds: readonly string[];
}

/** google.pubsub.v1.StreamingPullResponse; the properties are always sent. */
export interface StreamingPullResponse {
  readonly receivedMessages?: readonly ReceivedMessage[];
  readonly acknowledgeConfirmation?: Confirmation;
  readonly modifyAckDeadlineConfirmation?: Confirmation;
  readonly subscriptionProperties?: {
    readonly exactlyOnceDeliveryEnabled: boolean;
    readonly messageOrderingEnabled: boolean;
  };
}
