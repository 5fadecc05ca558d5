/** A push request of Pub/Sub (https://cloud.google.com/pubsub/docs/push#receive_push). */
import * as z from 'zod';
import { type ShardMessage, shardMessageSchema } from '../../shared/batch/shards.ts';
import { badRequest } from '../../shared/errors.ts';
import { parseBody } from '../../shared/http/parse.ts';

const pushSchema = z.object({
  message: z.object({ data: z.base64() }),
  /** There where the subscription has a dead-letter topic. */
  deliveryAttempt: z.int().min(1).optional(),
});

export interface Push {
  readonly message: ShardMessage;
  readonly attempt: number | undefined;
}

/** @throws {AppError} 400 for what asks for no shard; Pub/Sub then makes it a dead letter */
export function parsePush(body: unknown): Push {
  const { message, deliveryAttempt: attempt } = parseBody(pushSchema, body);
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(message.data, 'base64').toString());
  } catch {
    throw badRequest('The message is not JSON.');
  }
  return { message: parseBody(shardMessageSchema, content), attempt };
}
