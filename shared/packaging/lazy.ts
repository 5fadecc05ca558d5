/** Packages' modules, loaded when they are first used. */
import { readFile } from 'node:fs/promises';
import { type Plugin, transform } from 'esbuild';

/**
 * A top-level statement that binds a whole module to a name, and does nothing else. It ends with a
 * semicolon, or where what follows cannot go on with it.
 */
const BINDING =
  /^(?:const|let|var) ([\w$]+) = (require\((["'])[^"']+\3\)|(?:__importStar|__importDefault)\(require\((["'])[^"']+\4\)\))(?:;$|$(?=\s*(?:[\w$'"}]|\/[/*]|(?![\s\S]))))/gm;

/** What adds to another module when it is loaded. */
const ADDING = /protobufjs\/ext\//;

/**
 * Makes `const x = require('x')` at the top of a CommonJS module wait until `x` is read: most of what a
 * Google client brings along (subscribers, other transports, other kinds of credentials) is never asked
 * for. What a module runs to be loaded stays where it is: bare requires, `require('x')(…)`, re-exports.
 *
 * esbuild tells the names that mean the module from those that mean something else.
 */
export const lazyRequires: Plugin = {
  name: 'lazy-requires',
  setup(build) {
    // Of what comes in two forms, the one that can wait.
    build.onResolve({ filter: /^@google-cloud\/storage$/ }, ({ path, kind, resolveDir }) =>
      kind === 'require-call'
        ? undefined
        : build.resolve(path, { kind: 'require-call', resolveDir }),
    );
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.c?js$/ }, async ({ path }) => ({
      loader: 'js',
      contents: await lazily(path),
    }));
  },
};

/**
 * Classes of Node's own fetch, and others of the same interface, which the clients' own transport brings
 * along: with any of the first comes all of undici, which nothing here sends by.
 */
const PLAIN: Readonly<Record<string, string>> = {
  Headers: 'require("node-fetch/src/headers.js").default',
  FormData: 'require("formdata-polyfill/esm.min.js").FormData',
};

const known = new Map<string, Promise<string>>();

/** A file of a package, the same for all functions of a build. */
function lazily(path: string): Promise<string> {
  const text = known.get(path) ?? readFile(path, 'utf8').then((source) => defer(source, path));
  known.set(path, text);
  return text;
}

/** @param path for stack traces */
export async function defer(source: string, path: string): Promise<string> {
  const loads = new Map(Object.entries(PLAIN).filter(([name]) => source.includes(name)));
  const left = source
    .replace(/^#!.*/, '')
    .replace(BINDING, (statement, name: string, load: string) => {
      if (ADDING.test(load) || isReassigned(name, source)) return statement;
      loads.set(name, load);
      return '';
    });
  if (loads.size === 0) return source;
  const uses = [...loads.keys()].flatMap((name) => [
    [name, `__lazy.${name}`],
    ...(name in PLAIN ? [[`globalThis.${name}`, `__lazy.${name}`]] : []),
  ]);
  const { code } = await transform(left, {
    define: Object.fromEntries(uses),
    sourcefile: path,
    sourcemap: 'inline',
    loader: 'js',
  });
  const getters = [...loads]
    .filter(([name]) => code.includes(`__lazy.${name}`))
    .map(
      ([name, load]) =>
        `get ${name}(){const value=${load};Object.defineProperty(__lazy,"${name}",{value});return value}`,
    );
  if (getters.length === 0) return source;
  // On the first line, so that the others stay where the map has them.
  return `"use strict";const __lazy={${getters.join(',')}};${code}`;
}

/** Whether a name is written to after its declaration. */
const isReassigned = (name: string, source: string): boolean =>
  [...source.matchAll(new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}\\s*=(?![=>])`, 'g'))]
    .length > 1;
