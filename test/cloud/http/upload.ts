/** One upload, as the protocols and what takes it see it. */
import type { Blobs } from '../state/blobs.ts';
import type { Documents } from '../state/documents.ts';
import type { Call, Reply } from './router.ts';

/** What the client says of an upload before its bytes. */
export interface UploadRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly origin: string;
  readonly metadata: Record<string, unknown>;
  /** Of the media; undefined where the client does not say. */
  readonly contentType: string | undefined;
  /** `X-Goog-Hash` of the request that started or, rather, that ended the upload. */
  readonly hash: string | undefined;
}

/** An upload whose bytes have all arrived. */
export interface Upload extends UploadRequest {
  readonly blob: string;
  readonly size: number;
}

/** What becomes of uploads to one path. */
export interface UploadTarget {
  /** Refuses, by throwing, what can't succeed, before a byte is taken. */
  begin?(request: UploadRequest, call: Call): void | Promise<void>;
  /** Takes over the blob and answers the client. When it throws, the blob is removed. */
  finish(upload: Upload): Promise<Reply>;
}

/** What uploads are kept in. */
export interface UploadsOptions {
  readonly blobs: Blobs;
  /** Where resumable uploads are kept, in the folder `uploads`. */
  readonly documents: Documents;
  /** Letters, digits, `-` and `_`; never the same twice, over restarts too. */
  readonly ids: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A header; several of one name as one. */
export const headerOf = (call: Call, name: string): string | undefined => {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};

/** What a request says of an upload, beside its JSON and the type of its media. */
export const requestOf = (
  call: Call,
  metadata: Record<string, unknown>,
  contentType: string | undefined,
): UploadRequest => ({
  params: call.params,
  query: call.query,
  origin: call.origin,
  metadata,
  contentType,
  hash: headerOf(call, 'x-goog-hash'),
});

/** The body; leaving it early must not close the line on which the error is to be told. */
export const bodyOf = (call: Call): AsyncIterable<Uint8Array> =>
  call.stream().iterator({ destroyOnReturn: false });
