/** The decision service beside FastAPI, pydantic and XGBoost, on the same bodies and the same core. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { type Child, startChild } from '../start/child.ts';
import { freePort } from '../start/ports.ts';
import { PROJECT } from '../start/services.ts';
import { openConnection, postOf } from './connection.ts';
import { SERVER_CORE, usedMicroseconds } from './cores.ts';
import { measureLoad, median } from './load.ts';
import type { Serving } from './serving.ts';

const PYTHON = '/usr/bin/python3';
/** As many as Terraform lets into an instance. */
const CONCURRENCY = 40;
const REQUESTS = 6000;
const LIST = 100;
const ROUNDS = 7;
/** Of the probabilities that both say of an application. */
const TOLERANCE = 1e-5;
/** Decisions that are compared, and how many of them may differ: where a probability lies on a cut-off. */
const COMPARED = 1000;
const MOST_DIFFERENT = 2;

interface Figures {
  readonly perSecond: number;
  /** Microseconds of processor time. */
  readonly cpu: number;
}

export interface RivalComparison {
  /** By what is asked for: ours and the rival's, a decision or an application of a list. */
  readonly paths: ReadonlyMap<string, { readonly ours: Figures; readonly rival: Figures }>;
}

/** Undefined where Python has not what it needs (Debian: python3-fastapi, uvicorn, python3-xgboost, python3-grpcio). */
export async function benchRival(serving: Serving): Promise<RivalComparison | undefined> {
  const needs = 'import fastapi, uvicorn, uvloop, httptools, xgboost, numpy, grpc';
  if (spawnSync(PYTHON, ['-c', needs]).status !== 0) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'rival-'));
  const { child, url } = await startRival(serving, folder);
  try {
    await requireSame(serving, url);
    const paths = new Map<string, { ours: Figures; rival: Figures }>();
    for (const load of loadsOf(serving)) {
      paths.set(load.what, await compare(serving, { child, url }, load));
    }
    return { paths };
  } finally {
    await child.stop();
    await rm(folder, { recursive: true });
  }
}

async function startRival({ manifest, exported }: Serving, folder: string) {
  const model = join(folder, 'model.bst');
  await writeFile(model, exported);
  // Of its own: that of our decisions takes events of their schema alone.
  const [topic] = await new PubSub({ projectId: PROJECT }).createTopic('rival-decisions');
  const settings = join(folder, 'settings.json');
  const { versions } = manifest.policy;
  await writeFile(
    settings,
    JSON.stringify({
      model,
      contract: manifest.contract,
      inputs: manifest.inputs.map(({ name }) => name),
      default_class: manifest.model.class_names.indexOf('1'),
      calibration: manifest.calibration,
      policy: versions.at(-1),
      reasons: manifest.reasons.reasons,
      topic: topic.name,
    }),
  );
  const port = await freePort();
  const child = await startChild({
    name: 'the rival',
    command: 'taskset',
    args: [
      ...[
        '-c',
        String(SERVER_CORE),
        PYTHON,
        '-m',
        'uvicorn',
        'rival:app',
        '--app-dir',
        'test/bench',
      ],
      ...['--port', String(port), '--loop', 'uvloop', '--http', 'httptools'],
      ...['--no-access-log', '--log-level', 'warning'],
    ],
    environment: { ...process.env, RIVAL: settings, PYTHONDONTWRITEBYTECODE: '1' },
    ready: { port },
  });
  return { child, url: `http://127.0.0.1:${port}` };
}

/** Both must say the same, or they would not be compared. */
async function requireSame({ url, bodies }: Serving, rival: string): Promise<void> {
  const list = listOf(bodies.slice(0, LIST));
  const scores = (to: string) => askAll(to, [list]).then(([answer]) => answer.scores as Score[]);
  const [ours, theirs] = await Promise.all([scores(url('scores')), scores(`${rival}/scores`)]);
  const most = Math.max(
    ...ours.map(({ probability_of_default: pd }, i) =>
      Math.abs(pd - theirs[i]!.probability_of_default),
    ),
  );
  if (!(most < TOLERANCE)) throw new Error(`The rival says something else: ${most} away.`);
  const some = bodies.slice(0, COMPARED);
  const decided = (await askAll(url('decisions'), some)).map(({ outcome, counter_offer }) =>
    saidOf(
      outcome,
      counter_offer?.terms.map(({ field, offered }: Term) => [field, offered]),
    ),
  );
  const recorded = (await askAll(`${rival}/recorded`, some)).map(({ outcome, counter_offer }) =>
    saidOf(outcome, counter_offer && Object.entries(counter_offer)),
  );
  const different = decided.filter((said, i) => said !== recorded[i]);
  if (different.length > MOST_DIFFERENT) {
    const at = decided.findIndex((said, i) => said !== recorded[i]);
    throw new Error(
      `Of ${COMPARED} decisions the rival makes ${different.length} otherwise, ${recorded[at]} for ${decided[at]}.`,
    );
  }
}

