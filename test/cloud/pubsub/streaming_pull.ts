/** StreamingPull: messages down, acknowledgements up, flow control by what is outstanding. */
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { checkAckIds } from './ack_ids.ts';
import { checkDeadline, modifyDeadlines } from './acknowledging.ts';
import type { Broker } from './broker.ts';
import { SECOND_MS } from './durations.ts';
import type { Consumer, Lease } from './entry.ts';
import { sizeOf } from './message.ts';
import { RESPONSE, received } from './received.ts';
import type { SubscriptionState } from './registry.ts';
import { invalidArgument, toStatus } from './status.ts';
import type { StreamingPullRequest, StreamingPullResponse } from './wire.ts';

type Call = ServerDuplexStream<StreamingPullRequest, StreamingPullResponse>;

/** Messages in one response: few enough that several streams share a backlog evenly. */
const BATCH = 100;

/** The gRPC method. */
export const streamingPull =
  (broker: Broker): handleBidiStreamingCall<StreamingPullRequest, StreamingPullResponse> =>
  (call) => {
    let stream: PullStream | undefined;
    call.on('data', (request: StreamingPullRequest) => {
      try {
        if (stream) stream.next(request);
        else stream = new PullStream(broker, call, request);
      } catch (error) {
        stream?.leave();
        call.emit('error', toStatus(error));
      }
    });
    call.on('end', () => {
      stream?.leave();
      call.end();
    });
    call.on('cancelled', () => stream?.leave());
  };

class PullStream implements Consumer {
  private readonly broker: Broker;
  private readonly call: Call;
  private readonly state: SubscriptionState;
  private readonly maxMessages: number;
  private readonly maxBytes: number;
  private readonly keepsAlive: boolean;
  private leaseMs: number;
  private outstandingMessages = 0;
  private outstandingBytes = 0;
  /** The client does not read as fast as this writes. */
  private congested = false;
  private over = false;
  private readonly detach: () => void;

  /** @throws {PubSubError} for a first request that does not open a stream. */
  constructor(broker: Broker, call: Call, request: StreamingPullRequest) {
    if (request.subscription === '') {
      throw invalidArgument('The first request of a stream must set subscription.');
    }
    this.broker = broker;
    this.call = call;
    this.state = broker.consumable(request.subscription, 'pull');
    this.leaseMs = leaseMs(request);
    this.maxMessages = limit(request.maxOutstandingMessages);
    this.maxBytes = limit(request.maxOutstandingBytes);
    this.keepsAlive = request.protocolVersion >= 1;
    this.settle(request);
    call.on('drain', () => {
      this.congested = false;
      this.state.backlog.consumers.wake();
    });
    this.write({});
    this.detach = this.state.backlog.consumers.attach(this);
  }

  /** Sends nothing any more. What is outstanding waits for its deadline. */
  leave(): void {
    this.over = true;
    this.detach();
  }

  /** A later request. @throws {PubSubError} */
  next(request: StreamingPullRequest): void {
    const { subscription, maxOutstandingMessages, maxOutstandingBytes } = request;
    if (subscription !== '' || maxOutstandingMessages !== 0 || maxOutstandingBytes !== 0) {
      throw invalidArgument(
        'subscription, max_outstanding_messages and max_outstanding_bytes may only be set in the first request of a stream.',
      );
    }
    if (request.streamAckDeadlineSeconds !== 0) this.leaseMs = leaseMs(request);
    this.settle(request);
    // Clients with protocol version 1 give a stream up that does not answer their pings.
    if (this.keepsAlive) this.write({});
  }

  offer(): number {
    const room = this.maxMessages - this.outstandingMessages;
    const roomBytes = this.maxBytes - this.outstandingBytes;
    if (this.congested || room <= 0 || roomBytes <= 0) return 0;
    const leases = this.state.backlog.take(this, {
      messages: Math.min(room, BATCH),
      bytes: Math.min(roomBytes, RESPONSE.bytes),
      leaseMs: this.leaseMs,
    });
    if (leases.length === 0) return 0;
    this.outstandingMessages += leases.length;
    for (const { entry } of leases) this.outstandingBytes += sizeOf(entry.message);
    const { subscription } = this.state;
    this.write({ receivedMessages: leases.map((lease) => received(lease, subscription)) });
    return leases.length;
  }

  ended({ entry }: Lease): void {
    this.outstandingMessages--;
    this.outstandingBytes -= sizeOf(entry.message);
    this.state.backlog.consumers.wake();
  }

  closed(reason: Error): void {
    this.over = true;
    this.call.emit('error', toStatus(reason));
  }

  private write(response: StreamingPullResponse): void {
    if (this.over) return;
    const { enableExactlyOnceDelivery, enableMessageOrdering } = this.state.subscription;
    const subscriptionProperties = {
      exactlyOnceDeliveryEnabled: enableExactlyOnceDelivery,
      messageOrderingEnabled: enableMessageOrdering,
    };
    this.congested = !this.call.write({ ...response, subscriptionProperties });
  }

  /** Acknowledgements and new deadlines that a request brings. */
  private settle(request: StreamingPullRequest): void {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request;
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw invalidArgument(
        'Invalid arguments provided: the number of ack ids to modify must be equal to the number of ack deadlines.',
      );
    }
    checkAckIds(this.state.subscription.name, [...ackIds, ...modifyDeadlineAckIds]);
    for (const seconds of modifyDeadlineSeconds) checkDeadline(seconds);
    const { backlog } = this.state;
    if (ackIds.length > 0) {
      const invalidAckIds = backlog.acknowledge(ackIds);
      this.confirm('acknowledgeConfirmation', ackIds, invalidAckIds);
    }
    if (modifyDeadlineAckIds.length > 0) {
      const invalidAckIds = modifyDeadlines(
        backlog,
        modifyDeadlineAckIds,
        (index) => modifyDeadlineSeconds[index]!,
      );
      this.confirm('modifyAckDeadlineConfirmation', modifyDeadlineAckIds, invalidAckIds);
    }
  }

  private confirm(
    field: 'acknowledgeConfirmation' | 'modifyAckDeadlineConfirmation',
    all: readonly string[],
    invalidAckIds: readonly string[],
  ): void {
    if (!this.state.subscription.enableExactlyOnceDelivery) return;
    const invalid = new Set(invalidAckIds);
    const ackIds = all.filter((ackId) => !invalid.has(ackId));
    const send = () => this.write({ [field]: { ackIds, invalidAckIds } });
    this.broker.flushed().then(send, (error) => this.call.emit('error', toStatus(error)));
  }
}

const STREAM_DEADLINE_SECONDS = { min: 10, max: 600 };

function leaseMs({ streamAckDeadlineSeconds: seconds }: StreamingPullRequest): number {
  const { min, max } = STREAM_DEADLINE_SECONDS;
  if (seconds < min || seconds > max) {
    throw invalidArgument(
      `stream_ack_deadline_seconds must be between ${min} and ${max} seconds; it is ${seconds}.`,
    );
  }
  return seconds * SECOND_MS;
}

/** Zero and below mean no limit. */
const limit = (given: number): number => (given > 0 ? given : Infinity);
