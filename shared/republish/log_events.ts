/** Decision events that did not reach the warehouse, out of logs or dead letters. */

/** An entry of a log or a dead letter: an event, something else, or nothing readable. */
export type LogItem =
  | { readonly kind: 'event'; readonly place: string; readonly event: unknown }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly place: string; readonly problem: string };

/**
 * Reads log entries as `gcloud logging read --format=json` prints them (an array), as log sinks
 * write them to Cloud Storage (one a line), or as a function says them on standard output; and dead
 * letters as `gcloud pubsub subscriptions pull --format=json` prints them.
 * @param chunks the text, cut anywhere; an array is held in memory, lines are not
 */
export async function* logItems(chunks: AsyncIterable<string>): AsyncGenerator<LogItem> {
  let line = 0;
  let array: string[] | undefined;
  let isFirst = true;
  for await (const text of linesOf(chunks)) {
    line += 1;
    const isBlank = text.trim() === '';
    if (isFirst && text.trimStart().startsWith('[')) array = [];
    if (array) array.push(text);
    else if (!isBlank) yield itemOf(`line ${line}`, text);
    isFirst &&= isBlank;
  }
  if (array) yield* itemsOfArray(array.join('\n'));
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  yield rest;
}

function* itemsOfArray(text: string): Generator<LogItem> {
  const read = parse(text);
  if ('problem' in read) {
    yield { kind: 'unreadable', place: 'the array', problem: read.problem };
    return;
  }
  for (const [i, entry] of (read.value as unknown[]).entries()) {
    yield classify(`entry ${i + 1}`, entry);
  }
}

function itemOf(place: string, text: string): LogItem {
  const read = parse(text);
  if ('problem' in read) return { kind: 'unreadable', place, problem: read.problem };
  return classify(place, read.value);
}

/** The message of JSON.parse quotes the text, which may hold personal data. */
function parse(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'is not JSON' };
  }
}

function classify(place: string, entry: unknown): LogItem {
  if (!isObject(entry)) {
    return { kind: 'unreadable', place, problem: 'is no log entry' };
  }
  const { jsonPayload, message } = entry;
  if (isObject(message) && typeof message.data === 'string') {
    const read = parse(Buffer.from(message.data, 'base64').toString());
    return 'problem' in read
      ? { kind: 'unreadable', place, problem: `its data ${read.problem}` }
      : { kind: 'event', place, event: read.value };
  }
  const said = isObject(jsonPayload) ? jsonPayload : entry;
  return 'decision_event' in said
    ? { kind: 'event', place, event: said.decision_event }
    : { kind: 'other' };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
