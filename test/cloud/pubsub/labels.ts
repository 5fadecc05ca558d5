import { invalidArgument } from './status.ts';

const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const MOST = 64;

/** Rules: https://cloud.google.com/pubsub/docs/create-topic-labels. @throws {PubSubError} */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > MOST) throw invalid(`${entries.length} labels; at most ${MOST} are allowed`);
  for (const [key, value] of entries) {
    if (!KEY.test(key)) throw invalid(`key "${key}" does not conform to "${KEY.source}"`);
    if (!VALUE.test(value)) throw invalid(`value "${value}" does not conform to "${VALUE.source}"`);
  }
}

const invalid = (problem: string): Error =>
  invalidArgument(
    `You have passed an invalid argument to the service (argument=Invalid labels: ${problem}).`,
  );
