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
/** Of what both say of an application. */
const TOLERANCE = 1e-5;

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
      cut_offs: versions.at(-1)!.cut_offs.at(-1),
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
  const answers: { probability_of_default: number }[][] = [];
  for (const to of [url('scores'), `${rival}/scores`]) {
    const connection = await openConnection(to);
    answers.push(JSON.parse(await connection.send(postOf(to, list))).scores);
    connection.close();
  }
  const [ours, theirs] = answers as [(typeof answers)[0], (typeof answers)[0]];
  const off = ours.map(({ probability_of_default: pd }, i) =>
    Math.abs(pd - theirs[i]!.probability_of_default),
  );
  const most = Math.max(...off);
  if (!(most < TOLERANCE)) throw new Error(`The rival says something else: ${most} away.`);
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
