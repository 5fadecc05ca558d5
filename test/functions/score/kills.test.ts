/**
 * Pub/Sub, Cloud Storage and the function, each a process of its own, are killed at random under
 * load. What was answered is on record: published, or in the function's log and put back from there.
 *
 * The two halves of the local cloud keep what they have acknowledged in a folder, as the real ones do.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { type Bucket, Storage } from '@google-cloud/storage';
import { createObjects } from '../../../shared/google/objects.ts';
import { findPortfolio } from '../../../shared/portfolio/portfolio.ts';
import type { LogEntry } from '../../start/log_line.ts';
import { freePort } from '../../start/ports.ts';
import { provision, RESOURCES } from '../../start/provision.ts';
import {
  type FunctionProcess,
  functionEnvironment,
  type LocalCloud,
  PROJECT,
  startCloudProcess,
  startFunction,
} from '../../start/services.ts';
import { changeEnvironment, writeSql } from '../support/lender.ts';
import { LOANS } from '../support/loans.ts';
import { type Perishable, perishable } from '../support/perishable.ts';
import { loanRows, mulberry32, requestOf } from '../support/rows.ts';
import { eventually } from '../support/score.ts';
import { post } from '../support/serve.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const SEED = 20260612;
const KILLS_OF_EACH = 3;
/** Answers from one kill to the next. */
const LEAST_BETWEEN = 20;
const CALLERS = 6;
/** Longer than everything that a decision may wait for. */
const CALLER_PATIENCE_MS = 9000;
/** Longer than Pub/Sub waits before it brings the warehouse again what could not be written. */
const DELIVERY_PATIENCE_MS = 30_000;
const REQUESTS = loanRows(40, 3).applications.map(requestOf);

interface Decision {
  readonly decision_id: string;
  readonly outcome: string;
  readonly probability_of_default: number | null;
}

/** What callers were told, in the course of it all. */
interface Told {
  readonly answers: Decision[];
  /** By key: every answer that was given under it. */
  readonly keyed: Map<string, Decision[]>;
  /** Statuses, and broken connections, in place of an answer. */
  readonly failures: Map<string, number>;
}

