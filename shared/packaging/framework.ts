/** The launcher of a function: functions-framework, whole and in one file. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { writeCode } from './code.ts';
import { lazyRequires } from './lazy.ts';

const FRAMEWORK = '@google-cloud/functions-framework';

/** A package in a folder of its own. */
export interface Vendored {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
}

/**
 * Writes the framework as a package of its own. Functions and the launcher in it load the same
 * file, so that what the one registers the other finds.
 *
 * @param nodeOptions that the launcher has Node run with
 */
export async function vendorFramework(
  folder: string,
  nodeOptions: readonly string[],
): Promise<Vendored> {
  const main = createRequire(import.meta.url).resolve(FRAMEWORK);
  const root = main.slice(0, main.lastIndexOf(FRAMEWORK) + FRAMEWORK.length);
  const { version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await mkdir(folder, { recursive: true });
  const text = `
    export * from './index.js';
    export const launch = () => require('./main.js');`;
  await writeCode({ text, folder: dirname(main) }, folder, { plugins: [lazyRequires] });
  await writeFile(join(folder, 'main.cjs'), launcherOf(nodeOptions), { mode: 0o755 });
  await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const vendored = {
    name: FRAMEWORK,
    version,
    license,
    bin: { 'functions-framework': 'main.cjs' },
  };
  const manifest = { ...vendored, private: true, main: 'index.cjs' };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return vendored;
}

const launcherOf = (
  nodeOptions: readonly string[],
): string => `#!/usr/bin/env -S ${['node', ...nodeOptions].join(' ')}
'use strict';
require('./index.cjs').launch();
`;
