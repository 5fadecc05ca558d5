/** Objects made out of objects: copies and compositions. */
import { ApiError, invalid } from '../errors.ts';
import type { Fields } from '../http/merge_patch.ts';
import { type Blobs, removedOnFailure } from '../state/blobs.ts';
import { checksumsOf } from './checksums.ts';
import { objectFields } from './fields.ts';
import type { Content, ObjectRef, Objects, ObjectVersion } from './objects.ts';
import { type Preconditions, preconditionsOf } from './preconditions.ts';

const MOST_SOURCES = 32;

/** What is copied, and on what conditions. */
export interface CopySource extends ObjectRef {
  readonly generation: number | undefined;
  readonly conditions: Preconditions;
}

/** Makes objects out of objects. */
export class Composition {
  private readonly objects: Objects;
  private readonly blobs: Blobs;
  private readonly ids: () => string;

  constructor(objects: Objects, blobs: Blobs, ids: () => string) {
    this.objects = objects;
    this.blobs = blobs;
    this.ids = ids;
  }

  /** A copy, not retained, with the source's other fields unless there are given ones. @throws {ApiError} 404, 412, 304 */
  async copy(
    source: CopySource,
    target: ObjectRef,
    given: Fields,
    conditions: Preconditions,
  ): Promise<ObjectVersion> {
    const named = Object.keys(objectFields(given)).length > 0;
    const { version, stream } = await this.objects.read(
      source,
      source.generation,
      source.conditions,
    );
    const { storageClass: _, retention: __, ...kept } = version.fields;
    return this.insert(target, named ? objectFields(given) : kept, conditions, async (blob) => {
      await this.blobs.append(blob, stream);
      return { ...version.content, blob };
    });
  }

  /** One object out of up to 32, in their order. @throws {ApiError} 400, 404, 412, 304 */
  async compose(
    target: ObjectRef,
    body: Fields,
    conditions: Preconditions,
  ): Promise<ObjectVersion> {
    const sources = sourcesOf(body, target.bucket);
    const fields = objectFields((body.destination as Fields | undefined) ?? {});
    return this.insert(target, fields, conditions, async (blob) => {
      let componentCount = 0;
      await this.blobs.append(blob, empty());
      for (const source of sources) {
        const read = await this.objects.read(source, source.generation, source.conditions);
        componentCount += read.version.content.componentCount ?? 1;
        await this.blobs.append(blob, read.stream);
      }
      const size = (await this.blobs.size(blob)) ?? 0;
      const { crc32c } = await checksumsOf(await this.blobs.read(blob));
      return { blob, size, crc32c, componentCount };
    });
  }

  /** Fills a new blob and makes it an object's; leaves no blob behind that became nobody's. */
  private async insert(
    target: ObjectRef,
    fields: Fields,
    conditions: Preconditions,
    fill: (blob: string) => Promise<Content>,
  ): Promise<ObjectVersion> {
    const blob = this.ids();
    return removedOnFailure(this.blobs, blob, async () =>
      this.objects.insert(target, await fill(blob), fields, conditions),
    );
  }
}

function sourcesOf(body: Fields, bucket: string): CopySource[] {
  const given = body.sourceObjects;
  if (!Array.isArray(given) || given.length === 0) {
    throw invalid('You must provide at least one source component.', 'sourceObjects');
  }
  if (given.length > MOST_SOURCES) {
    const problem = `The number of source components provided (${given.length}) exceeds the maximum (${MOST_SOURCES})`;
    throw new ApiError(400, 'tooManySourceObjects', problem, { location: 'sourceObjects' });
  }
  return given.map((source: Fields) => {
    if (typeof source.name !== 'string') {
      throw invalid('A source component has no name.', 'sourceObjects.name');
    }
    const preconditions = (source.objectPreconditions as Fields | undefined) ?? {};
    return {
      bucket,
      name: source.name,
      generation: source.generation === undefined ? undefined : Number(source.generation),
      conditions: preconditionsOf({
        get: (name) => (preconditions[name] === undefined ? null : String(preconditions[name])),
      }),
    };
  });
}

async function* empty(): AsyncGenerator<Uint8Array> {}
