/** What a push subscription of Pub/Sub sends: https://cloud.google.com/pubsub/docs/push#receive_push */
import * as z from 'zod';
import { badRequest } from '../errors.ts';
import { parseBody } from './parse.ts';

/** Other members may come: Pub/Sub's names in snake_case are copies. */
const envelopeSchema = z.object({
  message: z.object({
    messageId: z.string().min(1),
    data: z.base64().default(''),
    attributes: z.record(z.string(), z.string()).default({}),
  }),
  deliveryAttempt: z.int().optional(),
});

export interface Pushed {
  readonly messageId: string;
  /** The message's data as JSON. */
  readonly json: unknown;
  readonly attributes: Readonly<Record<string, string>>;
  /** How often it was tried, this time included; where the subscription has dead letters. */
  readonly attempt: number | undefined;
}

/** @throws {AppError} 400 where the body is no push, or its message no JSON */
export function parsePush(body: unknown): Pushed {
  const { message, deliveryAttempt } = parseBody(envelopeSchema, body);
  const { messageId, data, attributes } = message;
  try {
    const json: unknown = JSON.parse(Buffer.from(data, 'base64').toString());
    return { messageId, json, attributes, attempt: deliveryAttempt };
  } catch {
    throw badRequest(`The data of message ${messageId} is no JSON.`);
  }
}
