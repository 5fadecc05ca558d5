import type { IncomingMessage } from 'node:http';
import { finished, type Readable } from 'node:stream';
import type { CreateReadStreamOptions, File } from '@google-cloud/storage';

/**
 * The client puts three pipelines one behind the other (its own, its transport's and that of fetch), which
 * set twelve listeners on one answer. They leak nothing, but Node warns at the eleventh unless told how
 * many there may be: https://github.com/googleapis/google-cloud-node/issues/9185
 */
const LISTENERS = 16;

/** Bytes of an object and the generation that they are of. @throws {ApiError} of the client's */
export async function download(
  file: File,
  options: CreateReadStreamOptions = {},
): Promise<{ bytes: Buffer; generation: number }> {
  // Out of one answer, so that both belong together, whoever writes meanwhile.
  let generation = Number.NaN;
  const stream = file.createReadStream(options);
  stream.once('response', (response: IncomingMessage) => {
    response.setMaxListeners(LISTENERS);
    generation = Number(response.headers['x-goog-generation']);
  });
  return { bytes: await gathered(stream), generation };
}

/** Not by `node:stream/consumers`: it puts all bytes through a Blob, and a start waits for its modules. */
function gathered(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    finished(stream, { writable: false }, (error) =>
      error ? reject(error) : resolve(Buffer.concat(chunks)),
    );
  });
}
