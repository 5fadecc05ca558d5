import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
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
  return { bytes: await buffer(stream), generation };
}
