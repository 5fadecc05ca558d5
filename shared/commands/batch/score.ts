/** A person's file from beginning to end: checked, uploaded, planned, waited for, written down. */
import { readFile, writeFile } from 'node:fs/promises';
import { type BatchStatus, statusOf } from '../../batch/operations.ts';
import type { Plan } from '../../batch/plan.ts';
import { type PlanningParts, planBatch } from '../../batch/planning.ts';
import { batchRequestSchema } from '../../batch/request.ts';
import { sha256 } from '../../bundle/bundle.ts';
import { AppError, badRequest } from '../../errors.ts';
import type { Portfolio } from '../../portfolio/portfolio.ts';
import type { Asked } from './arguments.ts';
import { type ApplicationsFile, readApplications } from './file.ts';
import { readScores, resultsCsv } from './results.ts';

export interface ScoreTools {
  readonly parts: PlanningParts;
  /** Bucket of batches, which the file is uploaded to. */
  readonly bucket: string;
  readonly portfolio: Portfolio;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Told how far it is. */
  readonly progress: (text: string) => void;
}

type ScoreAsked = Extract<Asked, { action: 'score' }>;

/** Between two looks. */
const LOOK_EVERY_MS = 500;
/** Looks without any progress after which nobody seems to work. */
const PATIENCE = 1200;
/** As many rows with problems are named; the file of results has all. */
const NAMED = 20;

/** @returns what to say, and whether every row was scored */
export async function scoreFile(
  tools: ScoreTools,
  asked: ScoreAsked,
): Promise<{ text: string; whole: boolean }> {
  const { portfolio, parts } = tools;
  const file = await openFile(asked.file, portfolio);
  const problems = file.rows.flatMap((row) => row.problems);
  const fit = file.rows.length - file.rows.filter((row) => row.problems.length > 0).length;
  if (fit === 0) throw badRequest(`No row can be scored.\n${named(problems)}`);
  const plan = await planFile(tools, asked, file);
  tools.progress(`run ${plan.run_id}: ${fit} rows by ${plan.model.version}`);
  await waitFor(tools, plan);
  const scores = await readScores(parts.batches, plan);
  await writeFile(asked.out, resultsCsv(file, scores));
  const text = [
    `${scores.size} of ${file.rows.length} rows scored by ${plan.model.version}: ${asked.out}`,
    ...(problems.length > 0 ? [named(problems)] : []),
  ].join('\n');
  return { text, whole: problems.length === 0 && plan.refused === 0 };
}

async function openFile(path: string, portfolio: Portfolio): Promise<ApplicationsFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw badRequest(`${path} cannot be read: ${error.code ?? error.message}.`);
  });
  return readApplications(text, portfolio.application, portfolio.keys.application);
}

const named = (problems: readonly string[]): string =>
  [
    ...problems.slice(0, NAMED),
    ...(problems.length > NAMED ? [`and ${problems.length - NAMED} more`] : []),
  ].join('\n');

/** Uploads the rows that can be scored, and plans their run. */
async function planFile(tools: ScoreTools, asked: ScoreAsked, file: ApplicationsFile) {
  const { parts, bucket, portfolio, now } = tools;
  const lines = file.rows.flatMap(({ application }) =>
    application ? [JSON.stringify(application)] : [],
  );
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const object = `batch/${portfolio.id}/uploads/${sha256(bytes)}.ndjson`;
  await parts.batches.replace(object, bytes, 'application/x-ndjson');
  const request = batchRequestSchema.parse({
    portfolio: portfolio.id,
    source: { uri: `gs://${bucket}/${object}` },
    model: asked.model,
    explain: asked.explain,
  });
  const { plan } = await planBatch(parts, request, now());
  return plan;
}

/** @throws {AppError} where somebody cancels the run, or nobody works on it */
async function waitFor({ parts, sleep, progress }: ScoreTools, plan: Plan): Promise<void> {
  let before = '';
  for (let patience = PATIENCE; patience > 0; patience--) {
    const status = await statusOf(parts.batches, plan);
    if (status.state === 'done') return;
    if (status.state === 'cancelled') throw stopped(plan, 'was cancelled');
    const text = progressText(status);
    if (text !== before) {
      progress(text);
      before = text;
      patience = PATIENCE;
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw stopped(plan, 'makes no progress: does a worker run, and are there dead letters?');
}

const stopped = (plan: Plan, why: string): AppError =>
  new AppError(
    'batch_stopped',
    409,
    `The run ${plan.run_id} ${why} \`npm run batch -- status ${plan.run_id} --portfolio ${plan.portfolio}\``,
  );

const progressText = ({ rows_done, rows, shards_done, shards, faults }: BatchStatus): string =>
  [
    `${rows_done} of ${rows} rows, ${shards_done} of ${shards} shards`,
    ...faults.map(({ shard, attempt, error }) => `shard ${shard}, attempt ${attempt}: ${error}`),
  ].join('\n');
