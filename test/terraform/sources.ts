/** What the configuration says, read from its files. */
import { globSync, readFileSync } from 'node:fs';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Files of terraform/ by pattern, e.g. `**\/*.tf`. */
export const terraformFiles = (pattern: string): SourceFile[] =>
  globSync(`terraform/${pattern}`)
    .filter((path) => !path.includes('/.terraform/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Names of the blocks of a kind at the top of a file, in their order. */
export const blocksOf = (text: string, kind: 'variable' | 'output'): string[] =>
  [...text.matchAll(new RegExp(`^${kind} "(\\w+)" \\{`, 'gm'))].map(([, name]) => name!);

/** Ids of the portfolios, which are folders of sql/. */
export const portfolioIds = (): string[] =>
  globSync('sql/*/portfolio.json')
    .map((path) => path.split('/')[1]!)
    .sort();

/** Names of the functions, which are folders of functions/. */
export const functionNames = (): string[] =>
  globSync('functions/*/index.ts')
    .map((path) => path.split('/')[1]!)
    .sort();