describe('what was answered while everything was killed at random', function () {
  this.timeout(180_000);
  const undo: (() => Promise<unknown> | undefined)[] = [];
  const log: LogEntry[] = [];
  const told: Told = { answers: [], keyed: new Map(), failures: new Map() };
  let directory: string;
  let messaging: Perishable<LocalCloud>;
  let storage: Perishable<LocalCloud>;
  let service: Perishable<FunctionProcess>;
  let decisions: Bucket;
  let environment: Record<string, string>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kills-'));
    undo.push(() => rm(directory, { recursive: true, force: true }));
    await startCloud();
    await startService();
    await loadAndKill();
    await service.current.stop();
  });
  after(async () => {
    while (undo.length > 0) await undo.pop()!();
  });

  async function startCloud(): Promise<void> {
    // Below the ports that the system gives away: nobody takes one while its owner is dead.
    const port = (i: number) => freePort(15_000 + (process.pid % 4000) * 4 + i);
    const ports = { rest: await port(0), pubsub: await port(1) };
    messaging = await perishable(() => startCloudProcess(join(directory, 'messaging'), ports));
    undo.push(() => messaging.current.stop());
    const rest = await port(2);
    storage = await perishable(() => startCloudProcess(join(directory, 'storage'), { rest }));
    undo.push(() => storage.current.stop());
    const { PUBSUB_EMULATOR_HOST, BIGQUERY_EMULATOR_HOST } = messaging.current.environment;
    environment = {
      ...storage.current.environment,
      PUBSUB_EMULATOR_HOST: PUBSUB_EMULATOR_HOST!,
      BIGQUERY_EMULATOR_HOST: BIGQUERY_EMULATOR_HOST!,
    };
    undo.push(changeEnvironment(environment));
  }

  async function startService(): Promise<void> {
    await writeSql(directory, LOANS);
    const portfolio = await findPortfolio(directory, 'loans');
    await provision(PROJECT, portfolio);
    const client = new Storage({ projectId: PROJECT });
    decisions = client.bucket(RESOURCES.decisionsBucket);
    const objects = createObjects(client.bucket(RESOURCES.modelsBucket));
    const champion = await storeVersion(objects, portfolio, 'v20260601_000000');
    await deploy(objects, 'loans', { champion });
    const cloud = { ...storage.current, environment };
    const { score } = functionEnvironment(cloud, 'loans', { url: 'http://none', parameters: {} });
    service = await perishable(() =>
      startFunction(
        'score',
        { ...score, SQL_DIRECTORY: directory },
        {
          onLog: (entry) => log.push(entry),
        },
      ),
    );
    undo.push(() => service.current.stop());
  }

  /** One thing after the other dies, until each has died often enough; callers notice and go on. */
  async function loadAndKill(): Promise<void> {
    const random = mulberry32(SEED);
    const stop = new AbortController();
    const callers = Array.from({ length: CALLERS }, (_, i) => call(i, stop.signal));
    const victims = [messaging, storage, service].flatMap((victim) =>
      Array.from({ length: KILLS_OF_EACH }, () => ({ victim, at: random() })),
    );
    for (const { victim } of victims.sort((a, b) => a.at - b.at)) {
      await moreAnswers(LEAST_BETWEEN + random() * 40);
      await victim.kill(random() * 300);
    }
    await moreAnswers(50);
    stop.abort();
    await Promise.all(callers);
  }

  /** Waits for answers in the midst of others: what is killed then is at work. */
  async function moreAnswers(count: number): Promise<void> {
    const enough = told.answers.length + count;
    await eventually(async () => told.answers.length >= enough || undefined);
  }

  /** A checkout: every other request has a key, and is repeated until it is answered, or once more. */
  async function call(caller: number, stop: AbortSignal): Promise<void> {
    const random = mulberry32(SEED + caller + 1);
    for (let i = 0; !stop.aborted; i++) {
      const request = REQUESTS[Math.floor(random() * REQUESTS.length)]!;
      if (random() < 0.5) await ask(request);
      else {
        const key = `${caller}/${i}`;
        const answers: Decision[] = [];
        told.keyed.set(key, answers);
        const wanted = random() < 0.3 ? 2 : 1;
        while (answers.length < wanted && !stop.aborted) {
          const answer = await ask(request, key);
          if (answer) answers.push(answer);
        }
      }
    }
  }

  /** The decision, if there is an answer. */
  async function ask(request: object, key?: string): Promise<Decision | undefined> {
    const url = `${service.current.url}/v1/loans/decisions`;
    const reply = await Promise.race([
      post(url, request, key === undefined ? {} : { 'idempotency-key': key }).catch(
        () => undefined,
      ),
      delay(CALLER_PATIENCE_MS, undefined, { ref: false }),
    ]);
    if (reply?.status === 200) {
      told.answers.push(reply.body);
      return reply.body;
    }
    const failure = reply ? String(reply.status) : 'broken';
    told.failures.set(failure, (told.failures.get(failure) ?? 0) + 1);
    await delay(20);
    return undefined;
  }

  /** By id, what the view has, once nothing more arrives. */
  async function recorded(): Promise<Map<string, Record<string, unknown>>> {
    const bigquery = new BigQuery({ projectId: PROJECT });
    const query = `SELECT decision_id, outcome, pd, copies FROM flit_views.decisions
                   WHERE decided_at >= '2000-01-01'`;
    let rows: Record<string, unknown>[] = [];
    let progressAt = performance.now();
    while (performance.now() - progressAt < DELIVERY_PATIENCE_MS) {
      const before = rows.length;
      [rows] = await bigquery.query(query);
      const found = new Map(rows.map((row) => [String(row.decision_id), row]));
      if (told.answers.every(({ decision_id }) => found.has(decision_id))) return found;
      if (rows.length > before) progressAt = performance.now();
      await delay(100);
    }
    return new Map(rows.map((row) => [String(row.decision_id), row]));
  }

  it('was much, and everything died under it', () => {
    for (const { kills } of [messaging, storage, service]) assert.equal(kills, KILLS_OF_EACH);
    assert.ok(
      told.answers.length > LEAST_BETWEEN * 3 * KILLS_OF_EACH,
      `${told.answers.length} answers`,
    );
    // Refused for want of Cloud Storage, or cut off; nothing else went wrong.
    assert.ok(told.failures.get('broken')! > 0);
    for (const failure of told.failures.keys()) assert.match(failure, /^(503|broken)$/);
  });

  it('is on record as it was answered, each decision once', async () => {
    const unpublished = log.filter(({ decision_event }) => decision_event !== undefined);
    const file = join(directory, 'log.ndjson');
    await writeFile(file, unpublished.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    const args = ['shared/commands/republish.ts', '--project', PROJECT, '--file', file];
    const command = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    assert.deepEqual(await once(command, 'exit'), [0, null]);

    const rows = await recorded();
    const lost = told.answers.filter(({ decision_id }) => !rows.has(decision_id));
    assert.deepEqual(lost, [], `${lost.length} of ${told.answers.length}`);
    for (const { decision_id, outcome, probability_of_default } of told.answers) {
      const row = rows.get(decision_id)!;
      assert.equal(row.outcome, outcome);
      assert.equal(row.pd, probability_of_default);
    }
  });

  it('is one decision under each key, and kept', async () => {
    for (const [key, answers] of told.keyed) {
      for (const answer of answers) assert.deepEqual(answer, answers[0], key);
      if (answers[0] === undefined) continue;
      const name = `decisions/loans/${answers[0].decision_id}.json`;
      const [bytes] = await decisions.file(name).download();
      assert.deepEqual(JSON.parse(bytes.toString()).answer, answers[0]);
    }
    const repeated = [...told.keyed.values()].filter((answers) => answers.length > 1);
    assert.ok(repeated.length > 10, `${repeated.length} were repeated`);
  });
});
