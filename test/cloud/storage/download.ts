/** An object's bytes as the answer to `alt=media`. */
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { requestedRange } from '../http/ranges.ts';
import type { Call, Reply } from '../http/router.ts';
import { type ObjectRef, type Objects, type ObjectVersion, objectEtag } from './objects.ts';
import type { Preconditions } from './preconditions.ts';

/** @throws {ApiError} 404, 412, 304, 416 */
export async function download(
  call: Call,
  objects: Objects,
  ref: ObjectRef,
  generation: number | undefined,
  conditions: Preconditions,
): Promise<Reply> {
  const { headers } = call;
  const wanted = (version: ObjectVersion) =>
    isOpened(version, call) ? undefined : requestedRange(headers.range, version.content.size);
  const { version, range, stream } = await objects.read(ref, generation, conditions, wanted);
  const { size } = version.content;
  if (isOpened(version, call)) {
    // "Decompressive transcoding": whoever can't open gzip gets the bytes opened, whole.
    const opened = createGunzip();
    pipeline(stream, opened, () => {});
    const { 'content-encoding': _, ...rest } = headersOf(version);
    const transformed = { 'x-guploader-response-body-transformations': 'gunzipped' };
    return { headers: { ...rest, ...transformed }, stream: opened };
  }
  if (!range) {
    return { headers: { ...headersOf(version), 'content-length': String(size) }, stream };
  }
  const part = {
    'content-range': `bytes ${range.start}-${range.end - 1}/${size}`,
    'content-length': String(range.end - range.start),
  };
  return { status: 206, headers: { ...headersOf(version), ...part }, stream };
}

function isOpened({ fields }: ObjectVersion, { headers }: Call): boolean {
  const accepted = String(headers['accept-encoding'] ?? '');
  const untouched = /\bno-transform\b/.test(String(fields.cacheControl ?? ''));
  return fields.contentEncoding === 'gzip' && !/\bgzip\b|\*/.test(accepted) && !untouched;
}

function headersOf(version: ObjectVersion): Record<string, string> {
  const { content, fields, updated } = version;
  const md5 = content.md5Hash === undefined ? '' : `,md5=${content.md5Hash}`;
  const headers: Record<string, unknown> = {
    'accept-ranges': 'bytes',
    'content-type': fields.contentType ?? 'application/octet-stream',
    'content-encoding': fields.contentEncoding,
    'content-disposition': fields.contentDisposition,
    'content-language': fields.contentLanguage,
    'cache-control': fields.cacheControl ?? 'private, max-age=0, must-revalidate, no-transform',
    etag: objectEtag(version),
    'last-modified': new Date(updated).toUTCString(),
    'x-goog-generation': String(version.generation),
    'x-goog-metageneration': String(version.metageneration),
    'x-goog-hash': `crc32c=${content.crc32c}${md5}`,
    'x-goog-storage-class': fields.storageClass,
    'x-goog-stored-content-encoding': fields.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(content.size),
  };
  const given = Object.entries(headers).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
