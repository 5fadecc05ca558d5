import type { ObjectStore } from '../bigquery/ports.ts';
import type { Router } from '../http/router.ts';
import { Uploads } from '../http/uploads.ts';
import type { Blobs } from '../state/blobs.ts';
import type { Documents } from '../state/documents.ts';
import { bucketRoutes } from './bucket_routes.ts';
import { Buckets } from './buckets.ts';
import { Composition } from './composition.ts';
import { downloadRoutes, objectRoutes } from './object_routes.ts';
import { Objects } from './objects.ts';
import { objectStore } from './port.ts';
import { refuseOthers, refuseRest } from './refusals.ts';
import { objectUploads } from './uploads.ts';

/** What Cloud Storage is kept in, and what it draws on. */
export interface StorageOptions {
  /** Buckets, objects and unfinished uploads. */
  readonly documents: Documents;
  /** Their bytes: nobody else's. */
  readonly blobs: Blobs;
  /** Letters, digits, `-` and `_`; never the same twice, over restarts too. */
  readonly ids: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly projectNumber: string;
}

/** What other services see of Cloud Storage. */
export interface Storage {
  readonly objectStore: ObjectStore;
}

/** Cloud Storage: reads its state and adds its routes. @throws {CorruptDocument} */
export async function openStorage(router: Router, options: StorageOptions): Promise<Storage> {
  const { documents, blobs, ids, now, projectNumber } = options;
  const buckets = await Buckets.open(documents, now);
  const objects = await Objects.open({ documents, blobs, buckets, now });
  const uploads = new Uploads({ documents, blobs, ids, now });
  await removeOrphans(blobs, objects, uploads);

  const composition = new Composition(objects, blobs, ids);
  // Clients that follow STORAGE_EMULATOR_HOST leave out the API's name.
  for (const base of ['/storage/v1', ''] as const) {
    bucketRoutes(router, base, { buckets, objects, projectNumber });
    objectRoutes(router, base, { objects, composition });
    refuseRest(router, base);
  }
  downloadRoutes(router, objects);
  refuseOthers(router);
  const target = objectUploads(buckets, objects, blobs);
  for (const kind of ['/upload', '/resumable/upload']) {
    uploads.routes(router, `${kind}/storage/v1/b/{bucket}/o`, target);
  }
  router.on('GET', '/storage/v1/projects/{project}/serviceAccount', () => ({
    json: {
      kind: 'storage#serviceAccount',
      email_address: `service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`,
    },
  }));
  return { objectStore: objectStore(objects, blobs, ids) };
}

/** Removes what a crash left behind: bytes that belong to no object and no upload. */
async function removeOrphans(blobs: Blobs, objects: Objects, uploads: Uploads): Promise<void> {
  const held = new Set(objects.blobs());
  const waiting = await uploads.sweep(held);
  const orphans = (await blobs.list()).filter((blob) => !held.has(blob) && !waiting.has(blob));
  await Promise.all(orphans.map((blob) => blobs.remove(blob)));
}
