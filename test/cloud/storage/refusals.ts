/** What Cloud Storage does and this one does not: told by its name. */
import { notFound, unsupported } from '../errors.ts';
import type { Router } from '../http/router.ts';

/** What the API has below a bucket or an object and this service does not. */
const MISSING: Readonly<Record<string, string>> = {
  acl: 'access control lists',
  anywhereCaches: 'Anywhere Cache',
  defaultObjectAcl: 'access control lists',
  folders: 'folders',
  iam: 'IAM policies',
  lockRetentionPolicy: 'retention policies',
  managedFolders: 'managed folders',
  moveTo: 'moving objects in one step',
  notificationConfigs: 'notifications',
  restore: 'soft delete',
  restoreObjects: 'soft delete',
};

/** Takes what no other route below a bucket took. */
export function refuseRest(router: Router, base: string): void {
  router.on('*', `${base}/b/{bucket}/{rest=**}`, (call) => {
    const missing = call.path.split('/').find((word) => Object.hasOwn(MISSING, word));
    if (missing) throw unsupported(`${MISSING[missing]} of Cloud Storage (${call.path})`);
    throw notFound(`${call.method} ${call.path}`);
  });
}

/** Refuses what lies beside buckets. */
export function refuseOthers(router: Router): void {
  for (const [path, what] of [
    ['/storage/v1/projects/{project}/hmacKeys', 'HMAC keys'],
    ['/storage/v1/projects/{project}/hmacKeys/{key}', 'HMAC keys'],
    ['/batch/storage/v1', 'batches of requests'],
  ] as const) {
    router.on('*', path, () => {
      throw unsupported(`${what} of Cloud Storage`);
    });
  }
}
