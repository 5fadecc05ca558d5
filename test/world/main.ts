/** Runs the world's server: `node test/world/main.ts --port 8090 [--files files.json]`. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { FileError } from './file/csv.ts';
import { type FileOptions, fileOptions } from './file/source.ts';
import { startWorld } from './server.ts';

const USAGE = `Usage: node test/world/main.ts [--port N] [--files FILE]
  --port N      port on the loopback interface (default 8090; 0 takes any free one)
  --files FILE  JSON list of CSV files to serve: name, file, key, application_fields,
                outcome_fields, period {start, end}, outcome_delay_days`;

async function main(args: readonly string[]): Promise<void> {
  const { port, files, help } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8090' },
      files: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }).values;
  if (help) {
    console.log(USAGE);
    return;
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error(`--port must be 0 to 65535, not ${port}.`);
  }
  const served = files === undefined ? [] : await readFiles(files);
  const world = await startWorld({ port: Number(port), files: served });
  // Before anybody is told that it is ready to be stopped.
  const signalled = new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
  console.log(`The world listens on ${world.url} (Ctrl-C stops it).`);
  await signalled;
  await world.stop();
}

async function readFiles(path: string): Promise<FileOptions[]> {
  const parsed = z.array(fileOptions).safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`The world failed: ${error instanceof Error ? error.message : error}`);
  if (!(error instanceof FileError)) console.error(USAGE);
  process.exitCode = 1;
});
