import type { IncomingMessage } from 'node:http';
import { AppError, badRequest } from '../errors.ts';
import { parseJson, requireJson } from './json.ts';

/** A request as functions-framework hands it on: with the body that it has read. */
interface Received extends IncomingMessage {
  readonly rawBody?: Buffer;
}

/**
 * The body of a request as it came, announced as JSON; of no bytes where there is none.
 * @param limit largest body in bytes; a longer one is refused before it is read whole
 * @throws {AppError} 413, 415, or 400 for one that breaks off
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<RawBody> {
  const bytes = await readBytes(request, limit);
  if (bytes.length > 0) {
    requireJson(request.headers['content-type'], request.headers['content-encoding']);
  }
  return { bytes, parse: () => (bytes.length === 0 ? undefined : parseJson(bytes)) };
}

/** A body that nobody has parsed yet. */
export interface RawBody {
  readonly bytes: Uint8Array;
  /** Undefined where there are no bytes. @throws {AppError} 400 for what is not JSON */
  readonly parse: () => unknown;
}

async function readBytes(request: Received, limit: number): Promise<Buffer> {
  const { rawBody, headers } = request;
  const announced = rawBody?.length ?? Number(headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  return rawBody ?? gather(request, limit);
}

/** By events: an asynchronous iteration costs several times as much. */
function gather(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const keep = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= limit) return;
      // What still comes is read off the line and dropped.
      request.off('data', keep).resume();
      reject(tooLarge(limit));
    };
    request.on('data', keep);
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // A caller who goes away in the middle is no fault of ours.
    request.once('error', ({ message }) => reject(badRequest(`The body broke off: ${message}.`)));
  });
}

const tooLarge = (limit: number): AppError =>
  new AppError('too_large', 413, `The body is larger than the ${limit} bytes that are allowed.`);
