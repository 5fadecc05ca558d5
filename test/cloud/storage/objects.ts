/**
 * The objects: names, versions, and which blob holds the bytes of each. Every change is one atomic
 * write of one document, so that a crash leaves the old object or the new one.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ApiError } from '../errors.ts';
import type { Fields } from '../http/merge_patch.ts';
import type { ByteRange } from '../http/ranges.ts';
import type { Blobs } from '../state/blobs.ts';
import type { Documents } from '../state/documents.ts';
import { Turns } from '../state/turns.ts';
import { type Buckets, isVersioned } from './buckets.ts';
import { checkObjectName, compareNames } from './names.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';
import { checkMayGo, retained } from './retention.ts';

/** What names an object. */
export interface ObjectRef {
  readonly bucket: string;
  readonly name: string;
}

/** The bytes of a version, and what is known of them. */
export interface Content {
  readonly blob: string;
  readonly size: number;
  readonly crc32c: string;
  /** Composite objects have none. */
  readonly md5Hash?: string;
  /** Of a composite object: how many objects it was made of. */
  readonly componentCount?: number;
}

/** One generation of an object. */
export interface ObjectVersion extends ObjectRef {
  readonly content: Content;
  readonly generation: number;
  readonly metageneration: number;
  /** RFC 3339, as all times here. */
  readonly timeCreated: string;
  readonly updated: string;
  /** When it stopped being the live version; undefined for the live one. */
  readonly timeDeleted?: string;
  /** What clients set: contentType, metadata, … */
  readonly fields: Fields;
}

/** One name's versions, oldest first; only the last one may be live. */
interface Entry extends ObjectRef {
  readonly versions: readonly ObjectVersion[];
}

/** Another one for every change of bytes or fields. */
export const objectEtag = ({ generation, metageneration }: ObjectVersion): string =>
  Buffer.from(`g${generation}m${metageneration}`).toString('base64');

const FOLDER = 'objects';

/** What objects are kept in. */
export interface ObjectsOptions {
  readonly documents: Documents;
  readonly blobs: Blobs;
  readonly buckets: Buckets;
  readonly now: () => number;
}

/** All objects of all buckets. */
export class Objects {
  private readonly options: ObjectsOptions;
  private readonly turns = new Turns();
  private readonly byBucket = new Map<string, Map<string, Entry>>();
  private readonly sorted = new Map<string, string[]>();
  /** How many objects are being written into a bucket at this moment. */
  private readonly writing = new Map<string, number>();
  private lastGeneration = 0;

  private constructor(options: ObjectsOptions) {
    this.options = options;
  }

  static async open(options: ObjectsOptions): Promise<Objects> {
    const objects = new Objects(options);
    const names = await options.documents.list(FOLDER);
    for (let start = 0; start < names.length; start += LOADED_AT_ONCE) {
      const part = names.slice(start, start + LOADED_AT_ONCE);
      const entries = part.map((name) => options.documents.load<Entry>(name));
      for (const entry of await Promise.all(entries)) if (entry) objects.put(entry);
    }
    return objects;
  }

  /** The blobs that versions hold. */
  *blobs(): Generator<string> {
    for (const entries of this.byBucket.values()) {
      for (const entry of entries.values()) {
        for (const version of entry.versions) yield version.content.blob;
      }
    }
  }

  /** A version: the live one unless a generation is given. @throws {ApiError} 404 */
  get(ref: ObjectRef, generation?: number): ObjectVersion {
    this.options.buckets.get(ref.bucket);
    const versions = this.entry(ref)?.versions ?? [];
    const found =
      generation === undefined
        ? live(versions)
        : versions.find((version) => version.generation === generation);
    if (found) return found;
    const which = generation === undefined ? '' : `#${generation}`;
    throw new ApiError(404, 'notFound', `No such object: ${ref.bucket}/${ref.name}${which}`);
  }

