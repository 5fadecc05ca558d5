import { Readable } from 'node:stream';
import type { ObjectStore } from '../bigquery/ports.ts';
import { type Blobs, removedOnFailure } from '../state/blobs.ts';
import { checksumsOf } from './checksums.ts';
import type { Objects } from './objects.ts';

/** Cloud Storage as loads, extracts and EXPORT MODEL see it. */
export function objectStore(objects: Objects, blobs: Blobs, ids: () => string): ObjectStore {
  return {
    read: async (bucket, name) => {
      const { stream } = await objects.read({ bucket, name }, undefined, {});
      return Buffer.concat(await stream.toArray());
    },
    stream: async (bucket, name) => (await objects.read({ bucket, name }, undefined, {})).stream,
    write: async (bucket, name, bytes, contentType) => {
      const blob = ids();
      await removedOnFailure(blobs, blob, async () => {
        const size = await blobs.append(blob, Readable.from([bytes]));
        const checksums = await checksumsOf(Readable.from([bytes]));
        await objects.insert({ bucket, name }, { blob, size, ...checksums }, { contentType }, {});
      });
    },
    list: async (bucket, prefix) =>
      objects
        .names(bucket)
        .filter((name) => name.startsWith(prefix))
        .filter((name) => objects.versions({ bucket, name }).at(-1)?.timeDeleted === undefined),
  };
}
