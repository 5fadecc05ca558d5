/**
 * What a retraining of 1.9 million applications takes: the local Google Cloud and the function on two
 * cores and 8 GB, beside a tenth of the applications, so that what grows faster than they do shows.
 *
 * `node test/bench/retrain.ts 500` is the tenth alone: checkouts of an average day, a retraining each.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { findPortfolio, type Portfolio } from '../../shared/portfolio/portfolio.ts';
import { type Child, stopChildren } from '../start/child.ts';
import { daysBefore } from '../start/days.ts';
import { provision, RESOURCES } from '../start/provision.ts';
import {
  functionEnvironment,
  type LocalCloud,
  PROJECT,
  startCloudProcess,
  startFunction,
} from '../start/services.ts';
import { askToRetrain, ingestDays, type Retrained } from '../start/stages.ts';
import { startWorldProcess } from '../start/world.ts';
import { type Machine, makeMachine, type Peaks, watchMemory } from './machine.ts';

const PORTFOLIO = 'bnpl';
const UNTIL = '2026-08-30';
const LIMITS = { cores: [0, 1], bytes: 8 * 2 ** 30 };
/** Checkouts of an average day, such that a year's are 1.9 million. */
const VOLUME = 5000;
/** That the larger retraining has so many times the applications of the smaller one. */
const TIMES = 10;

export interface RetrainFigures {
  readonly applications: number;
  readonly outcomes: number;
  readonly ingestSeconds: number;
  readonly seconds: number;
  readonly isLimited: boolean;
  /** The local cloud, the function. */
  readonly peaks: Peaks;
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
  readonly summary: Retrained;
}

/** @param volumes checkouts of an average day, a retraining each, the larger ones last */
export async function benchRetrain(
  volumes: readonly number[] = [VOLUME / TIMES, VOLUME],
): Promise<RetrainFigures[]> {
  const figures: RetrainFigures[] = [];
  for (const volume of volumes) figures.push(await benchVolume(volume));
  return figures;
}

async function benchVolume(volume: number): Promise<RetrainFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-retrain-'));
  const machine = makeMachine('flit-bench-retrain', LIMITS);
  const children: Child[] = [];
  try {
    const cloud = await machine.start(() => startCloudProcess(directory));
    children.push(cloud);
    Object.assign(process.env, cloud.environment);
    return await measure(await findPortfolio('sql', PORTFOLIO), volume, cloud, machine);
  } finally {
    for (const child of children) await child.stop();
    machine.remove();
    await rm(directory, { recursive: true });
  }
}

async function measure(
  portfolio: Portfolio,
  volume: number,
  cloud: LocalCloud,
  machine: Machine,
): Promise<RetrainFigures> {
  await provision(PROJECT, portfolio);
  // As many days as the training looks back on, and as many more until the youngest labels are known.
  const days = portfolio.training_window_days + portfolio.label.matures_after_days;
  const options = { days, until: UNTIL, data: undefined, dailyVolume: volume, seed: 7 };
  const world = await startWorldProcess({ ...options, directory: '' }, portfolio);
  const environment = functionEnvironment(cloud, PORTFOLIO, world.source);
  const began = performance.now();
  const { applications, outcomes } = await ingestDays(
    environment.ingest,
    PORTFOLIO,
    { start: daysBefore(UNTIL, days), end: daysBefore(UNTIL, 1) },
    () => {},
  );
  const ingested = performance.now();
  await world.stop();
  const retrain = await machine.start(() => startFunction('retrain', environment.retrain, {}));
  try {
    const start = performance.now();
    const { result, peaks } = await watchMemory([cloud.pid, retrain.pid], () =>
      askToRetrain(retrain.url, { portfolio: PORTFOLIO, until: UNTIL }),
    );
    return {
      applications: applications.accepted,
      outcomes: outcomes.accepted,
      ingestSeconds: (ingested - began) / 1000,
      seconds: (performance.now() - start) / 1000,
      isLimited: machine.isLimited,
      peaks,
      steps: await stepsOf(),
      summary: result,
    };
  } finally {
    await retrain.stop();
  }
}

/** Seconds of each step of the run, as its records have it. */
async function stepsOf(): Promise<RetrainFigures['steps']> {
  const bucket = new Storage({ projectId: PROJECT }).bucket(RESOURCES.modelsBucket);
  const [files] = await bucket.getFiles({ prefix: `models/${PORTFOLIO}/runs/` });
  const records = files.filter(({ name }) => /\/\d\d-\w+\.json$/.test(name));
  return Promise.all(
    records.map(async (file) => {
      const [bytes] = await file.download();
      const { step, started_at, ended_at } = JSON.parse(bytes.toString());
      return { step, seconds: (Date.parse(ended_at) - Date.parse(started_at)) / 1000 };
    }),
  );
}

const count = (number: number): string => Math.round(number).toLocaleString('en');
const mib = (bytes: number): string => `${count(bytes / 2 ** 20)} MiB`;

export function describeRetrain(all: readonly RetrainFigures[]): string {
  const [first, last] = [all[0]!, all.at(-1)!];
  const rowsOf = ({ summary }: RetrainFigures) =>
    Object.values(summary.rows).reduce((sum, rows) => sum + rows, 0);
  const times = (figure: (one: RetrainFigures) => number) =>
    (figure(last) / figure(first)).toFixed(1);
  const ratio = `${times(({ seconds }) => seconds)}x the time for ${times(rowsOf)}x the applications`;
  return [
    `Retraining of ${PORTFOLIO}: the local cloud and the function on ${LIMITS.cores.length} cores and ${mib(LIMITS.bytes)}, one run each`,
    ...all.flatMap((one) => linesOf(one, rowsOf(one))),
    ...(all.length > 1 ? [`  ${ratio}`] : []),
  ].join('\n');
}

function linesOf(figures: RetrainFigures, rows: number): string[] {
  const { applications, outcomes, ingestSeconds, seconds, peaks, steps, summary } = figures;
  const [cloud, retrain] = peaks.each;
  const limited = figures.isLimited ? 'limited' : 'measured every 0.1 s, not limited';
  return [
    `  ${count(rows)} labelled of ${count(applications)} applications with ${count(outcomes)} outcomes, ingested in ${ingestSeconds.toFixed(0)} s`,
    `    ${(seconds / 60).toFixed(1)} minutes (${seconds.toFixed(1)} s) to ${summary.version}, ${summary.promotion}: AUC ${summary.metrics.auc.toFixed(4)} on ${count(summary.metrics.rows)}`,
    `    memory at most: the cloud ${mib(cloud!)}, the function ${mib(retrain!)}, together ${mib(peaks.together)} (${limited})`,
    `    ${steps.map(({ step, seconds }) => `${step} ${seconds.toFixed(1)} s`).join(', ')}`,
  ];
}

if (import.meta.main) {
  const volumes = process.argv.slice(2).map(Number);
  try {
    console.log(describeRetrain(await benchRetrain(volumes.length > 0 ? volumes : undefined)));
  } finally {
    await stopChildren();
  }
}
