export interface ServerSentEvent {
  /** `message` unless the server names another. */
  readonly event: string;
  readonly data: string;
}

/**
 * Splits a stream into server-sent events (WHATWG HTML, "Server-sent events"): fields `event` and
 * `data` line by line, an empty line after each event; comments and other fields are passed over.
 * Gives those that a chunk ends together: a promise each would cost more than reading them.
 */
export async function* serverSentEvents(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly ServerSentEvent[]> {
  let event = 'message';
  let data: string[] = [];
  for await (const lines of linesOf(stream)) {
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) events.push({ event, data: data.join('\n') });
        event = 'message';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') data.push(value);
      else if (field === 'event') event = value;
    }
    if (events.length > 0) yield events;
  }
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }
  if (rest !== '') yield [rest];
}
