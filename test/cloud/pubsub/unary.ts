import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { toStatus } from './status.ts';

/** Answers one request. @throws {PubSubError} */
export type Handler<Q> = (
  request: Q,
  call: ServerUnaryCall<Q, unknown>,
) => unknown | Promise<unknown>;

/** A gRPC method of a handler. Nothing is answered before all that was done is safe. */
export const unary =
  <Q>(handler: Handler<Q>, flushed: () => Promise<void>): handleUnaryCall<Q, unknown> =>
  (call, callback) => {
    const answer = async () => {
      const response = await handler(call.request, call);
      await flushed();
      return response;
    };
    answer().then(
      (response) => callback(null, response),
      (error) => callback(toStatus(error)),
    );
  };
