import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { AppError, badRequest } from '../errors.ts';

const KEPT = Symbol('headers that announce a body');

interface Announced extends IncomingMessage {
  [KEPT]?: { length: string | undefined; chunked: boolean };
  rawBody?: Buffer;
}

/**
 * Keeps requests that functions-framework would answer itself for our handlers, in the whole
 * process. Its parsers would buffer a gigabyte before a handler could refuse it, and answer
 * malformed JSON or percent-encoding with a page of HTML. `readJson` reads the body instead.
 * Call once, before the framework serves.
 */
export function takeOverRequests(): void {
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: Announced };
    const { headers } = request;
    request[KEPT] = {
      length: headers['content-length'],
      chunked: headers['transfer-encoding'] !== undefined,
    };
    // body-parser takes a request without these for one without a body.
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    request.url = decodable(request.url ?? '/');
  });
}

/** A URL that cannot be decoded, as one that names no route. */
function decodable(url: string): string {
  try {
    decodeURIComponent(url);
    return url;
  } catch {
    return url.replaceAll('%', '%25');
  }
}

/**
 * The JSON body of a request; undefined where there is none.
 * @param limit largest body in bytes; a longer one is refused before it is read whole
 * @throws {AppError} 413, 415, or 400 for what is not JSON
 */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) return undefined;
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!/^application\/json\s*(;|$)/i.test(type) || encoding !== 'identity') {
    throw new AppError(
      'unsupported_media_type',
      415,
      'Send the body as application/json, without content-encoding.',
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw badRequest(`The body is not JSON: ${(error as Error).message}.`);
  }
}

async function readBytes(request: Announced, limit: number): Promise<Buffer> {
  if (request.rawBody) return within(request.rawBody, limit);
  const announced = request[KEPT]?.length;
  if (announced !== undefined && Number(announced) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of whole(request)) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A caller who goes away in the middle is no fault of ours. */
async function* whole(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request;
  } catch (error) {
    throw badRequest(`The body broke off: ${(error as Error).message}.`);
  }
}

function within(bytes: Buffer, limit: number): Buffer {
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

const tooLarge = (limit: number): AppError =>
  new AppError('too_large', 413, `The body is larger than the ${limit} bytes that are allowed.`);
