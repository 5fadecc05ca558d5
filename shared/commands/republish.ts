/** `npm run republish`: puts decision events that only a log or the dead letters hold back on Pub/Sub. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { messageOf } from '../decision/message.ts';
import { createEventCheck } from '../republish/event_check.ts';
import { logItems } from '../republish/log_events.ts';
import { type Republished, republish } from '../republish/republish.ts';
import { fail, readCommandLine, UsageError } from './command_line.ts';

const USAGE = `usage: npm run republish -- --file LOG [--project ID] [--topic decisions] [--dry-run]

LOG  a file, or - for standard input: log entries as \`gcloud logging read --format=json\` prints
     them, as a log sink writes them to Cloud Storage (one a line), or a function's own output;
     or dead letters as \`gcloud pubsub subscriptions pull --format=json\` prints them.
     Entries without a decision event are passed over. May be repeated: copies are harmless.

--project ID   of the topic; that of the credentials otherwise
--topic NAME   the topic of decision events
--dry-run      reads and checks, and publishes nothing`;

const DECISIONS_TABLE = join(import.meta.dirname, '../../sql/tables/decisions.json');
/** Of unreadable entries and of events that were not taken, as many are named. */
const NAMED = 20;

async function main(): Promise<void> {
  const { values, positionals } = readCommandLine(process.argv.slice(2), {
    file: { type: 'string' },
    project: { type: 'string' },
    topic: { type: 'string', default: 'decisions' },
    'dry-run': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is no option.`);
  if (values.file === undefined) throw new UsageError('Say which file: --file LOG.');
  const done = await run(values.file, values);
  process.stdout.write(`${report(done, values['dry-run'])}\n`);
  if (done.unreadable.length + done.failed.length > 0) process.exitCode = 1;
}

interface Options {
  readonly project?: string | undefined;
  readonly topic: string;
  readonly 'dry-run': boolean;
}

async function run(file: string, options: Options): Promise<Republished> {
  const { project: projectId } = options;
  const check = createEventCheck(JSON.parse(await readFile(DECISIONS_TABLE, 'utf8')));
  const pubsub = new PubSub(projectId === undefined ? {} : { projectId });
  const topic = pubsub.topic(options.topic);
  try {
    return await republish(logItems(textOf(file)), check, async (event) => {
      if (!options['dry-run']) await topic.publishMessage(messageOf(event));
    });
  } finally {
    await pubsub.close();
  }
}

/** @throws {Error} naming a file that cannot be read */
async function* textOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    yield* input.setEncoding('utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read: ${code ?? message}.`, { cause });
  }
}

function report(done: Republished, isDry: boolean): string {
  const { published, repeated, others, unreadable, failed } = done;
  const named = (places: readonly string[]) => [
    ...places.slice(0, NAMED).map((place) => `  ${place}`),
    ...(places.length > NAMED ? [`  and ${places.length - NAMED} more`] : []),
  ];
  return [
    `${published} events ${isDry ? 'could be published' : 'published'}, ${repeated} copies and ` +
      `${others} other entries left out, ${unreadable.length} unreadable, ${failed.length} not taken`,
    ...(unreadable.length > 0 ? ['unreadable:', ...named(unreadable)] : []),
    ...(failed.length > 0 ? ['not taken by Pub/Sub (run it again):', ...named(failed)] : []),
  ].join('\n');
}

try {
  await main();
} catch (error) {
  fail(error, USAGE, 2);
}
