/** The JSON API's `b` paths. */
import { invalid } from '../errors.ts';
import type { Fields } from '../http/merge_patch.ts';
import type { Call, Reply, Router } from '../http/router.ts';
import type { Buckets } from './buckets.ts';
import type { Objects } from './objects.ts';
import { preconditionsOf } from './preconditions.ts';
import { isTrue, pageSize, refuseUnsupported, required } from './requests.ts';
import { bucketResource, storageLayout } from './resources.ts';

/** Adds the paths of buckets behind a base (`/storage/v1`). */
export function bucketRoutes(
  router: Router,
  base: string,
  {
    buckets,
    objects,
    projectNumber,
  }: { buckets: Buckets; objects: Objects; projectNumber: string },
): void {
  const show = (call: Call<never>, bucket: ReturnType<Buckets['get']>): Reply => ({
    json: bucketResource(bucket, call.origin, projectNumber),
  });

  router.on('GET', `${base}/b`, (call) => {
    const all = buckets.list(required(call, 'project'), call.query.get('prefix') ?? '');
    const start = Buffer.from(call.query.get('pageToken') ?? '', 'base64url').toString();
    const rest = all.filter((bucket) => bucket.name > start);
    const page = rest.slice(0, pageSize(call));
    const last = page.length < rest.length ? page.at(-1)?.name : undefined;
    return {
      json: {
        kind: 'storage#buckets',
        items: page.map((bucket) => bucketResource(bucket, call.origin, projectNumber)),
        ...(last && { nextPageToken: Buffer.from(last).toString('base64url') }),
      },
    };
  });

  router.on('POST', `${base}/b`, async (call) => {
    refuseUnsupported(call);
    const fields: Fields = await call.json();
    if (typeof fields.name !== 'string') throw invalid('Required parameter: name', 'name');
    const retains = isTrue(call, 'enableObjectRetention');
    const project = required(call, 'project');
    return show(call, await buckets.insert(project, fields.name, fields, retains));
  });

  router.on('GET', `${base}/b/{bucket}`, (call) => {
    const conditions = preconditionsOf(call.query, call.headers);
    return show(call, buckets.find(call.params.bucket, conditions));
  });

  router.on('GET', `${base}/b/{bucket}/storageLayout`, (call) => ({
    json: storageLayout(buckets.get(call.params.bucket)),
  }));

  // None can be made, so there are none: what tools ask before they remove a bucket.
  router.on('GET', `${base}/b/{bucket}/managedFolders`, (call) => {
    buckets.get(call.params.bucket);
    return { json: { kind: 'storage#managedFolders', items: [] } };
  });

  for (const [method, how] of [
    ['PATCH', 'patch'],
    ['PUT', 'replace'],
  ] as const) {
    router.on(method, `${base}/b/{bucket}`, async (call) => {
      refuseUnsupported(call);
      const conditions = preconditionsOf(call.query, call.headers);
      const { bucket } = call.params;
      return show(call, await buckets.update(bucket, await call.json(), how, conditions));
    });
  }

  router.on('DELETE', `${base}/b/{bucket}`, async (call) => {
    const { bucket } = call.params;
    const conditions = preconditionsOf(call.query, call.headers);
    await buckets.delete(bucket, conditions, () => objects.isEmpty(bucket));
    return { status: 204 };
  });
}
