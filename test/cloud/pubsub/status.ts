/** The errors of Pub/Sub: a gRPC status, the real service's words, and google.rpc.ErrorInfo. */
import { Metadata, status } from '@grpc/grpc-js';
import { fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';

/** google.rpc.ErrorInfo. */
export interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Why a call failed, as the client is told. */
export class PubSubError extends Error {
  override readonly name = 'PubSubError';
  readonly code: status;
  readonly info: ErrorInfo | undefined;

  constructor(code: status, message: string, info?: ErrorInfo) {
    super(message);
    this.code = code;
    this.info = info;
  }

  /** What grpc-js sends: `info` goes into the trailer that Google's clients read details from. */
  toStatus(): { code: status; details: string; metadata: Metadata } {
    const metadata = new Metadata();
    if (this.info) {
      metadata.set('grpc-status-details-bin', encodeDetails(this.code, this.message, this.info));
    }
    return { code: this.code, details: this.message, metadata };
  }
}

/** `resource` is a full name; the service names only its last part. */
export const notFound = (resource: string): PubSubError =>
  new PubSubError(status.NOT_FOUND, `Resource not found (resource=${leaf(resource)}).`);

/** `resource` is a full name. */
export const alreadyExists = (resource: string): PubSubError =>
  new PubSubError(
    status.ALREADY_EXISTS,
    `Resource already exists in the project (resource=${leaf(resource)}).`,
  );

/** The request is wrong, whatever the state. */
export const invalidArgument = (message: string): PubSubError =>
  new PubSubError(status.INVALID_ARGUMENT, message);

/** The request is wrong in the present state. */
export const failedPrecondition = (message: string): PubSubError =>
  new PubSubError(status.FAILED_PRECONDITION, message);

/** Nothing can be had from a detached subscription. */
export const detached = (): PubSubError => failedPrecondition('Subscription is detached.');

/** Pull where messages are pushed or exported, and the like. */
export const wrongKind = (): PubSubError =>
  failedPrecondition('This method is not supported for this subscription type.');

/** Something that Pub/Sub does and this local one does not: refused by name. */
export const unsupported = (what: string): PubSubError =>
  new PubSubError(status.UNIMPLEMENTED, `The local Google Cloud does not support ${what}.`);

/** @throws {PubSubError} INVALID_ARGUMENT unless min ≤ value ≤ max; `show` writes the numbers. */
export function checkBounds(
  what: string,
  value: number,
  [min, max]: readonly [number, number],
  show: (value: number) => string = String,
): void {
  if (value >= min && value <= max) return;
  throw invalidArgument(
    `The value for ${what} is out of bounds. You passed ${show(value)} in the request, ` +
      `but the value must be between ${show(min)} and ${show(max)}.`,
  );
}

/** INVALID_ARGUMENT for a number above its limit. */
export const tooLarge = (what: string, value: number, max: number): PubSubError =>
  invalidArgument(
    `The value for ${what} is too large. You passed ${value} in the request, but the maximum value is ${max}.`,
  );

/** INVALID_ARGUMENT for a number below its limit. */
export const tooSmall = (what: string, value: number | string, min: number | string): PubSubError =>
  invalidArgument(
    `The value for ${what} is too small. You passed ${value} in the request, but the minimum value is ${min}.`,
  );

/** What grpc-js takes for any error; one that is no PubSubError is the server's own fault. */
export function toStatus(error: unknown): ReturnType<PubSubError['toStatus']> {
  if (error instanceof PubSubError) return error.toStatus();
  // The local cloud is a development tool: its own faults should be seen, not hidden.
  console.error('local Pub/Sub: internal error', error);
  const message = error instanceof Error ? error.message : String(error);
  return new PubSubError(status.INTERNAL, message).toStatus();
}

const leaf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** google.rpc.Status and ErrorInfo: their packages are not among Pub/Sub's own definitions. */
const DESCRIPTORS = {
  nested: {
    Any: {
      fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } },
    },
    Status: {
      fields: {
        code: { type: 'int32', id: 1 },
        message: { type: 'string', id: 2 },
        details: { rule: 'repeated', type: 'Any', id: 3 },
      },
    },
    ErrorInfo: {
      fields: {
        reason: { type: 'string', id: 1 },
        domain: { type: 'string', id: 2 },
        metadata: { keyType: 'string', type: 'string', id: 3 },
      },
    },
  },
};

const RPC = fromJSON(DESCRIPTORS) as unknown as Record<
  'Status' | 'ErrorInfo',
  MessageTypeDefinition<object, object>
>;

function encodeDetails(code: status, message: string, info: ErrorInfo): Buffer {
  const typeUrl = 'type.googleapis.com/google.rpc.ErrorInfo';
  const details = [{ typeUrl, value: RPC.ErrorInfo.serialize(info) }];
  return RPC.Status.serialize({ code, message, details });
}
