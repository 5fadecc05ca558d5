/** `npm run replay`: recorded decisions, decided again. */
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { versionId } from '../bundle/manifest.ts';
import { COMMON, MODELS, readConfig, WAREHOUSE } from '../config.ts';
import { createObjects } from '../google/objects.ts';
import { createLog } from '../log.ts';
import { findPortfolio } from '../portfolio/portfolio.ts';
import type { DeploymentAt } from '../replay/arms.ts';
import { createDeciders, type Deciders } from '../replay/deciders.ts';
import { decideAgain, decideOtherwise, type Other } from '../replay/replay.ts';
import { addAgain, addMoved, createSameTally, createSwapTally } from '../replay/tally.ts';
import { sqlFiles } from '../warehouse/sql.ts';
import { fail, readCommandLine, UsageError } from './command_line.ts';
import { describeSame, describeSwaps } from './replay/report.ts';
import { decisions, deploymentsOf, openBundle, policyOf, type Rows } from './replay/sources.ts';

const USAGE = `usage: npm run replay -- --portfolio ID [--version VERSION] [--policy PATH] [--policy-at TIME]
                         [--since TIME] [--until TIME] [--limit N] [--json]

Decides recorded decisions again: by the version and the policy that decided, and then every bit must
be the same; or by others, and then it shows who changes, and whether model or policy changed it.

--version VERSION  decides in place of those that did, by its own policy
--policy PATH      holds instead: a policy.json that reads the version's own columns, or the folder of a
                   portfolio, whose policy.sql is read too
--policy-at TIME   which moment's policy holds; each decision's own moment otherwise
--since, --until   decisions made from, and before; all otherwise. TIME is a date or RFC 3339
--limit N          at most so many, drawn from the whole span, always the same (default 100000)
--json             prints what was found as JSON

Environment: GOOGLE_CLOUD_PROJECT, MODELS_BUCKET, BIGQUERY_LOCATION, SQL_DIRECTORY, as the functions.
Who runs it may read decisions unmasked, and the bucket of models.
Ends with 0; with 1 where a decision differs for its own version, or could not be made again; with 2
where nothing could be replayed.`;

const time = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true })],
  'is no date or RFC 3339 time',
);
const optionsSchema = z.object({
  portfolio: z.string('is needed'),
  version: versionId.optional(),
  policy: z.string().optional(),
  'policy-at': time.transform((text) => new Date(text)).optional(),
  since: time.default('2000-01-01').transform((text) => new Date(text)),
  until: time.default('2100-01-01').transform((text) => new Date(text)),
  limit: z.coerce.number().int().min(1).default(100_000),
  json: z.boolean().default(false),
});

type Options = z.infer<typeof optionsSchema>;

/** Whole thousands are told while it runs. */
const TOLD = 1000;

async function main(): Promise<void> {
  const { values, positionals } = readCommandLine(process.argv.slice(2), {
    portfolio: { type: 'string' },
    version: { type: 'string' },
    policy: { type: 'string' },
    'policy-at': { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is no option.`);
  const { help: _, ...given } = values;
  const parsed = optionsSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `--${String(path[0])} ${message}`,
    );
    throw new UsageError(faults.join('\n'));
  }
  process.exitCode = await run(parsed.data);
}

/** @returns the exit code */
async function run(options: Options): Promise<number> {
  const config = readConfig(process.env, { ...COMMON, ...WAREHOUSE, ...MODELS });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const objects = createObjects(new Storage({ projectId }).bucket(config.MODELS_BUCKET));
  const portfolio = await findPortfolio(config.SQL_DIRECTORY, options.portfolio);
  const deciders = createDeciders({
    open: (version) => openBundle(objects, portfolio.id, version),
    portfolio,
    policyAt: options['policy-at'],
    log: createLog((line) => process.stderr.write(line)),
  });
  const sql = await sqlFiles(config.SQL_DIRECTORY)('replay/recorded.sql');
  const rows = told(decisions(new BigQuery({ projectId }), config.BIGQUERY_LOCATION, sql, options));
  try {
    const other = await otherOf(options);
    if (other.version !== undefined) await deciders.of(other.version, other.policy);
    return other.version === undefined && !other.policy && !options['policy-at']
      ? await replaySame(rows, deciders, deploymentsOf(objects, portfolio.id), options)
      : await replayOther(rows, deciders, other, options);
  } finally {
    await deciders.close();
  }
}

async function replaySame(
  rows: Rows,
  deciders: Deciders,
  deploymentAt: DeploymentAt,
  options: Options,
): Promise<number> {
  const tally = createSameTally();
  for await (const row of rows) addAgain(tally, await decideAgain(row, deciders, deploymentAt));
  refuseNone(tally.decisions, options);
  print(options, tally, describeSame(tally));
  return tally.different.count + tally.failed.count > 0 ? 1 : 0;
}

async function replayOther(
  rows: Rows,
  deciders: Deciders,
  other: Other,
  options: Options,
): Promise<number> {
  const tally = createSwapTally();
  for await (const row of rows) addMoved(tally, await decideOtherwise(row, deciders, other));
  refuseNone(tally.decisions, options);
  print(options, tally, describeSwaps(tally));
  return tally.failed.count > 0 ? 1 : 0;
}

/** To have replayed nothing proves nothing. */
function refuseNone(decisions: number, { portfolio, since, until }: Options): void {
  if (decisions > 0) return;
  throw new Error(
    `There is no decision of ${portfolio} from ${since.toISOString()} to ${until.toISOString()}.`,
  );
}

function print({ json }: Options, tally: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(tally, null, 1) : text}\n`);
}

/** Says on standard error how far it is. */
async function* told(rows: Rows): Rows {
  let count = 0;
  for await (const row of rows) {
    yield row;
    if (++count % TOLD === 0) process.stderr.write(`${count} decisions\n`);
  }
}

async function otherOf({ version, policy }: Options): Promise<Other> {
  return { version, policy: policy === undefined ? undefined : await policyOf(policy) };
}

try {
  await main();
} catch (error) {
  fail(error, USAGE, 2);
}
