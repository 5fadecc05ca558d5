import { AppError, unavailable } from '../../shared/errors.ts';
import { serverSentEvents } from './events.ts';

/** Days to ask a source for: whole days in UTC, both included, YYYY-MM-DD. */
export interface DateRange {
  readonly start: string;
  readonly end: string;
}

/** A simtom-compatible server, and what it wants to be told with every request beside the dates. */
export interface Source {
  readonly url: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The records of a stream, as a simtom-compatible server sends them: `POST /stream/<generator>`
 * with a date range, answered by server-sent events of one JSON record each. They come as many
 * together as arrived together.
 *
 * @throws {AppError} unavailable for a server that does not answer or stops in the middle; then the
 *   records so far are a part that must not be kept
 */
export async function* fetchRecords(
  source: Source,
  generator: string,
  range: DateRange,
): AsyncGenerator<readonly unknown[]> {
  const url = new URL(`stream/${encodeURIComponent(generator)}`, withSlash(source.url));
  const body = { ...source.parameters, start_date: range.start, end_date: range.end };
  const response = await request(url, body);
  let received = 0;
  try {
    for await (const events of serverSentEvents(response.body!)) {
      const records: unknown[] = [];
      for (const { event, data } of events) {
        if (event === 'error') {
          throw unavailable(`${url} failed after ${received} records: ${data}`);
        }
        if (event === 'end') {
          checkCount(url, received, data);
          continue;
        }
        records.push(parse(url, data, received));
        received++;
      }
      yield records;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unavailable(`${url} broke off after ${received} records.`, error);
  }
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

async function request(url: URL, body: object): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw unavailable(`${url} cannot be reached: is SOURCE_URL right, and the server up?`, error);
  }
  if (response.ok && response.body) return response;
  const answer = (await response.text()).slice(0, 500);
  throw unavailable(`${url} answered ${response.status}: ${answer}`);
}

/** A server that says how many records it sent is held to it. */
function checkCount(url: URL, received: number, data: string): void {
  const { records } = parse(url, data, received) as { records?: unknown };
  if (typeof records === 'number' && records !== received) {
    throw unavailable(`${url} says that it sent ${records} records; ${received} arrived.`);
  }
}

function parse(url: URL, data: string, received: number): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw unavailable(`${url} sent an event that is not JSON after ${received} records.`, error);
  }
}
