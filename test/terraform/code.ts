/** What the functions' code names, read from its files: the other half of what a plan is held against. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files that a function is made of, by following its imports from index.ts. */
export function filesOf(name: string): string[] {
  const found = new Set<string>();
  const follow = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    const text = readFileSync(path, 'utf8');
    for (const [, target] of text.matchAll(VALUE_IMPORT)) {
      if (target!.startsWith('.')) follow(join(dirname(path), target!));
    }
  };
  follow(`functions/${name}/index.ts`);
  return [...found].sort();
}

/** Static and dynamic imports and re-exports, not those of types alone. */
const VALUE_IMPORT =
  /(?:^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?|\bimport\()'([^']+)'/gm;

/** Google's clients that a function uses: `storage` of `@google-cloud/storage`. */
export function clientsOf(name: string): string[] {
  const packages = filesOf(name).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(VALUE_IMPORT)].map(([, target]) => target!),
  );
  const clients = packages.flatMap((target) => /^@google-cloud\/([a-z-]+)/.exec(target)?.[1] ?? []);
  return [...new Set(clients)].filter((client) => client !== 'functions-framework').sort();
}

/** Tables that SQL reads or writes by a name without a dataset, or of `flit`, in `sql/` outside of views. */
export function tablesInSql(): Map<string, string> {
  const tables = new Map<string, string>();
  for (const path of globSync('sql/*/*.sql').filter((file) => !file.startsWith('sql/views/'))) {
    const text = readFileSync(path, 'utf8').replaceAll(/^\s*--.*$|\bEXTRACT\([^)]*\)/gm, '');
    const steps = new Set([...text.matchAll(/\b(\w+) AS \(/g)].map(([, step]) => step!));
    for (const [, table] of text.matchAll(
      /\b(?:FROM|JOIN|INTO|UPDATE) (?:flit\.)?([a-z_]+)\b(?!\()/g,
    )) {
      // `input` stands for the rows that features and rules are given.
      if (!steps.has(table!) && table !== 'input') tables.set(table!, path);
    }
  }
  return tables;
}
