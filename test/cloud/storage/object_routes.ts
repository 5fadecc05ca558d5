/** The JSON API's `b/{bucket}/o` paths, uploads aside. */
import { ApiError, invalid, unsupported } from '../errors.ts';
import { mergePatch } from '../http/merge_patch.ts';
import type { Call, Reply, Router } from '../http/router.ts';
import type { Composition, CopySource } from './composition.ts';
import { download } from './download.ts';
import { objectFields } from './fields.ts';
import { listPage } from './listing.ts';
import type { ObjectRef, Objects, ObjectVersion } from './objects.ts';
import { preconditionsOf } from './preconditions.ts';
import { isTrue, pageSize, refuseUnsupported } from './requests.ts';
import { objectResource } from './resources.ts';

type ObjectCall = Call<'bucket' | 'object'>;

/** Adds the paths of objects behind a base (`/storage/v1`). */
export function objectRoutes(
  router: Router,
  base: string,
  { objects, composition }: { objects: Objects; composition: Composition },
): void {
  const object = `${base}/b/{bucket}/o/{object}` as const;

  router.on('GET', `${base}/b/{bucket}/o`, (call) => list(call, objects));
  router.on('GET', object, (call) => get(call, objects));
  router.on('PATCH', object, (call) => update(call, objects, 'patch'));
  router.on('PUT', object, (call) => update(call, objects, 'replace'));
  router.on('DELETE', object, async (call) => {
    await objects.delete(refOf(call), generationOf(call), conditionsOf(call));
    return { status: 204 };
  });

  router.on('POST', `${object}/compose`, async (call) => {
    refuseUnsupported(call);
    const version = await composition.compose(refOf(call), await call.json(), conditionsOf(call));
    return show(call, version);
  });
  const target = 'b/{targetBucket}/o/{target}';
  router.on('POST', `${object}/copyTo/${target}`, async (call) => {
    const { targetBucket, target } = call.params;
    return show(call, await copy(call, composition, { bucket: targetBucket, name: target }));
  });
  router.on('POST', `${object}/rewriteTo/${target}`, async (call) => {
    if (call.query.has('rewriteToken')) throw invalid('Invalid rewrite token.', 'rewriteToken');
    const { targetBucket, target } = call.params;
    const version = await copy(call, composition, { bucket: targetBucket, name: target });
    const size = String(version.content.size);
    return {
      json: {
        kind: 'storage#rewriteResponse',
        totalBytesRewritten: size,
        objectSize: size,
        done: true,
        resource: objectResource(version, call.origin),
      },
    };
  });
}

/** Downloads have a path of their own too. */
export function downloadRoutes(router: Router, objects: Objects): void {
  router.on('GET', '/download/storage/v1/b/{bucket}/o/{object}', (call) => get(call, objects));
}

const refOf = (call: ObjectCall): ObjectRef => ({
  bucket: call.params.bucket,
  name: call.params.object,
});

const conditionsOf = (call: Call<never>) => preconditionsOf(call.query, call.headers);

function generationOf(call: Call<never>, name = 'generation'): number | undefined {
  const text = call.query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,16}$/.test(text)) throw invalid(`Invalid value for ${name}: ${text}`, name);
  return Number(text);
}

const show = (call: Call<never>, version: ObjectVersion): Reply => ({
  json: objectResource(version, call.origin),
  headers: { 'x-goog-generation': String(version.generation) },
});

function get(call: ObjectCall, objects: Objects): Reply | Promise<Reply> {
  refuseUnsupported(call);
  if (isTrue(call, 'softDeleted')) throw unsupported('soft delete');
  const ref = refOf(call);
  const conditions = conditionsOf(call);
  if (call.query.get('alt') === 'media') {
    return download(call, objects, ref, generationOf(call), conditions).catch(asText);
  }
  return show(call, objects.find(ref, generationOf(call), conditions));
}

/** Whoever asks for bytes is told what is wrong in plain text. */
function asText(error: unknown): Reply {
  if (!(error instanceof ApiError)) throw error;
  const headers = { 'content-type': 'text/html; charset=UTF-8' };
  return { status: error.status, headers, bytes: Buffer.from(error.message) };
}

function list(call: Call<'bucket'>, objects: Objects): Reply {
  const { query, origin } = call;
  const { bucket } = call.params;
  for (const name of ['matchGlob', 'filter']) {
    if (query.get(name)) throw unsupported(`listing by ${name}`);
  }
  if (isTrue(call, 'softDeleted')) throw unsupported('soft delete');
  const all = isTrue(call, 'versions');
  const page = listPage(
    objects.names(bucket),
    {
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter') ?? '',
      includeTrailingDelimiter: isTrue(call, 'includeTrailingDelimiter'),
      startOffset: query.get('startOffset') ?? '',
      endOffset: query.get('endOffset') ?? '',
      maxResults: pageSize(call),
      pageToken: query.get('pageToken'),
    },
    (name) =>
      objects
        .versions({ bucket, name })
        .filter((version) => all || version.timeDeleted === undefined),
  );
  const { prefixes, nextPageToken } = page;
  return {
    json: {
      kind: 'storage#objects',
      items: page.items.map((version) => objectResource(version, origin)),
      ...(prefixes.length > 0 && { prefixes }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    },
  };
}

async function update(
  call: ObjectCall,
  objects: Objects,
  how: 'patch' | 'replace',
): Promise<Reply> {
  refuseUnsupported(call);
  const given = objectFields(await call.json());
  const version = await objects.update(
    refOf(call),
    generationOf(call),
    conditionsOf(call),
    (fields) => {
      const { storageClass } = fields;
      if ((given.storageClass ?? storageClass) !== storageClass) {
        throw invalid("An object's storage class changes by rewriting it.", 'storageClass');
      }
      return mergePatch(how === 'patch' ? fields : { storageClass }, given);
    },
    isTrue(call, 'overrideUnlockedRetention'),
  );
  return show(call, version);
}

async function copy(
  call: ObjectCall,
  composition: Composition,
  target: ObjectRef,
): Promise<ObjectVersion> {
  refuseUnsupported(call);
  const source: CopySource = {
    ...refOf(call),
    generation: generationOf(call, 'sourceGeneration'),
    conditions: preconditionsOf(call.query, {}, 'ifSource'),
  };
  return composition.copy(source, target, await call.json(), conditionsOf(call));
}
