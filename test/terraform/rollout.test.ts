/** `rollout.sh` against a gcloud that keeps one service, its revisions' traffic and one job. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const SCRIPT = 'terraform/modules/delivery/rollout.sh';

interface World {
  /** Revisions by their share of the traffic; none: the service is not there. */
  readonly traffic: Readonly<Record<string, number>>;
  readonly latest: string;
  /** What Cloud Scheduler got for an answer, as a gRPC code; nothing for OK. */
  readonly smoke?: number;
  /** The share at which the candidate answers with 5xx. */
  readonly failsAt?: number;
  /** The log can't be read. */
  readonly logless?: boolean;
}

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly traffic: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Every way that the traffic was split, in order. */
  readonly shifts: readonly string[];
  readonly jobs: readonly string[];
  readonly calls: readonly string[];
}

const GCLOUD = `#!/usr/bin/env node
const fs = require('node:fs');
const file = process.env.WORLD;
const world = JSON.parse(fs.readFileSync(file, 'utf8'));
const args = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const has = (name) => args.includes(name);
const print = (text) => process.stdout.write(text + '\\n');
const pairs = (text) => text.split(',').map((pair) => pair.split('='));
world.calls.push(args.join(' '));
const command = args.slice(0, 3).join(' ');
let status = 0;
if (command === 'run services list') {
  if (Object.keys(world.traffic).length > 0) print('flit-score');
} else if (command === 'run services describe') {
  const format = option('--format');
  if (format === 'value(status.latestReadyRevisionName)') print(world.latest);
  else if (format === 'value(status.url)') print('https://flit-score-x.a.run.app');
  else if (format.includes('percent')) {
    for (const [name, share] of Object.entries(world.traffic)) print(share + '\\t' + name);
    for (const name of Object.values(world.tags)) print('\\t' + name);
  } else if (format.includes('tag')) {
    for (const tag of Object.keys(world.tags)) print(tag + '\\thttps://' + tag + '---flit-score-x.a.run.app');
  }
} else if (command === 'run services update-traffic') {
  if (has('--to-revisions')) {
    world.traffic = Object.fromEntries(pairs(option('--to-revisions')).map(([n, s]) => [n, Number(s)]));
    world.shifts.push(option('--to-revisions'));
  }
  if (has('--update-tags')) Object.assign(world.tags, Object.fromEntries(pairs(option('--update-tags'))));
  if (has('--remove-tags')) delete world.tags[option('--remove-tags')];
} else if (args[0] === 'scheduler') {
  const [, , verb, ...rest] = args;
  if (verb === 'create') world.jobs.push(rest[1]);
  if (verb === 'delete') {
    if (!world.jobs.includes(rest[0])) status = 1;
    world.jobs = world.jobs.filter((job) => job !== rest[0]);
  }
  if (verb === 'run') world.called = true;
  if (verb === 'describe') print((world.called ? '2026-11-21T00:00:00Z' : '') + ',' + (world.smoke ?? ''));
} else if (command.startsWith('logging read')) {
  if (world.logless) status = 1;
  else if ((world.traffic[world.latest] ?? 0) === world.failsAt) print('some-entry');
} else status = 2;
fs.writeFileSync(file, JSON.stringify(world));
process.exit(status);
`;

describe('rollout.sh', function () {
  this.timeout(30_000);

  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'flit-rollout-'));
    writeFileSync(join(folder, 'gcloud'), GCLOUD);
    chmodSync(join(folder, 'gcloud'), 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  function rollout(command: string, world: World): Outcome {
    const file = join(folder, 'world.json');
    writeFileSync(
      file,
      JSON.stringify({ tags: {}, shifts: [], jobs: [], calls: [], called: false, ...world }),
    );
    const { status, stdout, stderr } = spawnSync(SCRIPT, [command, 'flit-score'], {
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${folder}${delimiter}${process.env.PATH}`,
        WORLD: file,
        REGION: 'us-central1',
        SCHEDULER: 'flit-scheduler@p.iam.gserviceaccount.com',
        WATCH_SECONDS: '0',
        POLL_SECONDS: '0',
      },
    });
    return { status, output: stdout + stderr, ...JSON.parse(readFileSync(file, 'utf8')) };
  }

  const DEPLOYED: World = { traffic: { old: 100 }, latest: 'new' };

  it('holds the traffic where it is, by the revision’s name', () => {
    const { status, shifts } = rollout('hold', { traffic: { older: 10, old: 90 }, latest: 'old' });
    assert.equal(status, 0);
    assert.deepEqual(shifts, ['old=100']);
  });

  it('has nothing to hold where there is no service yet', () => {
    const { status, shifts } = rollout('hold', { traffic: {}, latest: '' });
    assert.equal(status, 0);
    assert.deepEqual(shifts, []);
  });

  it('moves all traffic in three steps to a revision that does well', () => {
    const { status, output, shifts, traffic, tags, jobs } = rollout('roll', DEPLOYED);
    assert.equal(status, 0, output);
    assert.deepEqual(shifts, ['new=10,old=90', 'new=50,old=50', 'new=100']);
    assert.deepEqual(traffic, { new: 100 });
    assert.deepEqual(tags, {});
    assert.deepEqual(jobs, []);
  });

  it('asks the new revision itself, as the scheduler, with a token for the service', () => {
    const { calls } = rollout('roll', DEPLOYED);
    const call = calls.find((text) => text.startsWith('scheduler jobs create'))!;
    assert.match(call, /--uri https:\/\/candidate---flit-score-x\.a\.run\.app\/ready /);
    assert.match(call, /--oidc-token-audience https:\/\/flit-score-x\.a\.run\.app /);
    assert.match(call, /--oidc-service-account-email flit-scheduler@/);
    const moved = calls.findIndex((text) => text.includes('--to-revisions'));
    assert.ok(calls.indexOf(call) < moved, 'before it gets any traffic');
  });

  it('gives no traffic to a revision that is not ready', () => {
    const { status, output, shifts, traffic, tags, jobs } = rollout('roll', {
      ...DEPLOYED,
      smoke: 14,
    });
    assert.equal(status, 1);
    assert.match(output, /not ready \(code 14\)/);
    assert.deepEqual(shifts, ['old=100']);
    assert.deepEqual(traffic, { old: 100 });
    assert.deepEqual(tags, {});
    assert.deepEqual(jobs, []);
  });

  for (const share of [10, 50, 100]) {
    it(`goes back when the new revision fails with ${share} per cent`, () => {
      const { status, output, traffic, tags } = rollout('roll', { ...DEPLOYED, failsAt: share });
      assert.equal(status, 1);
      assert.match(output, new RegExp(`fails with ${share} per cent`));
      assert.deepEqual(traffic, { old: 100 });
      assert.deepEqual(tags, {});
    });
  }

  it('goes back when it cannot see whether the new revision fails', () => {
    const { status, traffic } = rollout('roll', { ...DEPLOYED, logless: true });
    assert.equal(status, 1);
    assert.deepEqual(traffic, { old: 100 });
  });

  it('asks the one revision there is, where nothing was deployed', () => {
    const well = rollout('roll', { traffic: { old: 100 }, latest: 'old' });
    assert.equal(well.status, 0, well.output);
    assert.deepEqual(well.shifts, []);
    const ill = rollout('roll', { traffic: { old: 100 }, latest: 'old', smoke: 14 });
    assert.equal(ill.status, 1);
    assert.deepEqual(ill.shifts, []);
  });

  it('refuses a command that it does not know', () => {
    assert.equal(rollout('jump', DEPLOYED).status, 2);
  });
});
