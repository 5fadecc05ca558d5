/**
 * Events in the order in which they happened, kept in a file or in memory: the state of a service is
 * what comes out when they are played again.
 *
 * A line of the file is the CRC-32 of its JSON in eight hexadecimal digits, a space, the JSON. What
 * is appended reaches the file at the next flush and then survives the end of the process. (It is
 * not forced to the disk, so a power cut may take the newest lines.)
 */
import { type FileHandle, mkdir, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { readIfPresent, writeAtomically } from '../state/atomic_file.ts';

/** One service writes, and reads once, before it writes. */
export interface Journal {
  /** All events, the oldest first. @throws {CorruptJournal} */
  read(): Promise<unknown[]>;
  /** Takes the event as it is now; `flushed` tells when it is safe. */
  append(event: unknown): void;
  /** Resolves when all that was appended so far is written. Rejects for ever once a write failed. */
  flushed(): Promise<void>;
  /** Replaces all events, those still to be written too, by others that say the same in less. */
  rewrite(events: Iterable<unknown>): Promise<void>;
  /** Bytes now, and after the last rewrite. */
  readonly size: { readonly now: number; readonly rewritten: number };
  close(): Promise<void>;
}

/** A journal whose file says something else than was written. The file is left as it is. */
export class CorruptJournal extends Error {
  override readonly name = 'CorruptJournal';

  constructor(path: string, line: number, problem: string) {
    const remedy = 'Remove the line to lose that event, or the file to start without what it held.';
    super(`${path}, line ${line}: ${problem}. ${remedy}`);
  }
}

/** A journal that lives as long as the object: a second server on it sees what a restart would. */
export function memoryJournal(): Journal {
  let lines: string[] = [];
  const size = { now: 0, rewritten: 0 };
  const append = (event: unknown) => {
    const line = JSON.stringify(event);
    lines.push(line);
    size.now += line.length;
  };
  return {
    size,
    append,
    read: async () => lines.map((line) => JSON.parse(line)),
    flushed: async () => {},
    async rewrite(events) {
      const all = [...events];
      lines = [];
      size.now = 0;
      for (const event of all) append(event);
      size.rewritten = size.now;
    },
    close: async () => {},
  };
}

/** A journal in a file. One process at a time may use it. */
export const fileJournal = (path: string): Journal => new FileJournal(path);

class FileJournal implements Journal {
  readonly size = { now: 0, rewritten: 0 };
  private readonly path: string;
  private handle: FileHandle | undefined;
  /** Lines that the next flush takes. */
  private batch: Buffer[] | undefined;
  /** The write under way or to come; each waits for the one before. */
  private writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  async read(): Promise<unknown[]> {
    const bytes = (await readIfPresent(this.path)) ?? Buffer.alloc(0);
    const { events, length } = decode(this.path, bytes);
    if (length < bytes.length) await truncate(this.path, length);
    this.size.now = length;
    return events;
  }

  append(event: unknown): void {
    const line = encode(event);
    this.size.now += line.length;
    if (this.batch) {
      this.batch.push(line);
      return;
    }
    const batch = [line];
    this.batch = batch;
    this.chain(() => this.flush(batch));
  }

  flushed(): Promise<void> {
    return this.writing;
  }

  rewrite(events: Iterable<unknown>): Promise<void> {
    const bytes = Buffer.concat(Array.from(events, encode));
    // What was appended and not yet written is part of what the new events say.
    if (this.batch) this.batch.length = 0;
    this.batch = undefined;
    this.size.now = this.size.rewritten = bytes.length;
    this.chain(async () => {
      await this.handle?.close();
      this.handle = undefined;
      await writeAtomically(this.path, bytes);
    });
    return this.writing;
  }

  async close(): Promise<void> {
    this.chain(async () => {
      await this.handle?.close();
      this.handle = undefined;
    });
    await this.writing;
  }

  private async flush(batch: Buffer[]): Promise<void> {
    if (this.batch === batch) this.batch = undefined;
    if (batch.length === 0) return;
    await mkdir(dirname(this.path), { recursive: true });
    this.handle ??= await open(this.path, 'a');
    await this.handle.appendFile(Buffer.concat(batch));
  }

  private chain(work: () => Promise<void>): void {
    this.writing = this.writing.then(work);
    // Whoever waits for `flushed` is told; nobody may wait.
    this.writing.catch(() => {});
  }
}

const NEWLINE = 0x0a;
const CHECKSUM_CHARACTERS = 8;

function encode(event: unknown): Buffer {
  const json = JSON.stringify(event);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

const checksum = (json: string | Buffer): string =>
  crc32(json).toString(16).padStart(CHECKSUM_CHARACTERS, '0');

/** `length` is where the whole lines end: behind it lies an append that a crash cut short. */
function decode(path: string, bytes: Buffer): { events: unknown[]; length: number } {
  const events: unknown[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    events.push(decodeLine(path, events.length + 1, bytes.subarray(start, end)));
    start = end + 1;
  }
  return { events, length: start };
}

function decodeLine(path: string, line: number, bytes: Buffer): unknown {
  const json = bytes.subarray(CHECKSUM_CHARACTERS + 1);
  const found = bytes.toString('latin1', 0, CHECKSUM_CHARACTERS + 1);
  if (found !== `${checksum(json)} `) {
    throw new CorruptJournal(path, line, 'the checksum does not fit what follows it');
  }
  return JSON.parse(json.toString('utf8'));
}
