/** The decision service as the benches measure it: a trained model, one core, a local cloud on the other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { readBundle } from '../../shared/bundle/bundle.ts';
import type { Manifest } from '../../shared/bundle/manifest.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../shared/registry/deployment.ts';
import type { Child } from '../start/child.ts';
import { daysBefore } from '../start/days.ts';
import { provision, RESOURCES } from '../start/provision.ts';
import {
  type FunctionProcess,
  functionEnvironment,
  PROJECT,
  startCloudProcess,
  startFunction,
} from '../start/services.ts';
import { ingestDays, retrainOnce } from '../start/stages.ts';
import { requestsOf } from '../start/traffic.ts';
import { startWorldProcess } from '../start/world.ts';
import { openConnection, postOf } from './connection.ts';
import { pin, SENDER_CORE, SERVER_CORE } from './cores.ts';
import { deployScore } from './deployed.ts';
import { measureLoad } from './load.ts';

const PORTFOLIO = 'bnpl';
const DAYS = { days: 70, until: '2026-08-30' };
const HISTORY = { start: daysBefore(DAYS.until, DAYS.days), end: daysBefore(DAYS.until, 1) };
const TRAFFIC = { start: '2026-08-30', end: '2026-10-15' };
const REQUESTS = 10_000;
/**
 * Its pauses would be the service's, which waits for its word: Google's Pub/Sub has none of them. It
 * has room for what a bench leaves behind, so that nothing is collected but what is young.
 */
const CLOUD_OPTIONS = [
  '--max-semi-space-size=16',
  '--initial-old-space-size=2000',
  '--external-memory-accounted-in-global-limit',
  '--no-memory-reducer',
  '--v8-pool-size=0',
];

export interface Serving {
  readonly score: FunctionProcess;
  /** Of the service's paths for the portfolio: decisions, scores. */
  readonly url: (path: string) => string;
  /** Distinct applications, as JSON. */
  readonly bodies: readonly Buffer[];
  /** Of these, the ones that are approved. */
  readonly approved: readonly Buffer[];
  /** What serves, and the model as BigQuery ML exported it. */
  readonly manifest: Manifest;
  readonly exported: Uint8Array;
  readonly stop: () => Promise<void>;
}

export async function startServing(): Promise<Serving> {
  const children: Child[] = [];
  const keep = <C extends Child>(child: C): C => {
    children.push(child);
    return child;
  };
  const cleanUps: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await child.stop();
    for (const cleanUp of cleanUps) await cleanUp();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'flit-serving-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const cloud = keep(await startCloudProcess(undefined, { nodeOptions: CLOUD_OPTIONS }));
    Object.assign(process.env, cloud.environment);
    const portfolio = await findPortfolio('sql', PORTFOLIO);
    const options = { ...DAYS, data: undefined, dailyVolume: 300, seed: 7, directory: '' };
    const world = await startWorldProcess(options, portfolio);
    const environment = functionEnvironment(cloud, PORTFOLIO, world.source);
    await provision(PROJECT, portfolio);
    // The service waits for Pub/Sub's word; what Pub/Sub does then is not its affair.
    await new PubSub({ projectId: PROJECT }).subscription('decisions-to-bigquery').delete();
    await ingestDays(environment.ingest, PORTFOLIO, HISTORY, () => {});
    await retrainOnce(environment.retrain, { portfolio: PORTFOLIO, ...DAYS }, () => {});
    const requests = await requestsOf(portfolio, world.source, TRAFFIC, REQUESTS);
    await world.stop();
    pin(cloud.pid, SENDER_CORE);
    pin(process.pid, SENDER_CORE);
    const built = await deployScore(folder);
    const score = keep(
      await startFunction('score', environment.score, { core: SERVER_CORE, built }),
    );
    const url = (path: string) => `${score.url}/v1/${PORTFOLIO}/${path}`;
    const bodies = requests.map((request) => Buffer.from(JSON.stringify(request)));
    const posts = bodies.map((body) => postOf(url('decisions'), body));
    // Warm, and with the tables of explanations, as an instance is that has served for a while.
    await measureLoad(url('decisions'), posts, 8);
    const approved = await approvedOf(url('decisions'), bodies);
    return { score, url, bodies, approved, ...(await served()), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function approvedOf(url: string, bodies: readonly Buffer[]): Promise<Buffer[]> {
  const connection = await openConnection(url);
  const approved: Buffer[] = [];
  for (const body of bodies) {
    const { outcome } = JSON.parse(await connection.send(postOf(url, body)));
    if (outcome === 'approve') approved.push(body);
  }
  connection.close();
  return approved;
}

async function served(): Promise<Pick<Serving, 'manifest' | 'exported'>> {
  const objects = createObjects(new Storage({ projectId: PROJECT }).bucket(RESOURCES.modelsBucket));
  const stored = await readDeployment(objects, PORTFOLIO);
  const { manifest } = await readBundle(objects, PORTFOLIO, stored!.deployment.champion!);
  const name = `models/${PORTFOLIO}/${manifest.version}/export/model.bst`;
  const { bytes: exported } = (await objects.read(name))!;
  return { manifest, exported };
}
