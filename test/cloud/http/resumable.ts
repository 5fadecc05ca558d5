/**
 * Resumable uploads: begun with JSON, continued until all bytes are there.
 *
 * Source: Cloud Storage, "Resumable uploads" and "Perform resumable uploads".
 */
import { ApiError, notFound } from '../errors.ts';
import { removedOnFailure } from '../state/blobs.ts';
import { Turns } from '../state/turns.ts';
import { contentRange } from './ranges.ts';
import type { Call, Reply } from './router.ts';
import {
  bodyOf,
  headerOf,
  type Upload,
  type UploadRequest,
  type UploadsOptions,
  type UploadTarget,
} from './upload.ts';

/** A resumable upload in progress: kept so that a restart loses nothing. */
interface Session {
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  readonly metadata: Record<string, unknown>;
  readonly contentType?: string;
  readonly hash?: string;
  /** `X-Upload-Content-Length`. */
  readonly total?: number;
  readonly blob: string;
  /** Milliseconds since 1970. */
  readonly started: number;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Every chunk but the last is a multiple of this. */
const CHUNK_UNIT = 256 * 1024;

/** For so many uploads that have ended, the answer is still known when a client asks once more. */
const ANSWERS = 1000;

/** Resumable uploads to any number of paths. */
export class ResumableUploads {
  private readonly options: UploadsOptions;
  private readonly turns = new Turns();
  private readonly answers = new Map<string, Reply>();

  constructor(options: UploadsOptions) {
    this.options = options;
  }

  /**
   * Forgets uploads begun more than a week ago, as the real service does, and those whose blob had
   * found its owner when the process died. Answers the blobs of the others.
   */
  async sweep(taken: ReadonlySet<string>): Promise<Set<string>> {
    const { documents, now } = this.options;
    const waiting = new Set<string>();
    for (const name of await documents.list(FOLDER)) {
      const session = await documents.load<Session>(name);
      const fresh = session !== undefined && now() - session.started < WEEK_MS;
      if (fresh && !taken.has(session.blob)) waiting.add(session.blob);
      else await documents.remove(name);
    }
    return waiting;
  }

  /** Answers where the bytes are to be sent. */
  async start(call: Call, request: UploadRequest, target: UploadTarget): Promise<Reply> {
    const { ids, now, documents } = this.options;
    const length = headerOf(call, 'x-upload-content-length');
    if (length !== undefined && !/^\d{1,15}$/.test(length)) {
      throw badRequest(`X-Upload-Content-Length is no number: ${length}.`);
    }
    await target.begin?.(request, call);
    const id = ids();
    const session: Session = {
      params: request.params,
      query: request.query.toString(),
      metadata: request.metadata,
      ...(request.contentType !== undefined && { contentType: request.contentType }),
      ...(request.hash !== undefined && { hash: request.hash }),
      ...(length !== undefined && { total: Number(length) }),
      blob: ids(),
      started: now(),
    };
    await documents.save(nameOf(id), session);
    const query = new URLSearchParams(call.query);
    query.set('upload_id', id);
    const location = `${call.origin}${call.path}?${query}`;
    return { headers: { location, 'x-guploader-uploadid': id } };
  }

  /** Takes more bytes, or says how many there are. */
  resume(call: Call, target: UploadTarget): Promise<Reply> {
    const id = idOf(call);
    return this.turns.take(id, async () => {
      const answer = this.answers.get(id);
      if (answer) return answer;
      const session = await this.session(id);
      const sent = call.headers['content-range'] ?? 'bytes 0-*/*';
      const size = await this.take(session, call, sent);
      const { first, last, total = session.total } = contentRange(sent);
      const ended = first !== undefined && last === undefined && total === undefined;
      if (size !== total && !ended) return incomplete(call, size);
      return this.end(id, session, call, size, target);
    });
  }

  /** Answers 499, as the real service does. */
  cancel(call: Call): Promise<Reply> {
    const id = idOf(call);
    return this.turns.take(id, async () => {
      if (!this.answers.delete(id)) {
        const { blob } = await this.session(id);
        await this.options.blobs.remove(blob);
        await this.options.documents.remove(nameOf(id));
      }
      return { status: 499 };
    });
  }

