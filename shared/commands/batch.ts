/** `npm run batch`: a person's file of applications, scored; and what becomes of runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelBatch, resumeBatch, statusOf } from '../batch/operations.ts';
import { readPlan } from '../batch/plan.ts';
import type { PlanningParts } from '../batch/planning.ts';
import { BATCHES, COMMON, ConfigError, MODELS, readConfig, SHARDS, WAREHOUSE } from '../config.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { findPortfolio } from '../portfolio/portfolio.ts';
import { type Asked, parseArguments } from './batch/arguments.ts';
import { scoreFile } from './batch/score.ts';
import { misunderstood, type Outcome, UsageError } from './command_line.ts';
import { table } from './table.ts';

const USAGE = `usage: npm run batch -- FILE.csv   --portfolio ID [--model VERSION] [--explain] [--out FILE]
       npm run batch -- status RUN --portfolio ID
       npm run batch -- cancel RUN --portfolio ID
       npm run batch -- resume RUN --portfolio ID

FILE.csv   applications, a row each, under the names of the contract's fields; an empty cell is no value
--model    the version that scores; the champion otherwise
--explain  gives the principal reasons of every decline and review
--out      where the results go; FILE.scores.csv otherwise: the file with probability of default,
           outcome, reasons and, where a row could not be scored, the problem
--by NAME  who cancels or resumes; who is logged in otherwise

Reads GOOGLE_CLOUD_PROJECT, MODELS_BUCKET, BATCH_BUCKET, BATCH_TOPIC, BIGQUERY_LOCATION and SQL_DIRECTORY.
Ends with 0 when every row is scored, 1 when not or refused, 2 when not understood.`;

export interface BatchCommandTools {
  readonly environment: NodeJS.ProcessEnv;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly progress: (text: string) => void;
}

/** Never throws what a person can mend: that is said, and the code tells. */
export async function runBatch(
  given: readonly string[],
  tools: BatchCommandTools,
): Promise<Outcome> {
  try {
    const asked = parseArguments(given, tools.environment.USER);
    if (!asked) return { text: USAGE, code: 0 };
    return await act(asked, tools);
  } catch (error) {
    if (error instanceof UsageError) return misunderstood(error, USAGE);
    if (error instanceof ConfigError) return { text: error.message, code: 2 };
    if (error instanceof AppError) return { text: toldOf(error), code: 1 };
    throw error;
  }
}

const toldOf = ({ message, faults }: AppError): string =>
  [message, ...faults.map(({ pointer, problem }) => `${pointer.slice(1)}: ${problem}`)].join('\n');

async function act(asked: Asked, tools: BatchCommandTools): Promise<Outcome> {
  const config = readConfig(tools.environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...MODELS,
    ...BATCHES,
    ...SHARDS,
  });
  // The clients take a moment to load, and help needs none of them.
  const { planningTools } = await import('../batch/planning_tools.ts');
  const log = createLog(() => {});
  const parts = planningTools(config, { command: 'batch' }, tools.sleep)(asked.portfolio, log);
  if (asked.action !== 'score') return operate(asked, parts, tools);
  const { text, whole } = await scoreFile(
    {
      ...tools,
      parts,
      bucket: config.BATCH_BUCKET,
      portfolio: await findPortfolio(config.SQL_DIRECTORY, asked.portfolio),
    },
    asked,
  );
  return { text, code: whole ? 0 : 1 };
}

type Operation = Exclude<Asked, { action: 'score' }>;

async function operate(
  { action, portfolio, run, by }: Operation,
  parts: PlanningParts,
  { now }: BatchCommandTools,
): Promise<Outcome> {
  const plan = await readPlan(parts.batches, portfolio, run);
  if (action === 'cancel') await cancelBatch(parts.batches, plan, by, now());
  if (action === 'resume') await resumeBatch(parts, plan, by, now());
  const { faults, ...status } = await statusOf(parts.batches, plan);
  const lines = Object.entries(status).map(([name, value]) => [name, String(value)]);
  const told = faults.map(({ shard, attempt, at, error }) => [
    `shard ${shard}`,
    `${error} (attempt ${attempt ?? '?'}, ${at})`,
  ]);
  return { text: table([...lines, ...told]), code: 0 };
}

if (import.meta.main) {
  const { text, code } = await runBatch(process.argv.slice(2), {
    environment: process.env,
    now: () => new Date(),
    sleep,
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  (code === 2 ? process.stderr : process.stdout).write(`${text}\n`);
  // Clients keep connections open.
  process.exit(code);
}
