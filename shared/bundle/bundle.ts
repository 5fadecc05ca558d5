/** A model version as bytes in a bucket: written once, read back only if every hash agrees. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AppError } from '../errors.ts';
import type { Objects, StoredObject } from '../google/objects.ts';
import { BACKGROUND_FILE, type BackgroundDescription, decodeBackground } from './background.ts';
import { MANIFEST_FORMAT, type Manifest, manifestSchema } from './manifest.ts';

export const MODEL_FILE = 'model.onnx';
export const MANIFEST_FILE = 'manifest.json';

/** A version that must not serve: missing, damaged, or not what its manifest says. */
export class BundleError extends AppError {
  override readonly name = 'BundleError';

  constructor(message: string, cause?: unknown) {
    super('bundle_unusable', 503, message, { cause });
  }
}

/** Where a version is, and what its manifest must hash to. */
export interface BundleRef {
  readonly version: string;
  readonly manifest_sha256: string;
}

export interface Bundle {
  readonly ref: BundleRef;
  readonly manifest: Manifest;
  readonly model: Uint8Array;
  /** Rows to explain against, row-major; versions without them exist. */
  readonly background?: Float64Array | undefined;
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export const bundlePrefix = (portfolio: string, version: string): string =>
  `models/${portfolio}/${version}/`;

/**
 * Writes a version's files, the manifest last: a bundle without one is none. Repeating a write with
 * the same bytes is fine; a version that exists with other bytes is refused. All of them are retained.
 */
export async function writeBundle(
  objects: Objects,
  manifest: Omit<Manifest, 'files'>,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<BundleRef> {
  const prefix = bundlePrefix(manifest.portfolio.id, manifest.version);
  const listed = [...files]
    .map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const whole = manifestSchema.parse({ ...manifest, files: listed });
  for (const [name, bytes] of files) {
    await writeOnce(objects, prefix + name, bytes, 'application/octet-stream');
  }
  const bytes = Buffer.from(`${JSON.stringify(whole, null, 1)}\n`);
  await writeOnce(objects, prefix + MANIFEST_FILE, bytes, 'application/json');
  return { version: manifest.version, manifest_sha256: sha256(bytes) };
}

async function writeOnce(
  objects: Objects,
  name: string,
  bytes: Uint8Array,
  contentType: string,
): Promise<void> {
  try {
    await objects.create(name, bytes, contentType);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    // A retried write, or what BigQuery exported to that very place: the same bytes are no conflict.
    const stored = await objects.read(name);
    if (stored && sha256(stored.bytes) === sha256(bytes)) return objects.retain(name);
    throw new BundleError(`${name} exists with other bytes; a version is never changed.`, error);
  }
}

/** A version that an earlier run wrote to the end; undefined where there is none. */
export async function findBundle(
  objects: Objects,
  portfolio: string,
  version: string,
): Promise<{ ref: BundleRef; manifest: Manifest } | undefined> {
  const name = bundlePrefix(portfolio, version) + MANIFEST_FILE;
  const stored = await objects.read(name);
  if (!stored) return undefined;
  const ref = { version, manifest_sha256: sha256(stored.bytes) };
  return { ref, manifest: parseManifest(name, stored.bytes) };
}

/**
 * Reads a version whole. The files that a version usually has come while its manifest does, which says
 * what they must be: whoever waits for a start waits for one answer less.
 * @throws {BundleError} naming the file that is missing or whose hash, size or shape is wrong.
 */
export async function readBundle(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
): Promise<Bundle> {
  const prefix = bundlePrefix(portfolio, ref.version);
  const early = new Map(
    [MODEL_FILE, BACKGROUND_FILE].map((file) => [file, objects.read(prefix + file)]),
  );
  // Nothing is under way any more when it is known that the version cannot serve.
  const ended = Promise.allSettled(early.values());
  try {
    const manifest = await readManifest(objects, portfolio, ref);
    const read = async (file: string): Promise<Uint8Array> => {
      const listed = manifest.files.find(({ name }) => name === file);
      if (!listed) throw new BundleError(`${prefix}${MANIFEST_FILE} lists no ${file}.`);
      const stored = await (early.get(file) ?? objects.read(prefix + file));
      return checked(prefix + file, stored, listed.sha256);
    };
    const described = manifest.background;
    const [model, background] = await Promise.all([
      read(MODEL_FILE),
      described && read(described.file).then((bytes) => readBackground(prefix, bytes, described)),
    ]);
    return { ref, manifest, model, background };
  } finally {
    await ended;
  }
}

function readBackground(
  prefix: string,
  bytes: Uint8Array,
  described: BackgroundDescription,
): Float64Array {
  try {
    return decodeBackground(bytes, described);
  } catch (error) {
    throw new BundleError(`${prefix}${described.file}: ${(error as Error).message}`, error);
  }
}

/** One of a version's files; undefined where it has none of the name. @throws {BundleError} */
export async function readListed(
  objects: Objects,
  { portfolio, version, files }: Pick<Manifest, 'portfolio' | 'version' | 'files'>,
  file: string,
): Promise<Uint8Array | undefined> {
  const listed = files.find(({ name }) => name === file);
  return listed && readChecked(objects, bundlePrefix(portfolio.id, version) + file, listed.sha256);
}

/** What a version says of itself, whatever became of its model. @throws {BundleError} */
export async function readManifest(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
): Promise<Manifest> {
  const prefix = bundlePrefix(portfolio, ref.version);
  const bytes = await readChecked(objects, prefix + MANIFEST_FILE, ref.manifest_sha256);
  const manifest = parseManifest(prefix + MANIFEST_FILE, bytes);
  if (manifest.version !== ref.version || manifest.portfolio.id !== portfolio) {
    throw new BundleError(
      `${prefix}${MANIFEST_FILE} is of ${manifest.portfolio.id} ${manifest.version}.`,
    );
  }
  return manifest;
}

const readChecked = async (objects: Objects, name: string, hash: string): Promise<Uint8Array> =>
  checked(name, await objects.read(name), hash);

function checked(name: string, stored: StoredObject | undefined, hash: string): Uint8Array {
  if (!stored) throw new BundleError(`${name} is missing.`);
  const found = sha256(stored.bytes);
  if (found !== hash) {
    throw new BundleError(
      `${name} has ${stored.bytes.length} bytes of hash ${found}; ${hash} is expected.`,
    );
  }
  return stored.bytes;
}

/** @param name of the file, for messages @throws {BundleError} */
export function parseManifest(name: string, bytes: Uint8Array): Manifest {
  try {
    const document = JSON.parse(Buffer.from(bytes).toString('utf8'));
    refuseOlder(document);
    // Once in an instance's life: compiling the schema would take longer than reading by it.
    return manifestSchema.parse(document, { jitless: true });
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new BundleError(`${name} is no manifest: ${detail}`, error);
  }
}

/** A whole version of an older form deserves better than a list of what it lacks. */
function refuseOlder(document: unknown): void {
  const format = (document as { format?: unknown } | null)?.format;
  if (typeof format !== 'number' || format === MANIFEST_FORMAT) return;
  throw new Error(`it has format ${format}, this build reads ${MANIFEST_FORMAT}: retrain`);
}
