/** Buckets and objects as the JSON API shows them. */
import { type Bucket, bucketEtag } from './buckets.ts';
import { type ObjectRef, type ObjectVersion, objectEtag } from './objects.ts';
import { expiryOf } from './retention.ts';

const MULTI_REGIONS = ['US', 'EU', 'ASIA'];
const DUAL_REGIONS = ['NAM4', 'EUR4', 'EUR5', 'EUR7', 'EUR8', 'ASIA1'];

function locationType(location: string): string {
  if (MULTI_REGIONS.includes(location)) return 'multi-region';
  return DUAL_REGIONS.includes(location) ? 'dual-region' : 'region';
}

/** @param origin `http://host:port`, which links start with */
export function bucketResource(bucket: Bucket, origin: string, projectNumber: string): object {
  const { name, timeCreated, updated, metageneration, fields } = bucket;
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `${origin}/storage/v1/b/${name}`,
    name,
    projectNumber,
    generation: '1',
    metageneration: String(metageneration),
    etag: bucketEtag(bucket),
    timeCreated,
    updated,
    locationType: locationType(String(fields.location)),
    ...fields,
  };
}

/** Where a bucket's objects lie; that they lie in no tree of folders. */
export function storageLayout({ name, fields }: Bucket): object {
  const location = String(fields.location);
  return {
    kind: 'storage#storageLayout',
    bucket: name,
    location,
    locationType: locationType(location),
    hierarchicalNamespace: { enabled: false },
  };
}

const path = ({ bucket, name }: ObjectRef): string => `b/${bucket}/o/${encodeURIComponent(name)}`;

/** @param origin `http://host:port`, which links start with */
export function objectResource(version: ObjectVersion, origin: string): object {
  const { bucket, name, content, generation, metageneration, timeCreated, updated } = version;
  const { md5Hash, componentCount } = content;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${origin}/storage/v1/${path(version)}`,
    mediaLink: `${origin}/download/storage/v1/${path(version)}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    size: String(content.size),
    crc32c: content.crc32c,
    ...(md5Hash !== undefined && { md5Hash }),
    ...(componentCount !== undefined && { componentCount }),
    etag: objectEtag(version),
    timeCreated,
    updated,
    timeStorageClassUpdated: timeCreated,
    timeFinalized: timeCreated,
    ...(version.timeDeleted !== undefined && { timeDeleted: version.timeDeleted }),
    ...version.fields,
    ...expiryOf(version.fields),
  };
}
