/** What the journal of Pub/Sub holds: everything that happened, in order, as JSON. */
import type { Entry } from './entry.ts';
import type { Message } from './message.ts';
import type { Schema, Subscription, Topic } from './wire.ts';

/** Message ids in one subscription. */
export type BacklogChange =
  /** Delivered. */
  | { readonly op: 'lease'; readonly ids: readonly string[] }
  | { readonly op: 'ack'; readonly ids: readonly string[] }
  /** Gone without an acknowledgement: dead-lettered, or past the retention. */
  | { readonly op: 'drop'; readonly ids: readonly string[] }
  /** Refused, or not acknowledged in time; not again before `untilMs`. */
  | { readonly op: 'fail'; readonly id: string; readonly untilMs: number }
  /** The delivery did not take place after all. */
  | { readonly op: 'release'; readonly id: string };

/** One line of the journal. */
export type PubSubEvent =
  | { readonly op: 'schema'; readonly schema: Schema }
  | { readonly op: 'deleteSchema'; readonly name: string }
  /** A topic made or changed. */
  | { readonly op: 'topic'; readonly topic: Topic }
  | { readonly op: 'deleteTopic'; readonly name: string }
  /** A subscription made or changed. */
  | { readonly op: 'subscription'; readonly subscription: Subscription }
  | { readonly op: 'deleteSubscription'; readonly name: string }
  | {
      readonly op: 'publish';
      readonly topic: string;
      readonly atMs: number;
      readonly messages: readonly SavedMessage[];
    }
  | {
      readonly op: 'seek';
      readonly subscription: string;
      readonly timeMs: number;
      readonly atMs: number;
    }
  | { readonly op: 'backlog'; readonly subscription: string; readonly change: BacklogChange }
  /** The id of a message that nobody keeps, or of the last one so far. */
  | { readonly op: 'lastId'; readonly lastId: number }
  /** The rest stands only in a rewritten journal. A message that later events name by its id. */
  | { readonly op: 'message'; readonly atMs: number; readonly message: SavedMessage }
  | { readonly op: 'retained'; readonly topic: string; readonly ids: readonly string[] }
  | {
      readonly op: 'entries';
      readonly subscription: string;
      readonly entries: readonly SavedEntry[];
    };

/** A message without what the event says for all: empty parts are left out. */
export interface SavedMessage {
  readonly id: string;
  /** Base64. */
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

/** A message in a subscription, as `Backlog.save` gives it. */
export interface SavedEntry {
  readonly id: string;
  readonly state: Entry['state'];
  readonly failures?: number;
  readonly untilMs?: number;
}

/** For an event that tells the time of publishing. */
export function saveMessage({ id, data, attributes, orderingKey }: Message): SavedMessage {
  return {
    id,
    ...(data.length === 0 ? {} : { data: data.toString('base64') }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    ...(orderingKey === '' ? {} : { orderingKey }),
  };
}

/** What `saveMessage` was given. */
export const loadMessage = (saved: SavedMessage, publishedAtMs: number): Message => ({
  id: saved.id,
  publishedAtMs,
  data: Buffer.from(saved.data ?? '', 'base64'),
  attributes: saved.attributes ?? {},
  orderingKey: saved.orderingKey ?? '',
});
