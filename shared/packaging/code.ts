/** A module in one file, `code.js`, and beside it what loads it and what V8 made of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { type BundleEntry, bundle } from './bundle.ts';

/**
 * Loads `code.js` with what V8 made of it where V8 still takes that from `code.cache`: functions are
 * deserialised instead of compiled.
 *
 * Node's own compile cache keeps what is compiled when a module is loaded, by Node's build and by
 * user; this one keeps every function that ran in the rehearsal, for the same version of V8. V8
 * checks what it is given, and compiles anew what is of another version.
 */
const LOADER = `'use strict';
const { readFileSync } = require('node:fs');
const { constants, Script } = require('node:vm');

const filename = \`\${__dirname}/code.js\`;
// All ASCII, as the bundler writes it.
const code = readFileSync(filename, 'latin1');
let cachedData;
try {
  cachedData = readFileSync(\`\${__dirname}/code.cache\`);
} catch {
  // There is none before the rehearsal (rehearsal.ts).
}
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
module.script = new Script(code, { filename, cachedData, importModuleDynamically });
module.script.runInThisContext()(exports, require, module, filename, __dirname);
`;

/** In the file, and not put around it when it is loaded: that would be one more copy of all its text. */
const FUNCTION = {
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
};

/** Writes `code.js` and `index.cjs`, which loads it. @returns what went into it */
export async function writeCode(
  entry: BundleEntry,
  folder: string,
  options: Pick<BuildOptions, 'plugins'>,
): Promise<Metafile> {
  await writeFile(join(folder, 'index.cjs'), LOADER);
  return bundle(entry, join(folder, 'code.js'), { ...options, ...FUNCTION });
}