  /** Adds the bytes that are new to the session's blob and answers its size. */
  private async take(session: Session, call: Call, sent: string): Promise<number> {
    const { blobs } = this.options;
    const held = (await blobs.size(session.blob)) ?? 0;
    const { first, last, total = session.total } = contentRange(sent);
    if (first === undefined) return held;
    if (first > held) {
      throw badRequest(
        `Invalid request. According to the Content-Range header, the upload offset is ${first} byte(s), which exceeds already uploaded size of ${held} byte(s).`,
      );
    }
    const length = (last ?? (total ?? Number.POSITIVE_INFINITY) - 1) + 1 - first;
    const unfinished = last !== undefined && last + 1 !== total;
    if (unfinished && length % CHUNK_UNIT !== 0) {
      throw badRequest(
        `Invalid request. A chunk of a resumable upload that is not the last one must be a multiple of ${CHUNK_UNIT} bytes; this one has ${length}.`,
      );
    }
    const exact = last === undefined ? undefined : length;
    return blobs.append(session.blob, window(bodyOf(call), held - first, length, exact));
  }

  private async end(
    id: string,
    session: Session,
    call: Call,
    size: number,
    target: UploadTarget,
  ): Promise<Reply> {
    const { blobs, documents } = this.options;
    const { params, query, metadata, contentType, blob } = session;
    const hash = headerOf(call, 'x-goog-hash') ?? session.hash;
    const known = { params, query: new URLSearchParams(query), metadata, contentType, hash };
    const upload: Upload = { ...known, origin: call.origin, blob, size };
    try {
      // An upload of nothing has made no blob yet.
      await blobs.append(blob, nothing());
      const reply = await removedOnFailure(blobs, blob, () => target.finish(upload));
      this.remember(id, reply);
      return reply;
    } finally {
      await documents.remove(nameOf(id));
    }
  }

  private remember(id: string, reply: Reply): void {
    this.answers.set(id, reply);
    const [oldest = ''] = this.answers.keys();
    if (this.answers.size > ANSWERS) this.answers.delete(oldest);
  }

  private async session(id: string): Promise<Session> {
    const known = /^[\w-]+$/.test(id);
    const session = known ? await this.options.documents.load<Session>(nameOf(id)) : undefined;
    if (!session) throw notFound(`the upload session ${id || '(upload_id is missing)'}`);
    return session;
  }
}

const FOLDER = 'uploads';
const nameOf = (id: string): string => `${FOLDER}/${id}`;
const idOf = (call: Call): string => call.query.get('upload_id') ?? '';

const badRequest = (message: string): ApiError => new ApiError(400, 'badRequest', message);

/** 308: go on from here. */
function incomplete(call: Call, size: number): Reply {
  const range: Record<string, string> = size === 0 ? {} : { range: `bytes=0-${size - 1}` };
  if (headerOf(call, 'x-guploader-no-308') !== 'yes') return { status: 308, headers: range };
  return { status: 200, headers: { ...range, 'x-http-status-code-override': '308' } };
}

/** Leaves out the first bytes, and refuses more (and, where exact, fewer) bytes than announced. */
async function* window(
  body: AsyncIterable<Uint8Array>,
  skip: number,
  limit: number,
  exact: number | undefined,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of body) {
    const fresh = chunk.subarray(Math.max(skip - seen, 0), Math.max(limit - seen, 0));
    if (fresh.length > 0) yield fresh;
    seen += chunk.length;
    if (seen > limit) throw wrongLength(seen, limit);
  }
  if (exact !== undefined && seen < exact) throw wrongLength(seen, exact);
}

const wrongLength = (seen: number, announced: number): ApiError =>
  badRequest(
    `Invalid request. There were ${seen} byte(s) (or more) in the request body. There should have been ${announced} byte(s) according to the Content-Range header.`,
  );

async function* nothing(): AsyncGenerator<Uint8Array> {}
