/**
 * The module that loads `code.js` beside it, with what V8 made of it where V8 still takes that
 * from `code.cache`: functions are deserialised instead of compiled.
 *
 * Node's own compile cache keeps what is compiled when a module is loaded, by Node's build and by
 * user; this one keeps every function that ran in the rehearsal, for the same version of V8. V8
 * checks what it is given, and compiles anew what is of another version.
 */
export const LOADER = `'use strict';
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
module.script = new Script(
  \`(function (exports, require, module, __filename, __dirname) {\${code}\\n})\`,
  { filename, cachedData, importModuleDynamically },
);
module.script.runInThisContext()(exports, require, module, filename, __dirname);
`;
