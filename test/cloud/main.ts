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

const { values } = parseArgs({
  options: {
    project: { type: 'string', default: 'flit-local' },
    directory: { type: 'string' },
    port: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else {
  await serve().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

async function serve(): Promise<void> {
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`--port is a number up to 65535, not ${values.port}.`);
  }
  const cloud = await startCloud({
    projectId: values.project,
    port,
    ...(values.directory !== undefined && { directory: values.directory }),
  });
  for (const [name, value] of Object.entries(cloud.env)) console.log(`export ${name}=${value}`);
  console.log('# ready; Ctrl-C stops it');
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
  console.error(`${signal}: stopping`);
  await cloud.stop();
}
