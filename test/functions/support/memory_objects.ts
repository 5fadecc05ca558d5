import { conflict } from '../../../shared/errors.ts';
import type { Objects, StoredObject } from '../../../shared/google/objects.ts';

/** A bucket without a cloud, for tests of what stands before it; generations count from 1. */
export function memoryObjects(): Objects {
  const stored = new Map<string, StoredObject>();
  let generations = 0;
  const put = (name: string, bytes: Uint8Array): number => {
    generations++;
    stored.set(name, { bytes: Uint8Array.from(bytes), generation: generations });
    return generations;
  };
  return {
    async read(name, generation) {
      const object = stored.get(name);
      return generation === undefined || generation === object?.generation ? object : undefined;
    },
    generation: async (name) => stored.get(name)?.generation,
    async write(name, bytes, _contentType, over) {
      if ((stored.get(name)?.generation ?? 0) !== over) throw conflict(`${name} has changed.`);
      return put(name, bytes);
    },
    async replace(name, bytes) {
      put(name, bytes);
    },
    list: async (prefix) => [...stored.keys()].filter((name) => name.startsWith(prefix)).sort(),
  };
}