  /** All names that have a version, in the order of listings. @throws {ApiError} 404 */
  names(bucket: string): readonly string[] {
    this.options.buckets.get(bucket);
    const known = this.sorted.get(bucket);
    if (known) return known;
    const names = [...(this.byBucket.get(bucket)?.keys() ?? [])].sort(compareNames);
    this.sorted.set(bucket, names);
    return names;
  }

  /** A name's versions, oldest first. */
  versions(ref: ObjectRef): readonly ObjectVersion[] {
    return this.entry(ref)?.versions ?? [];
  }

  isEmpty(bucket: string): boolean {
    return (this.byBucket.get(bucket)?.size ?? 0) === 0 && !this.writing.has(bucket);
  }

  /** The version that the conditions allow to be read. @throws {ApiError} 404, 412, 304 */
  find(ref: ObjectRef, generation: number | undefined, conditions: Preconditions): ObjectVersion {
    const version = this.get(ref, generation);
    this.check(ref, version, conditions);
    return version;
  }

  /** The version found and its bytes, which a later change does not take away. */
  read(
    ref: ObjectRef,
    generation: number | undefined,
    conditions: Preconditions,
    part: (version: ObjectVersion) => ByteRange | undefined = () => undefined,
  ): Promise<{ version: ObjectVersion; range: ByteRange | undefined; stream: Readable }> {
    return this.turns.take(key(ref), async () => {
      const version = this.find(ref, generation, conditions);
      const range = part(version);
      const { blob } = version.content;
      return {
        version,
        range,
        stream: await this.options.blobs.read(blob, range?.start, range?.end),
      };
    });
  }

  /**
   * Makes a new live version and takes over the blob. Of several at the same time on the same
   * condition one succeeds.
   *
   * @throws {ApiError} 404 for the bucket, 400 for name or retention, 412, 304, 403 where what it
   *   replaces is retained; the blob is then still the caller's.
   */
  async insert(
    ref: ObjectRef,
    content: Content,
    fields: Fields,
    conditions: Preconditions,
  ): Promise<ObjectVersion> {
    checkObjectName(ref.name);
    return this.whileWriting(ref, async () => {
      const bucket = this.options.buckets.get(ref.bucket);
      const replaced = live(this.versions(ref));
      this.check(ref, replaced, conditions);
      const now = this.options.now();
      if (replaced && !isVersioned(bucket)) checkMayGo(replaced, now);
      const given = { storageClass: bucket.fields.storageClass, ...fields };
      const generation = this.nextGeneration();
      const time = this.time();
      const version = {
        ...ref,
        content,
        generation,
        metageneration: 1,
        timeCreated: time,
        updated: time,
        fields: retained(given, { bucket, before: {}, now, override: false }),
      };
      const older = isVersioned(bucket) ? this.retired(ref, time) : noncurrent(this.versions(ref));
      await this.save(ref, [...older, version]);
      return version;
    });
  }

  /**
   * Gives a version other fields.
   * @param override whether they may retain it for less
   * @throws {ApiError} 404, 412, 304, and 400 and 403 of its retention
   */
  async update(
    ref: ObjectRef,
    generation: number | undefined,
    conditions: Preconditions,
    change: (fields: Fields) => Fields,
    override: boolean,
  ): Promise<ObjectVersion> {
    return this.whileWriting(ref, async () => {
      const version = this.find(ref, generation, conditions);
      const bucket = this.options.buckets.get(ref.bucket);
      const { fields: before } = version;
      const now = this.options.now();
      const changed = {
        ...version,
        fields: retained(change(before), { bucket, before, now, override }),
        metageneration: version.metageneration + 1,
        updated: this.time(),
      };
      await this.save(
        ref,
        this.versions(ref).map((each) => (each === version ? changed : each)),
      );
      return changed;
    });
  }

