/** `multipart/related` bodies of two parts, JSON and media: how Google's APIs take both at once. */
import { ApiError } from '../errors.ts';

/** The two parts of a body. */
export interface Multipart {
  readonly metadata: Record<string, unknown>;
  /** The media part's headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The media part's bytes, read from the wire as they are asked for. To be read to the end. */
  readonly media: AsyncIterable<Uint8Array>;
}

/** More than any client sends before its media; beyond it the body is no upload. */
const LONGEST_HEAD = 1 << 20;

/**
 * Splits the body of an upload (RFC 2387). Lines may end in CRLF, as the RFC wants, or in LF, as
 * Python's clients send them.
 *
 * @throws {ApiError} 400 for anything else; the media's iterator throws it for a body cut short.
 */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<Multipart> {
  const boundary = boundaryOf(contentType);
  const reader = new Reader(body);
  await reader.upTo(`--${boundary}`);
  const eol = (await reader.upTo('\n')).endsWith('\r') ? '\r\n' : '\n';
  const delimiter = `${eol}--${boundary}`;

  const first = await readHeaders(reader, eol);
  if (!/\bjson\b/.test(first['content-type'] ?? 'application/json')) {
    throw malformed('the first part is not JSON');
  }
  const metadata = parseMetadata(await reader.upTo(delimiter));
  await reader.upTo(eol);
  const headers = await readHeaders(reader, eol);
  const encoding = headers['content-transfer-encoding'] ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding.toLowerCase())) {
    throw malformed(`content-transfer-encoding ${encoding} is not supported`);
  }
  return { metadata, headers, media: reader.through(delimiter) };
}

function boundaryOf(contentType: string | undefined): string {
  const found = /^multipart\/related\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(
    contentType?.trim() ?? '',
  );
  // gcloud puts it between single quotes, which are not meant.
  const boundary = found?.[1] ?? found?.[2]?.replace(/^'(.+)'$/, '$1');
  if (boundary === undefined) {
    throw malformed(`Content-Type is ${contentType}, not multipart/related with a boundary`);
  }
  return boundary;
}

async function readHeaders(reader: Reader, eol: string): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let line = await reader.upTo(eol); line !== ''; line = await reader.upTo(eol)) {
    const colon = line.indexOf(':');
    if (colon < 0) throw malformed(`a part's header has no colon: ${line}`);
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function parseMetadata(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (error) {
    throw new ApiError(400, 'parseError', `Parse Error: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw malformed('the first part is not a JSON object');
}

const malformed = (what: string): ApiError =>
  new ApiError(400, 'badRequest', `Malformed multipart body: ${what}.`);

/** Reads up to a marker, and takes the marker off too. */
class Reader {
  private readonly source: AsyncIterator<Uint8Array>;
  private held: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.source = body[Symbol.asyncIterator]();
  }

  /** The text before the marker. */
  async upTo(marker: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.through(marker)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > LONGEST_HEAD) throw malformed('what stands before the media is too long');
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The bytes before the marker, without holding more than one chunk and a marker's length. */
  async *through(marker: string): AsyncGenerator<Buffer> {
    for (;;) {
      const place = this.held.indexOf(marker);
      if (place >= 0) {
        if (place > 0) yield this.held.subarray(0, place);
        this.held = this.held.subarray(place + marker.length);
        return;
      }
      // The held bytes may end in a part of the marker.
      const safe = Math.max(this.held.length - marker.length + 1, 0);
      if (safe > 0) yield this.held.subarray(0, safe);
      const next = await this.source.next();
      if (next.done) throw malformed(`it ends before ${JSON.stringify(marker)}`);
      this.held = Buffer.concat([this.held.subarray(safe), next.value]);
    }
  }
}
