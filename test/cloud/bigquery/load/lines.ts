/** Lines of a file, with their places, read as they are asked for. */
import { createReadStream } from 'node:fs';

export interface Line {
  /** Without its line end. */
  readonly bytes: Buffer;
  readonly end: '\n' | '\r\n' | '';
  readonly position: number;
  readonly line: number;
}

const CHUNK = 1 << 20;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The file's lines in batches, one for each chunk read: whoever takes a batch yields to others
 * before the next one.
 */
export async function* lineBatches(path: string, signal?: AbortSignal): AsyncGenerator<Line[]> {
  let held: Buffer = Buffer.alloc(0);
  let [position, line] = [0, 1];
  const cut = (bytes: Buffer, newline: '\n' | ''): Line => {
    const isFirst = position === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
    const isReturned = newline === '\n' && bytes.at(-1) === RETURN;
    const made: Line = {
      bytes: bytes.subarray(isFirst ? 3 : 0, isReturned ? -1 : undefined),
      end: isReturned ? '\r\n' : newline,
      position,
      line,
    };
    position += bytes.length + newline.length;
    line++;
    return made;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK, signal })) {
    const bytes: Buffer = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const batch: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      batch.push(cut(bytes.subarray(start, end), '\n'));
      start = end + 1;
    }
    held = bytes.subarray(start);
    yield batch;
  }
  if (held.length > 0) yield [cut(held, '')];
}
