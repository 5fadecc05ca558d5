/**
 * Google's upload protocols, the same for Storage and BigQuery: `uploadType=media` (the body is the
 * media), `multipart` (JSON and media in one body) and `resumable` (JSON first, then the media in
 * as many requests as it takes, over broken lines and restarts).
 *
 * Source: Cloud Storage, "Uploads and downloads".
 */
import { ApiError } from '../errors.ts';
import { removedOnFailure } from '../state/blobs.ts';
import { readMultipart } from './multipart.ts';
import { ResumableUploads } from './resumable.ts';
import type { Call, Reply, Router } from './router.ts';
import {
  bodyOf,
  headerOf,
  requestOf,
  type UploadRequest,
  type UploadsOptions,
  type UploadTarget,
} from './upload.ts';

export type { Upload, UploadRequest, UploadsOptions, UploadTarget } from './upload.ts';

/** Uploads to any number of paths, kept in one place. */
export class Uploads {
  private readonly options: UploadsOptions;
  private readonly resumable: ResumableUploads;

  constructor(options: UploadsOptions) {
    this.options = options;
    this.resumable = new ResumableUploads(options);
  }

  /** Adds the routes of one upload path (`/upload/storage/v1/b/{bucket}/o`). */
  routes(router: Router, template: string, target: UploadTarget): void {
    router.on('POST', template, (call) =>
      call.query.has('upload_id') ? this.resumable.resume(call, target) : this.start(call, target),
    );
    router.on('PUT', template, (call) => this.resumable.resume(call, target));
    router.on('DELETE', template, (call) => this.resumable.cancel(call));
  }

  /**
   * To be called once at the start, with the blobs that have an owner. Forgets old resumable uploads
   * and answers the blobs of those that may still go on.
   */
  sweep(taken: ReadonlySet<string>): Promise<Set<string>> {
    return this.resumable.sweep(taken);
  }

  private async start(call: Call, target: UploadTarget): Promise<Reply> {
    const type = call.query.get('uploadType');
    if (type === 'media') return this.startMedia(call, target);
    if (type === 'multipart') return this.startMultipart(call, target);
    if (type === 'resumable') {
      const contentType = headerOf(call, 'x-upload-content-type');
      return this.resumable.start(call, requestOf(call, await call.json(), contentType), target);
    }
    throw new ApiError(400, 'badRequest', `Unknown uploadType: ${type}.`, {
      location: 'uploadType',
    });
  }

  private async startMedia(call: Call, target: UploadTarget): Promise<Reply> {
    const request = requestOf(call, {}, call.headers['content-type']);
    await target.begin?.(request, call);
    return this.takeWhole(request, bodyOf(call), target);
  }

  private async startMultipart(call: Call, target: UploadTarget): Promise<Reply> {
    const parts = await readMultipart(bodyOf(call), call.headers['content-type']);
    const request = requestOf(call, parts.metadata, parts.headers['content-type']);
    await target.begin?.(request, call);
    return this.takeWhole(request, parts.media, target);
  }

  private async takeWhole(
    request: UploadRequest,
    media: AsyncIterable<Uint8Array>,
    target: UploadTarget,
  ): Promise<Reply> {
    const blob = this.options.ids();
    return removedOnFailure(this.options.blobs, blob, async () => {
      const size = await this.options.blobs.append(blob, media);
      return target.finish({ ...request, blob, size });
    });
  }
}
