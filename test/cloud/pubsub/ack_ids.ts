/** Acknowledgement ids: opaque to clients; they tell the subscription, and the run of the server. */
import { crc32 } from 'node:zlib';
import { invalidArgument } from './status.ts';

const FORMAT = /^([0-9a-z]+)-[0-9A-Za-z]+-[0-9a-z]+$/;

const owner = (subscription: string): string => crc32(subscription).toString(36);

/** Makes ids that no other run makes, given a word of its own. */
export function ackIds(run: string): (subscription: string) => string {
  let count = 0;
  return (subscription) => `${owner(subscription)}-${run}-${(++count).toString(36)}`;
}

/** @throws {PubSubError} INVALID_ARGUMENT unless all could be ids of this subscription. */
export function checkAckIds(subscription: string, ids: readonly string[]): void {
  for (const id of ids) {
    const found = FORMAT.exec(id);
    if (!found) {
      throw invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${id}).`);
    }
    if (found[1] !== owner(subscription)) {
      throw invalidArgument(
        `You have passed a subscription that does not belong to the given ack ID (resource=${subscription}).`,
      );
    }
  }
}
