/** Decision events that only the log holds, out of what Cloud Logging or a function's output gives. */

/** A line of a log, or an entry of an array of them: an event, something else, or nothing readable. */
export type LogItem =
  | { readonly kind: 'event'; readonly place: string; readonly event: unknown }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly place: string; readonly problem: string };

/**
 * Reads log entries as `gcloud logging read --format=json` prints them (an array), as log sinks
 * write them to Cloud Storage (one a line), or as a function says them on standard output.
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
  if (typeof entry !== 'object' || entry === null) {
    return { kind: 'unreadable', place, problem: 'is no log entry' };
  }
  const { jsonPayload } = entry as { jsonPayload?: unknown };
  const said = (typeof jsonPayload === 'object' && jsonPayload) || entry;
  return 'decision_event' in said
    ? { kind: 'event', place, event: said.decision_event }
    : { kind: 'other' };
}
