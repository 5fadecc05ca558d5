/** JSON documents by name, kept in a folder or in memory: the state of the local services. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readIfPresent, removeFile, writeAtomically } from './atomic_file.ts';
import { Turns } from './turns.ts';

/**
 * A name is one or more words between slashes (`scheduler/jobs/nightly`). Any characters may
 * stand in a word; a word is at most 200 bytes when percent-encoded.
 *
 * What `save` was given is fixed at the call: changing the value afterwards changes nothing.
 * Calls on one name take effect in the order in which they were made.
 */
export interface Documents {
  /** The document, a fresh copy at each call; undefined where there is none. @throws {CorruptDocument} */
  load<T>(name: string): Promise<T | undefined>;
  /** Resolves when the document will survive a crash; a crash before leaves the old one. */
  save(name: string, value: unknown): Promise<void>;
  /** No error where there is no such document. */
  remove(name: string): Promise<void>;
  /** Names below a folder (`scheduler/jobs`), at any depth, sorted; all of them without one. */
  list(folder?: string): Promise<string[]>;
}

/** A document whose file is not JSON. The file is left as it is. */
export class CorruptDocument extends Error {
  override readonly name = 'CorruptDocument';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const remedy = 'Mend the file, or remove it to start without what it held.';
    super(`${file} is not valid JSON: ${(cause as Error).message}. ${remedy}`, { cause });
    this.file = file;
  }
}

/** Documents that live as long as the process. */
export function memoryDocuments(): Documents {
  const texts = new Map<string, string>();
  return {
    load: async <T>(name: string) => {
      const text = texts.get(checked(name));
      return text === undefined ? undefined : (JSON.parse(text) as T);
    },
    save: async (name, value) => void texts.set(checked(name), encode(name, value)),
    remove: async (name) => void texts.delete(checked(name)),
    list: async (folder) => [...texts.keys()].filter((name) => isBelow(name, folder)).sort(),
  };
}

/** Documents in files, `<directory>/<name>.json`. One process at a time may use the directory. */
export function fileDocuments(directory: string): Documents {
  const turns = new Turns();

  const load = async (file: string) => {
    const bytes = await readIfPresent(file);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      throw new CorruptDocument(file, error);
    }
  };

  return {
    load: async (name) => {
      const file = fileOf(directory, name);
      return turns.take(name, () => load(file));
    },
    save: async (name, value) => {
      const file = fileOf(directory, name);
      const text = encode(name, value);
      return turns.take(name, () => writeAtomically(file, text));
    },
    remove: async (name) => {
      const file = fileOf(directory, name);
      return turns.take(name, () => removeFile(file));
    },
    list: async (folder) => {
      const names = (await filesBelow(directory)).map((file) => nameOf(directory, file));
      return names.filter((name) => isBelow(name, folder)).sort();
    },
  };
}

const SUFFIX = '.json';

function encode(name: string, value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`Document ${name}: a ${typeof value} is not JSON.`);
  return text;
}

const isBelow = (name: string, folder: string | undefined): boolean =>
  folder === undefined || name.startsWith(`${folder}/`);

/** Percent-encoded, points too: so no word is `..`, and what follows a point is never the word's. */
const encodeWord = (word: string): string => encodeURIComponent(word).replaceAll('.', '%2E');

function checked(name: string): string {
  for (const word of name.split('/')) {
    const length = encodeWord(word).length;
    if (length === 0 || length > 200) {
      throw new TypeError(`Document name ${JSON.stringify(name)}: a word has 1 to 200 bytes.`);
    }
  }
  return name;
}

const fileOf = (directory: string, name: string): string =>
  join(directory, ...checked(name).split('/').map(encodeWord)) + SUFFIX;

const nameOf = (directory: string, file: string): string =>
  relative(directory, file)
    .slice(0, -SUFFIX.length)
    .split(sep)
    .map((word) => decodeURIComponent(word))
    .join('/');

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