  /**
   * Without a generation, the live version goes: it becomes noncurrent where the bucket keeps
   * versions. With one, that version goes for good. @throws {ApiError} 404, 412, 304, 403 where it is retained
   */
  async delete(
    ref: ObjectRef,
    generation: number | undefined,
    conditions: Preconditions,
  ): Promise<void> {
    await this.whileWriting(ref, async () => {
      const version = this.find(ref, generation, conditions);
      const keeps = generation === undefined && isVersioned(this.options.buckets.get(ref.bucket));
      if (!keeps) checkMayGo(version, this.options.now());
      const left = keeps
        ? this.retired(ref, this.time())
        : this.versions(ref).filter((each) => each !== version);
      await this.save(ref, left);
    });
  }

  private check(
    ref: ObjectRef,
    version: ObjectVersion | undefined,
    conditions: Preconditions,
  ): void {
    const current = live(this.versions(ref));
    checkPreconditions(conditions, {
      ...(current && { liveGeneration: current.generation }),
      ...(version && { metageneration: version.metageneration, etag: objectEtag(version) }),
    });
  }

  private whileWriting<T>(ref: ObjectRef, work: () => Promise<T>): Promise<T> {
    return this.turns.take(key(ref), async () => {
      const { writing } = this;
      writing.set(ref.bucket, (writing.get(ref.bucket) ?? 0) + 1);
      try {
        return await work();
      } finally {
        const left = (writing.get(ref.bucket) ?? 0) - 1;
        if (left > 0) writing.set(ref.bucket, left);
        else writing.delete(ref.bucket);
      }
    });
  }

  /** The versions with none live any more. */
  private retired(ref: ObjectRef, time: string): ObjectVersion[] {
    return this.versions(ref).map((version) =>
      version.timeDeleted === undefined ? { ...version, timeDeleted: time } : version,
    );
  }

  /** The one write that makes a change real; then the blobs that nobody holds any more go. */
  private async save(ref: ObjectRef, versions: readonly ObjectVersion[]): Promise<void> {
    const { documents, blobs } = this.options;
    const before = this.versions(ref);
    const entry = { bucket: ref.bucket, name: ref.name, versions };
    if (versions.length > 0) await documents.save(documentName(ref), entry);
    else await documents.remove(documentName(ref));
    this.put(entry);
    const held = new Set(versions.map((version) => version.content.blob));
    const gone = before.map((version) => version.content.blob).filter((blob) => !held.has(blob));
    await Promise.all(gone.map((blob) => blobs.remove(blob)));
  }

  private put(entry: Entry): void {
    let entries = this.byBucket.get(entry.bucket);
    if (!entries) {
      entries = new Map();
      this.byBucket.set(entry.bucket, entries);
    }
    if (entries.has(entry.name) !== entry.versions.length > 0) this.sorted.delete(entry.bucket);
    if (entry.versions.length > 0) entries.set(entry.name, entry);
    else entries.delete(entry.name);
    const newest = entry.versions.at(-1)?.generation ?? 0;
    this.lastGeneration = Math.max(this.lastGeneration, newest);
  }

  private entry(ref: ObjectRef): Entry | undefined {
    return this.byBucket.get(ref.bucket)?.get(ref.name);
  }

  /** Microseconds, as the real service has them, but never the same twice. */
  private nextGeneration(): number {
    this.lastGeneration = Math.max(this.lastGeneration + 1, this.options.now() * 1000);
    return this.lastGeneration;
  }

  private time(): string {
    return new Date(this.options.now()).toISOString();
  }
}

/** Few enough not to run out of open files. */
const LOADED_AT_ONCE = 64;

const live = (versions: readonly ObjectVersion[]): ObjectVersion | undefined => {
  const last = versions.at(-1);
  return last?.timeDeleted === undefined ? last : undefined;
};

const noncurrent = (versions: readonly ObjectVersion[]): readonly ObjectVersion[] =>
  versions.filter((version) => version.timeDeleted !== undefined);

const key = ({ bucket, name }: ObjectRef): string => `${bucket}/${name}`;

/** Names of objects are longer than names of files may be, and differ in case where files may not. */
const documentName = (ref: ObjectRef): string =>
  `${FOLDER}/${createHash('sha256').update(key(ref)).digest('hex')}`;