interface Score {
  readonly probability_of_default: number;
}
interface Term {
  readonly field: string;
  readonly offered: number;
}

/** An outcome, and the terms of an offer that a customer chooses by; what follows from them is left out. */
function saidOf(outcome: string, terms: readonly (readonly [string, number])[] = []): string {
  const chosen = new Map(terms);
  return JSON.stringify([outcome, chosen.get('amount'), chosen.get('installment_count')]);
}

async function askAll(url: string, bodies: readonly Buffer[]) {
  const connection = await openConnection(url);
  const answers = [];
  for (const body of bodies) answers.push(JSON.parse(await connection.send(postOf(url, body))));
  connection.close();
  return answers;
}

const listOf = (some: readonly Buffer[]): Buffer =>
  Buffer.from(`{"applications":[${some.join()}]}`);

function loadsOf({ bodies }: Serving) {
  const lists: Buffer[] = [];
  for (let i = 0; i + LIST <= bodies.length; i += LIST) {
    lists.push(listOf(bodies.slice(i, i + LIST)));
  }
  const some = bodies.slice(0, REQUESTS);
  const decisions = { path: 'decisions', each: 1, bodies: some };
  const scores = { path: 'scores', theirs: 'scores' };
  return [
    { what: 'decisions, acknowledged by Pub/Sub', theirs: 'recorded', ...decisions },
    { what: 'decisions, which FastAPI records nowhere', theirs: 'decisions', ...decisions },
    { what: 'scores of one', ...scores, each: 1, bodies: some.map((body) => listOf([body])) },
    { what: `scores of ${LIST}, rows`, ...scores, each: LIST, bodies: lists.slice(0, 30) },
  ];
}

/** In turn; the first round warms up. */
async function compare(
  { score, url }: Serving,
  rival: { readonly child: Child; readonly url: string },
  { path, theirs, bodies, each }: ReturnType<typeof loadsOf>[number],
) {
  const sides = {
    ours: { pid: score.pid, url: url(path), rounds: [] as Figures[] },
    rival: { pid: rival.child.pid, url: `${rival.url}/${theirs}`, rounds: [] as Figures[] },
  };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of Object.values(sides)) {
      const requests = bodies.map((body) => postOf(side.url, body));
      const before = usedMicroseconds(side.pid);
      const { requestsPerSecond } = await measureLoad(side.url, requests, CONCURRENCY);
      const cpu = (usedMicroseconds(side.pid) - before) / (requests.length * each);
      if (round > 0) side.rounds.push({ perSecond: requestsPerSecond * each, cpu });
    }
  }
  return { ours: medianOf(sides.ours.rounds), rival: medianOf(sides.rival.rounds) };
}

const medianOf = (rounds: readonly Figures[]): Figures => ({
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  cpu: median(rounds.map(({ cpu }) => cpu)),
});

export function describeRival(comparison: RivalComparison | undefined): string {
  if (!comparison) {
    return 'FastAPI and XGBoost: skipped, for python3-fastapi, uvicorn, python3-xgboost or python3-grpcio is not installed';
  }
  const figures = ({ perSecond, cpu }: Figures) =>
    `${perSecond.toFixed(0)}/s, ${cpu.toFixed(0)} µs of processor time`;
  return [
    `Beside FastAPI and XGBoost on the same bodies and core, ${CONCURRENCY} at a time, median of ${ROUNDS} rounds`,
    ...[...comparison.paths].flatMap(([what, { ours, rival }]) => [
      ` ${what}`,
      `  ours    ${figures(ours)}`,
      `  FastAPI ${figures(rival)}`,
      `  ${(ours.perSecond / rival.perSecond).toFixed(1)} times as many; ${(rival.cpu / ours.cpu).toFixed(1)} by processor time`,
    ]),
  ].join('\n');
}
