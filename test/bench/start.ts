/**
 * How long a new instance takes from the start of its process to its first decision, which reads
 * the version that serves from Cloud Storage and has its event acknowledged by Pub/Sub. One core for
 * the process, the local cloud and whoever asks on the other.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { daysBefore } from '../start/days.ts';
import { freePort } from '../start/ports.ts';
import { provision } from '../start/provision.ts';
import {
  cloudRunEnvironment,
  functionEnvironment,
  PROJECT,
  startCloudProcess,
} from '../start/services.ts';
import { ingestDays, retrainOnce } from '../start/stages.ts';
import { requestsOf } from '../start/traffic.ts';
import { startWorldProcess } from '../start/world.ts';
import { deployScore } from './deployed.ts';
import { median } from './load.ts';

const PORTFOLIO = 'bnpl';
const DAYS = { days: 70, until: '2026-08-30' };
const HISTORY = { start: daysBefore(DAYS.until, DAYS.days), end: daysBefore(DAYS.until, 1) };
const ROUNDS = 9;
const CORE = '0';
const FRAMEWORK = 'node_modules/@google-cloud/functions-framework/build/src/main.js';

/** A function that is started again and again. */
interface Candidate {
  /** Where it runs, and there the launcher, with what runs it. */
  readonly folder: string;
  readonly launcher: readonly string[];
  readonly target: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Of one start, or medians of several. */
interface Start {
  /** Milliseconds from the start of the process to its first answer. */
  readonly ms: number;
  /** Milliseconds that it has had a processor until then, all its threads together. */
  readonly processorMs: number;
}

export interface StartFigures {
  readonly rounds: number;
  readonly hello: Start;
  readonly score: Start;
  readonly eager: Start;
}

export async function benchStart(): Promise<StartFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'flit-start-'));
  const cloud = await startCloudProcess();
  try {
    Object.assign(process.env, cloud.environment);
    const { environment, body } = await serveVersion(cloud);
    const candidates = {
      hello: await plain(folder, 'hello', { NODE_ENV: 'production' }),
      score: await deployed(folder, environment),
      eager: { ...(await plain(folder, 'eager', environment)), target: 'score' },
    };
    const starts = { hello: [] as Start[], score: [] as Start[], eager: [] as Start[] };
    // The first round brings the files into memory.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const name of ['hello', 'score', 'eager'] as const) {
        const start = await firstAnswer(candidates[name], body);
        if (round > 0) starts[name].push(start);
      }
    }
    const { hello, score, eager } = starts;
    return { rounds: ROUNDS, hello: middle(hello), score: middle(score), eager: middle(eager) };
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true });
  }
}

const middle = (starts: readonly Start[]): Start => ({
  ms: median(starts.map(({ ms }) => ms)),
  processorMs: median(starts.map(({ processorMs }) => processorMs)),
});

/** Trains and deploys. @returns the service's environment, and an application */
async function serveVersion(cloud: Awaited<ReturnType<typeof startCloudProcess>>) {
  const portfolio = await findPortfolio('sql', PORTFOLIO);
  const options = { ...DAYS, data: undefined, dailyVolume: 300, seed: 7, directory: '' };
  const { source, stop } = await startWorldProcess(options, portfolio);
  const environment = functionEnvironment(cloud, PORTFOLIO, source);
  await provision(PROJECT, portfolio);
  await ingestDays(environment.ingest, PORTFOLIO, HISTORY, () => {});
  await retrainOnce(environment.retrain, { portfolio: PORTFOLIO, ...DAYS }, () => {});
  const range = { start: '2026-08-30', end: '2026-08-31' };
  const [request] = await requestsOf(portfolio, source, range, 1);
  await stop();
  return { environment: environment.score, body: Buffer.from(JSON.stringify(request)) };
}

/** A bench's function as JavaScript, its packages as npm installs them. */
async function plain(
  folder: string,
  name: string,
  environment: Candidate['environment'],
): Promise<Candidate> {
  const own = join(folder, name);
  await build({
    entryPoints: [`test/bench/${name}.ts`],
    outfile: join(own, 'index.js'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'error',
  });
  await writeFile(join(own, 'package.json'), '{"type":"module","main":"index.js"}');
  await cp('sql', join(own, 'sql'), { recursive: true });
  await symlink(resolve('node_modules'), join(own, 'node_modules'));
  return { folder: own, launcher: [process.execPath, FRAMEWORK], target: name, environment };
}

/** `score` as it is deployed. */
async function deployed(folder: string, environment: Candidate['environment']): Promise<Candidate> {
  return {
    folder: await deployScore(folder),
    launcher: ['node_modules/.bin/functions-framework'],
    target: 'score',
    environment,
  };
}

async function firstAnswer(
  { folder, launcher, target, environment }: Candidate,
  body: Buffer<ArrayBuffer>,
): Promise<Start> {
  const port = await freePort(undefined);
  const args = ['-c', CORE, ...launcher, '--source=.'];
  const begun = performance.now();
  const child = spawn('taskset', [...args, `--target=${target}`, `--port=${port}`], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...cloudRunEnvironment(target),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(child, 'close');
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  let answer: string | undefined;
  let start: Start;
  try {
    const url = `http://127.0.0.1:${port}/v1/${PORTFOLIO}/decisions`;
    while (answer === undefined) {
      if (child.exitCode !== null) throw new Error(`${target} ended before it served.`);
      answer = await asked(url, body);
    }
    start = { ms: performance.now() - begun, processorMs: await processorMs(child.pid!) };
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
  if (target !== 'hello') refuseLess(target, answer, said);
  return start;
}

/** A start counts if a model decided and the event is with Pub/Sub. */
function refuseLess(target: string, answer: string, said: string): void {
  if (JSON.parse(answer).arm !== 'champion' || said.includes('CRITICAL')) {
    throw new Error(`${target} did not decide by a model, or did not publish: ${answer}\n${said}`);
  }
}

/** What the threads of a process have run, in milliseconds: the first figure of each in schedstat. */
async function processorMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const figures = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')),
  );
  return figures.reduce((sum, figure) => sum + Number(figure.split(' ')[0]) / 1e6, 0);
}

/** An answer's text; undefined, after a millisecond, while nobody listens. */
async function asked(url: string, body: Buffer<ArrayBuffer>): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  try {
    const response = await fetch(url, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(text, { cause: response.status });
    return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await new Promise((resume) => setTimeout(resume, 1));
    return undefined;
  }
}

export function describeStart({ rounds, hello, score, eager }: StartFigures): string {
  const line = (who: string, { ms, processorMs }: Start) =>
    `  ${who.padEnd(42)} ${ms.toFixed(0).padStart(5)} ms ${processorMs.toFixed(0).padStart(5)} ms`;
  const ratios = (of: keyof Start) =>
    `${(score[of] / hello[of]).toFixed(2)} of the hello, ${(eager[of] / score[of]).toFixed(1)} times as fast as the other`;
  return [
    `Cold start on one core, from spawn to first answer, and processor time in it, medians of ${rounds}`,
    line('bare functions-framework hello', hello),
    line('score, as it is deployed: first decision', score),
    line('score, unbundled, every client loaded', eager),
    `  by the clock ${ratios('ms')}`,
    `  by the processor ${ratios('processorMs')}`,
  ].join('\n');
}
