/** How uploads become objects. */
import { invalid } from '../errors.ts';
import { type Fields, mergePatch } from '../http/merge_patch.ts';
import type { Reply } from '../http/router.ts';
import type { Upload, UploadRequest, UploadTarget } from '../http/uploads.ts';
import type { Blobs } from '../state/blobs.ts';
import type { Buckets } from './buckets.ts';
import { checkClaims, checksumsOf, claimedChecksums } from './checksums.ts';
import { objectFields } from './fields.ts';
import { checkObjectName } from './names.ts';
import type { ObjectRef, Objects } from './objects.ts';
import { preconditionsOf } from './preconditions.ts';
import { refuseUnsupported } from './requests.ts';
import { objectResource } from './resources.ts';

/** Takes uploads as objects: names, fields, claims and conditions checked. */
export function objectUploads(buckets: Buckets, objects: Objects, blobs: Blobs): UploadTarget {
  return {
    begin: (request, call) => {
      refuseUnsupported(call);
      buckets.get(request.params.bucket ?? '');
      checkObjectName(refOf(request).name);
      fieldsOf(request);
      preconditionsOf(request.query);
    },
    finish: async (upload: Upload): Promise<Reply> => {
      const { blob, size, metadata, hash } = upload;
      const checksums = await checksumsOf(await blobs.read(blob));
      checkClaims(claimedChecksums(metadata, hash), checksums);
      const version = await objects.insert(
        refOf(upload),
        { blob, size, ...checksums },
        fieldsOf(upload),
        preconditionsOf(upload.query),
      );
      return { json: objectResource(version, upload.origin) };
    },
  };
}

/** The name stands in the query or in the metadata. */
function refOf({ params, query, metadata }: UploadRequest): ObjectRef {
  const [asked, told] = [query.get('name'), metadata.name];
  if (asked !== null && told !== undefined && asked !== told) {
    throw invalid(`Value '${told}' in content does not agree with value '${asked}'.`, 'name');
  }
  return { bucket: params.bucket ?? '', name: String(asked ?? told ?? '') };
}

function fieldsOf({ query, metadata, contentType }: UploadRequest): Fields {
  const encoding = query.get('contentEncoding');
  const given = objectFields({
    ...metadata,
    ...(encoding !== null && { contentEncoding: encoding }),
  });
  return mergePatch({ contentType: contentType ?? 'application/octet-stream' }, given);
}
