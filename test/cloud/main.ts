/** Runs the local Google Cloud until it is told to stop: `node test/cloud/main.ts --help`. */
import { parseArgs } from 'node:util';
import { startCloud } from './cloud.ts';

const HELP = `Usage: node test/cloud/main.ts [options]

Serves the local Google Cloud on 127.0.0.1 and prints the environment in which Google's clients
find it. Ends with SIGINT or SIGTERM.

  --project ID     the project (flit-local)
  --directory DIR  keeps the state there, over restarts (in memory only)
  --port N         the port of the REST APIs (any free one)
  --help           this text
`;

async function main(args: readonly string[]): Promise<void> {
  const { project, directory, port, help } = parseArgs({
    args: [...args],
    options: {
      project: { type: 'string', default: 'flit-local' },
      directory: { type: 'string' },
      port: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  }).values;
  if (help) {
    console.log(HELP);
    return;
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new RangeError(`--port must be 0 to 65535, not ${port}.`);
  }
  const cloud = await startCloud({
    projectId: project,
    port: Number(port),
    ...(directory !== undefined && { directory }),
  });
  // Before anybody is told that it is ready to be stopped.
  const signalled = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
  for (const [name, value] of Object.entries(cloud.env)) console.log(`export ${name}=${value}`);
  console.log('# ready; Ctrl-C stops it');
  const signal = await signalled;
  console.error(`${signal}: stopping`);
  await cloud.stop();
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`The local Google Cloud failed: ${error.message}`);
  process.exitCode = 1;
});
