/** The files of a load: uploaded bytes or objects of Cloud Storage, put down where DuckDB reads them. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ApiError, invalid, notFound, unsupported } from '../../errors.ts';
import type { ObjectStore } from '../ports.ts';

/** A local copy in plain UTF-8. */
export interface SourceFile {
  readonly path: string;
  /** `gs://…`; undefined for uploaded bytes. */
  readonly uri: string | undefined;
  /** As it was given: compressed, in its own encoding. */
  readonly size: number;
}

/** What is to be loaded. */
export type Source =
  | { readonly uris: readonly string[]; readonly store: ObjectStore }
  | { readonly bytes: AsyncIterable<Uint8Array> };

export interface ObjectName {
  readonly bucket: string;
  readonly object: string;
}

/** @throws {ApiError} 400 for what is no gs:// URI of an object. */
export function parseUri(uri: string): ObjectName {
  const [, bucket, object] = /^gs:\/\/([^/*]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket === undefined || object === undefined) {
    throw invalid(`Invalid Google Cloud Storage URI: ${uri}. It must be gs://BUCKET/OBJECT.`);
  }
  return { bucket, object };
}

/**
 * Puts the sources into a folder, one file at a time.
 * @throws {ApiError} 404 for a URI that names nothing.
 */
export async function fetchSources(
  source: Source,
  folder: string,
  encoding: string | undefined,
  signal: AbortSignal,
): Promise<readonly SourceFile[]> {
  if ('bytes' in source) {
    return [await putDown(source.bytes, join(folder, '0'), undefined, encoding, signal)];
  }
  const files: SourceFile[] = [];
  for (const { bucket, object } of await expand(source.uris, source.store)) {
    const uri = `gs://${bucket}/${object}`;
    const bytes = await open(source.store, bucket, object).catch((error) => missing(error, uri));
    const path = join(folder, String(files.length));
    files.push(await putDown(bytes, path, uri, encoding, signal));
  }
  return files;
}

const open = async (
  store: ObjectStore,
  bucket: string,
  object: string,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> =>
  store.stream ? store.stream(bucket, object) : [await store.read(bucket, object)];

/** Every URI's objects, each URI's sorted by name; `*` stands for any text, slashes too. */
async function expand(uris: readonly string[], store: ObjectStore): Promise<ObjectName[]> {
  const found: ObjectName[] = [];
  for (const uri of uris) {
    const { bucket, object } = parseUri(uri);
    const [prefix = '', suffix, ...more] = object.split('*');
    if (suffix === undefined) {
      found.push({ bucket, object });
      continue;
    }
    if (more.length > 0) throw invalid(`Wildcards (*) can only appear once in a URI: ${uri}`);
    const names = await store.list(bucket, prefix).catch((error) => missing(error, uri));
    const matching = names.filter(
      (name) => name.length >= prefix.length + suffix.length && name.endsWith(suffix),
    );
    if (matching.length === 0) throw notFound(`URI ${uri}`);
    found.push(...matching.map((name) => ({ bucket, object: name })));
  }
  return found;
}

function missing(error: unknown, uri: string): never {
  if (error instanceof ApiError && error.status === 404) throw notFound(`URI ${uri}`);
  throw error;
}

async function putDown(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  path: string,
  uri: string | undefined,
  encoding: string | undefined,
  signal: AbortSignal,
): Promise<SourceFile> {
  let size = 0;
  const counted = async function* () {
    for await (const chunk of bytes) {
      size += chunk.length;
      yield chunk;
    }
  };
  const { isGzip, whole } = await sniffed(counted());
  const decoder = transcoder(encoding);
  const steps = [...(isGzip ? [createGunzip()] : []), ...(decoder ? [decoder] : [])];
  try {
    await pipeline([whole, ...steps, createWriteStream(path)], { signal });
  } catch (error) {
    if (!/^Z_/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const name = uri === undefined ? '' : ` File: ${uri}`;
    throw invalid(`Error while reading data, error message: Bad gzip data.${name}`);
  }
  return { path, uri, size };
}

const GZIP = [0x1f, 0x8b] as const;

/** BigQuery knows gzip by its first bytes, whatever the name. */
async function sniffed(
  bytes: AsyncGenerator<Uint8Array>,
): Promise<{ isGzip: boolean; whole: Readable }> {
  const first: Uint8Array[] = [];
  let head = Buffer.alloc(0);
  while (head.length < GZIP.length) {
    const { value, done } = await bytes.next();
    if (done) break;
    first.push(value);
    head = Buffer.concat([head, value]);
  }
  const all = async function* () {
    yield* first;
    yield* bytes;
  };
  return {
    isGzip: GZIP.every((byte, i) => head[i] === byte),
    whole: Readable.from(all(), { objectMode: false }),
  };
}

const ENCODINGS: Readonly<Record<string, string>> = {
  'UTF-16LE': 'utf-16le',
  'UTF-16BE': 'utf-16be',
};

/** Into UTF-8; undefined where nothing is to be done. */
function transcoder(encoding = 'UTF-8'): Transform | undefined {
  const name = encoding.toUpperCase();
  if (name === 'UTF-8') return undefined;
  if (name === 'ISO-8859-1') {
    return new Transform({
      transform: (chunk, _encoding, done) => done(null, Buffer.from(chunk.toString('latin1'))),
    });
  }
  const label = ENCODINGS[name];
  if (label === undefined) throw unsupported(`the encoding ${encoding}`);
  const decoder = new TextDecoder(label);
  return new Transform({
    transform: (chunk, _encoding, done) => done(null, decoder.decode(chunk, { stream: true })),
    flush: (done) => done(null, decoder.decode()),
  });
}
