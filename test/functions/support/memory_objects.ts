import { conflict } from '../../../shared/errors.ts';
import type { Objects, StoredObject } from '../../../shared/google/objects.ts';

/** A bucket with versions, without a cloud, for tests of what stands before it; generations count from 1. */
export function memoryObjects(): Objects {
  /** Generations by name, oldest first. */
  const stored = new Map<string, (StoredObject & { readonly createdAt: Date })[]>();
  let generations = 0;
  const live = (name: string) => stored.get(name)?.at(-1);
  const put = (name: string, bytes: Uint8Array): number => {
    const generation = ++generations;
    const one = { bytes: Uint8Array.from(bytes), generation, createdAt: new Date(generation) };
    stored.set(name, [...(stored.get(name) ?? []), one]);
    return generation;
  };
  return {
    read: async (name, generation) =>
      generation === undefined
        ? live(name)
        : stored.get(name)?.find((one) => one.generation === generation),
    generation: async (name) => live(name)?.generation,
    async write(name, bytes, _contentType, over) {
      if ((live(name)?.generation ?? 0) !== over) throw conflict(`${name} has changed.`);
      return put(name, bytes);
    },
    async create(name, bytes) {
      if (live(name)) throw conflict(`${name} has changed.`);
      put(name, bytes);
    },
    retain: async () => {},
    async replace(name, bytes) {
      put(name, bytes);
    },
    list: async (prefix) => [...stored.keys()].filter((name) => name.startsWith(prefix)).sort(),
    history: async (name) =>
      (stored.get(name) ?? []).map(({ generation, createdAt }) => ({ generation, createdAt })),
  };
}
