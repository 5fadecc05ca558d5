/** Runs the local Google Cloud until it is told to stop: `node test/cloud/main.ts --help`. */
import { parseArgs } from 'node:util';
import { startCloud } from './cloud.ts';

const HELP = `Usage: node test/cloud/main.ts [options]

Serves the local Google Cloud on 127.0.0.1 and prints the environment in which Google's clients
find it. Ends with SIGINT or SIGTERM.

  --project ID     the project (flit-local)
  --directory DIR  keeps the state there, over restarts (in memory only)
  --port N         the port of the REST APIs (any free one)
  --pubsub-port N  the port of Pub/Sub's gRPC (any free one)
  --threads N      cores that one statement of BigQuery may take (all). DuckDB's idle threads turn
                   in a loop meanwhile: 1 is best where many jobs run at a time, or others need the cores
  --help           this text
`;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      project: { type: 'string', default: 'flit-local' },
      directory: { type: 'string' },
      port: { type: 'string', default: '0' },
      'pubsub-port': { type: 'string', default: '0' },
      threads: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { project, directory, help } = values;
  if (help) {
    console.log(HELP);
    return;
  }
  const cloud = await startCloud({
    projectId: project,
    port: portOf('--port', values.port),
    pubsubPort: portOf('--pubsub-port', values['pubsub-port']),
    ...(directory !== undefined && { directory }),
    ...(values.threads !== undefined && { queryThreads: threadsOf(values.threads) }),
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

function threadsOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new RangeError(`--threads must be 1 to 999, not ${text}.`);
}

function portOf(option: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`${option} must be 0 to 65535, not ${text}.`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`The local Google Cloud failed: ${error.message}`);
  process.exitCode = 1;
});
