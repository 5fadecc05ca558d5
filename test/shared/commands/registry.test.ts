/** The command as people run it: against the local cloud, over the wire. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Bucket } from '@google-cloud/storage';
import { bundlePrefix } from '../../../shared/bundle/bundle.ts';
import type { Manifest } from '../../../shared/bundle/manifest.ts';
import type { Outcome } from '../../../shared/commands/command_line.ts';
import { type RegistryTools, runRegistry } from '../../../shared/commands/registry.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createEventCopy } from '../../../shared/registry/event_copy.ts';
import { birthEvents } from '../../../shared/registry/events.ts';
import { appendEvent, readEvents } from '../../../shared/registry/journal.ts';
import { COMMON_DATASET } from '../../../shared/warehouse/names.ts';
import { sqlFiles } from '../../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../../shared/warehouse/warehouse.ts';
import { query, useLender } from '../../functions/support/lender.ts';
import { keepLog } from '../../functions/support/log.ts';
import { makeVersion, storeVersion } from '../../functions/support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const V3 = 'v20260603_000000';
const V4 = 'v20260604_000000';
/** One that its gates refused. */
const BAD = 'v20260605_000000';

const FAILED: Manifest['gates'] = [
  { gate: 'parity', figure: 0, limit: 1e-6, passed: true, why: 'It must.' },
  { gate: 'auc', figure: 0.55, limit: 0.7, passed: false, why: 'It separates too little.' },
];

describe('npm run registry', () => {
  const lender = useLender();
  let tools: RegistryTools;
  let minute = 0;

  before(() => {
    const warehouse = createWarehouse({
      bigquery: lender.bigquery,
      datasetId: COMMON_DATASET,
      location: 'US',
      log: keepLog(),
      sleep: async () => {},
      labels: {},
    });
    tools = {
      objects: lender.objects,
      copy: createEventCopy(warehouse, sqlFiles('sql')),
      now: () => new Date(Date.UTC(2026, 5, 12, 0, 0, ++minute)),
      user: 'ada',
    };
  });

  beforeEach(async () => {
    await lender.models.deleteFiles({ force: true, versions: true });
    await lender.bigquery.query('DELETE FROM flit.registry_events WHERE occurred_at IS NOT NULL');
    for (const [i, version] of [V1, V2, V3, V4].entries()) await store(version, { lift: i / 10 });
    await store(BAD, { gates: FAILED });
  });

  async function store(version: string, changes: Parameters<typeof makeVersion>[2]) {
    const { objects, portfolio } = lender;
    const ref = await storeVersion(objects, portfolio, version, changes);
    const { manifest } = await makeVersion(portfolio, version, changes);
    const birth = birthEvents(ref, manifest, { by: 'retrain-loans', at: tools.now() });
    for (const event of birth) await appendEvent(objects, event);
  }

  const run = (line: string, changes: Partial<RegistryTools> = {}): Promise<Outcome> =>
    runRegistry([...line.split(' ')], { ...tools, ...changes });

  /** Runs a change that must be made. */
  const done = async (line: string, changes: Partial<RegistryTools> = {}) => {
    const outcome = await runRegistry([...line.split(' '), '--reason', 'it must be'], {
      ...tools,
      ...changes,
    });
    assert.equal(outcome.code, 0, outcome.text);
    return outcome;
  };

  /** Runs a change that must be refused, and change nothing. */
  const refused = async (line: string, message: RegExp, code = 1) => {
    const before = await lender.objects.generation('models/loans/deployment.json');
    const outcome = await runRegistry([...line.split(' '), '--reason', 'it must be'], tools);
    assert.match(outcome.text, message);
    assert.equal(outcome.code, code, outcome.text);
    assert.equal(await lender.objects.generation('models/loans/deployment.json'), before);
  };

  const roles = async () => {
    const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
    return {
      champion: deployment.champion?.version ?? null,
      challenger: deployment.challenger?.version ?? null,
      shadows: deployment.shadows.map(({ version }) => version),
    };
  };
  const champion = async () => (await roles()).champion;
  const kinds = async () =>
    (await readEvents(lender.objects, 'loans'))
      .filter(({ kind }) => kind !== 'created' && kind !== 'gated')
      .map(({ kind, version }) => (version ? `${kind} ${version}` : kind));

  it('promotes, and rolls back in one command to the champion before, and before that', async () => {
    for (const version of [V1, V2, V3]) await done(`promote loans ${version}`);
    assert.equal(await champion(), V3);
    await done('rollback loans');
    assert.equal(await champion(), V2);
    await done('rollback loans');
    assert.equal(await champion(), V1);
    await refused('rollback loans', /no earlier champion/);
    await done(`promote loans ${V4}`);
    await done('rollback loans');
    assert.equal(await champion(), V1);
    assert.deepEqual(await kinds(), [
      `promoted ${V1}`,
      `promoted ${V2}`,
      `promoted ${V3}`,
      `rolled_back ${V2}`,
      `rolled_back ${V1}`,
      `promoted ${V4}`,
      `rolled_back ${V1}`,
    ]);
  });

  it('rolls back past who is retired, and never to who is damaged', async () => {
    for (const version of [V1, V2, V3]) await done(`promote loans ${version}`);
    await done(`retire loans ${V2}`);
    const name = `${bundlePrefix('loans', V1)}model.onnx`;
    const { bytes } = (await lender.objects.read(name))!;
    await lender.objects.replace(name, bytes.subarray(1), 'application/octet-stream');
    await refused('rollback loans', /model\.onnx has \d+ bytes of hash/);
    await lender.objects.replace(name, bytes, 'application/octet-stream');
    await done('rollback loans');
    assert.equal(await champion(), V1);
  });

  it('has who, why and what of every change in the journal, and the same in BigQuery', async () => {
    await done(`promote loans ${V1} --by grace`);
    await done(`shadow loans ${V2}`);
    const events = await readEvents(lender.objects, 'loans');
    const promoted = events.find(({ kind }) => kind === 'promoted')!;
    assert.deepEqual([promoted.actor, promoted.reason], ['grace', 'it must be']);
    assert.equal(events.at(-1)!.actor, 'ada');
    const rows = await query(
      lender,
      "SELECT event_id, kind, actor FROM flit.registry_events WHERE occurred_at > '2000-01-01'",
    );
    const ids = (list: { event_id?: unknown }[]) => list.map(({ event_id }) => event_id).sort();
    assert.deepEqual(ids(rows), ids(events));
    const { text } = await run('log loans');
    assert.match(text, /^when +what +version +champion +generation +who +why\n/);
    assert.match(text, new RegExp(`promoted +${V1} +${V1} +\\d+ +grace +it must be`));
    assert.match(text, new RegExp(`shadowed +${V2} +${V1} +\\d+ +ada +it must be`));
  });

  it('refuses what its gates refused, until a named person has approved it', async () => {
    await done(`promote loans ${V1}`);
    const message = /was refused by its gates: auc \(0\.55, limit 0\.7\)\. Approve it first/;
    await refused(`promote loans ${BAD}`, message);
    await refused(`split loans ${BAD} --share 0.1`, message);
    await done(`shadow loans ${BAD}`);
    await done(`approve loans ${BAD} --by grace`);
    await done(`promote loans ${BAD}`);
    assert.equal(await champion(), BAD);
    const approval = (await readEvents(lender.objects, 'loans')).find(
      (e) => e.kind === 'approved',
    )!;
    assert.equal(approval.actor, 'grace');
    assert.deepEqual(approval.details!.failed, ['auc']);
  });

  it('has a card of every version, of one that is older than cards as far as its manifest tells', async () => {
    const { text } = await run(`card loans ${V1}`);
    assert.match(text, new RegExp(`^# Instalment loans: ${V1}\n`));
    assert.match(text, /Not kept of versions of this age/);
    await refused('card loans v20300101_000000', /There is no version v20300101_000000/);
  });

  it('lets a version that waits for approval serve once a named person has given it', async () => {
    const release = { approval: 'required' as const, as: 'champion' as const };
    const waiting = 'v20260606_000000';
    await storeVersion(lender.objects, { ...lender.portfolio, release }, waiting);
    await refused(`promote loans ${waiting}`, /waits for approval, for the portfolio wants every/);
    assert.match((await run('list loans')).text, new RegExp(`${waiting} +waits for approval`));
    await done(`approve loans ${waiting} --by grace`);
    await done(`promote loans ${waiting}`);
    assert.equal(await champion(), waiting);
  });

  it('splits: a share, steps and limits; changes the share alone; takes the challenger away', async () => {
    await refused(`split loans ${V2} --share 0.1`, /no champion to challenge/);
    await done(`promote loans ${V1}`);
    await refused('split loans --share 0.1', /There is no challenger: say which version/);
    await refused(`split loans ${V1} --share 0.1`, /is the champion itself/);
    const ramp = '2026-07-01T09:00:00Z=0.1,2026-07-08T09:00:00Z=0.5';
    await done(`split loans ${V2} --share 0.01 --steps ${ramp} --guard {"slow_ms":200}`);
    const challenger = async () =>
      (await readDeployment(lender.objects, 'loans'))!.deployment.challenger;
    const { manifest_sha256, ...first } = (await challenger())!;
    assert.deepEqual(first, {
      version: V2,
      share: 0.01,
      steps: [
        { from: '2026-07-01T09:00:00Z', share: 0.1 },
        { from: '2026-07-08T09:00:00Z', share: 0.5 },
      ],
      guard: { slow_ms: 200 },
    });
    await done('split loans --share 0.3 --salt pepper');
    assert.deepEqual(await challenger(), {
      version: V2,
      manifest_sha256,
      share: 0.3,
      guard: { slow_ms: 200 },
    });
    assert.equal((await readDeployment(lender.objects, 'loans'))!.deployment.salt, 'pepper');
    await done('split loans --share 0');
    assert.equal(await challenger(), null);
    await refused(
      `split loans ${V2} --steps 2026-07-02T00:00:00Z=0.1,2026-07-01T00:00:00Z=0.2`,
      /order of their times/,
    );
  });

  it('makes a challenger the champion, and nothing else any more', async () => {
    await done(`promote loans ${V1}`);
    await done(`split loans ${V2} --share 0.5`);
    await done(`shadow loans ${V3}`);
    await refused(`shadow loans ${V2}`, /is challenger already/);
    await done(`promote loans ${V2}`);
    assert.deepEqual(await roles(), { champion: V2, challenger: null, shadows: [V3] });
    await refused(`promote loans ${V2}`, /is the champion already/);
  });

  it('adds shadows and takes them away', async () => {
    await done(`promote loans ${V1}`);
    await done(`shadow loans ${V2}`);
    await done(`shadow loans ${V3}`);
    await done(`shadow loans ${V2} --off`);
    assert.deepEqual((await roles()).shadows, [V3]);
    await refused(`shadow loans ${V2} --off`, /is no shadow/);
  });

  it('retires for good, wherever the version serves, but not the champion', async () => {
    await done(`promote loans ${V1}`);
    await refused(`retire loans ${V1}`, /is the champion: promote another, or roll back, first/);
    await done(`split loans ${V2} --share 0.5`);
    await done(`retire loans ${V2}`);
    await done(`retire loans ${V3}`);
    assert.deepEqual(await roles(), { champion: V1, challenger: null, shadows: [] });
    for (const version of [V2, V3]) {
      for (const action of ['promote', 'shadow', 'retire', 'approve']) {
        await refused(`${action} loans ${version}`, /was retired by ada on 2026-06-12: it must be/);
      }
    }
  });

  it('stops every model, and lets them decide again', async () => {
    await done(`promote loans ${V1}`);
    assert.match((await done('kill loans')).text, /kill switch +ON/);
    await refused('kill loans', /The kill switch is on already/);
    await done('kill loans --off');
    assert.deepEqual((await kinds()).slice(1), ['killed', 'revived']);
  });

  it('refuses a version that is missing, damaged, or another than was registered', async () => {
    await refused(
      'promote loans v20200101_000000',
      /There is no version v20200101_000000 of loans/,
    );
    const name = `${bundlePrefix('loans', V2)}manifest.json`;
    const text = Buffer.from((await lender.objects.read(name))!.bytes).toString();
    const other = text.replace('"auc": 0.7', '"auc": 0.9');
    assert.notEqual(other, text);
    await lender.objects.replace(name, Buffer.from(other), 'application/json');
    await refused(`promote loans ${V2}`, /manifest\.json of .* registered was/);
    await lender.models.file(`${bundlePrefix('loans', V3)}model.onnx`).delete();
    await refused(`promote loans ${V3}`, /model\.onnx is missing/);
  });

  it('loses to whoever changes the deployment meanwhile, and says who that was', async () => {
    await done(`promote loans ${V1}`);
    const crossed: Objects = {
      ...lender.objects,
      async write(name, ...rest) {
        if (name === 'models/loans/deployment.json') await done('kill loans --by grace');
        return lender.objects.write(name, ...rest);
      },
    };
    const { code, text } = await run(`promote loans ${V2} --reason mine`, { objects: crossed });
    assert.equal(code, 1);
    assert.equal(text, 'Somebody else changed the deployment first. grace: it must be');
    assert.equal(await champion(), V1);
  });

  it('makes a change while BigQuery is down, says that the copy waits, and makes up for it', async () => {
    const down = {
      known: async () => {
        throw new Error('BigQuery is down');
      },
      add: async () => {},
    };
    const { warning } = await done(`promote loans ${V1}`, { copy: down });
    assert.match(
      warning!,
      /The change is made; the journal or its copy .* waits: BigQuery is down/,
    );
    assert.equal(await champion(), V1);
    await done(`shadow loans ${V2}`);
    const rows = await query(
      lender,
      "SELECT kind FROM flit.registry_events WHERE generation > 0 AND occurred_at > '2000-01-01' ORDER BY generation",
    );
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['promoted', 'shadowed'],
    );
  });

  it('makes a change that nothing could write down any more, and everybody sees it in the journal', async () => {
    const dying: Objects = {
      ...lender.objects,
      async create(name, ...rest) {
        if (name.includes('/events/deployment-')) throw new Error('killed');
        return lender.objects.create(name, ...rest);
      },
    };
    assert.match((await done(`promote loans ${V1}`, { objects: dying })).warning!, /killed/);
    assert.match((await run('log loans')).text, new RegExp(`promoted +${V1}`));
    await done(`shadow loans ${V2}`);
    const names = await lender.objects.list('models/loans/events/deployment-');
    assert.equal(names.length, 2);
  });

  it('lists every version with what it is, and shows the deployment and one version', async () => {
    assert.match((await run('show loans')).text, /Nothing was ever deployed/);
    await done(`promote loans ${V1}`);
    await done(`split loans ${V2} --share 0.25`);
    await done(`retire loans ${V3}`);
    await done(`approve loans ${BAD} --by grace`);
    const { text } = await run('list loans');
    const states = text.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3));
    assert.deepEqual(states.slice(1), [
      [BAD, 'approved by grace', 'failed: auc'],
      [V4, 'passed', '0.7000'],
      [V3, 'retired', 'passed'],
      [V2, 'challenger', 'passed'],
      [V1, 'champion', 'passed'],
    ]);
    const shown = await run('show loans');
    assert.match(shown.text, new RegExp(`challenger +${V2}, 25\\.00 %`));
    const data = JSON.parse((await run('show loans --json')).text);
    assert.equal(data.challenger.share_now, 0.25);
    assert.equal(data.challenger.guard.slow_ms, 100);
    const version = await run(`show loans ${BAD}`);
    assert.match(version.text, /state +approved by grace/);
    assert.match(version.text, /auc +0\.55 +0\.7 +failed/);
    assert.match(version.text, /approved .* grace +it must be/);
  });

  it('lists the others where one manifest is damaged', async () => {
    const name = `${bundlePrefix('loans', V2)}manifest.json`;
    await lender.objects.replace(name, Buffer.from('{'), 'application/json');
    const { text, code } = await run('list loans');
    assert.equal(code, 0);
    assert.match(text, new RegExp(`${V2} +unknown: its manifest is damaged`));
    assert.match(text, new RegExp(`${V1} +passed`));
  });

  it('says what differs between two versions, by path', async () => {
    await store('v20260606_000000', {
      calibration: { kind: 'platt', slope: 1, intercept: 0, rows: 400 },
    });
    const { text } = await run(`diff loans ${V1} v20260606_000000`);
    const paths = text.split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(paths, [
      ['what', V1, 'v20260606_000000'],
      ['model.bigquery_model', `"p.d.model_${V1}"`, '"p.d.model_v20260606_000000"'],
      ['calibration.slope', '0.9', '1'],
      ['calibration.intercept', '-0.1', '0'],
    ]);
    assert.match((await run(`diff loans ${V1} ${V1}`)).text, /differ in nothing/);
  });

  it('lists nothing where there is nothing', async () => {
    assert.equal((await run('list cars')).text, 'There is no version yet.');
    assert.equal((await run('log cars')).text, 'The journal is empty.');
  });

  const misunderstood: [string, RegExp][] = [
    ['', /There is no action ""/],
    ['sing loans', /There is no action "sing"/],
    ['promote', /Say which portfolio/],
    ['promote loans --reason x', /promote wants 1 version/],
    [`promote loans ${V1} ${V2} --reason x`, /promote wants 1 version\(s\), not 2/],
    ['promote loans latest --reason x', /"latest" is no version/],
    [`promote loans ${V1}`, /Say why/],
    [`split loans ${V1} --reason x`, /split wants --share/],
    [`split loans ${V1} --share 1.5 --reason x`, /"1\.5" is no share/],
    [`split loans ${V1} --share= --reason x`, /"" is no share/],
    [`split loans ${V1} --steps tomorrow=0.1 --reason x`, /"tomorrow=0\.1" is no step/],
    [`split loans ${V1} --share 0.1 --guard {"slow":1} --reason x`, /no limits of a guard/],
    [`split loans ${V1} --share 0.1 --guard { --reason x`, /no limits of a guard/],
    ['list loans --colour red', /colour/],
  ];
  for (const [line, message] of misunderstood) {
    it(`does not understand "${line}", and says what it would`, async () => {
      const { code, text } = await run(line);
      assert.equal(code, 2, text);
      assert.match(text, message);
      assert.match(text, /usage: npm run registry/);
    });
  }

  it('wants a name where nobody is logged in', async () => {
    const { code, text } = await run(`promote loans ${V1} --reason x`, { user: undefined });
    assert.equal(code, 2);
    assert.match(text, /Say who changes this: --by NAME/);
  });

  it('runs as a command: by environment, with its exit code', async () => {
    const settings = { ...process.env, ...lender.environment, SQL_DIRECTORY: 'sql', USER: 'ada' };
    const promote = ['promote', 'loans', V1, '--reason', 'go'];
    const promoted = await command(promote, settings);
    assert.equal(promoted.status, 0, promoted.errors);
    assert.match(promoted.output, new RegExp(`champion +${V1}`));
    assert.equal(await champion(), V1);
    await releaseRetained(lender.models, 'models/loans/events/deployment-');
    const again = await command(promote, settings);
    assert.equal(again.status, 1);
    assert.match(again.errors, /is the champion already/);
    const homeless = { PATH: process.env.PATH };
    assert.equal((await command(['--help'], homeless)).status, 0);
    const { status, errors } = await command(['list', 'loans'], homeless);
    assert.equal(status, 2);
    assert.match(errors, /MODELS_BUCKET is not set/);
  });
});

/** Finds one object, which is retained, and lets go of it for whoever cleans up. */
async function releaseRetained(bucket: Bucket, prefix: string) {
  const [files] = await bucket.getFiles({ prefix });
  assert.deepEqual(
    files.map(({ metadata }) => metadata.retention?.mode),
    ['Unlocked'],
  );
  const override = { overrideUnlockedRetention: true };
  for (const file of files) await file.setMetadata({ retention: null }, override);
}

/** In a process of its own; this one goes on to be the cloud that it talks to. */
async function command(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['shared/commands/registry.ts', ...args], { env });
  const [output, errors] = [child.stdout, child.stderr].map((stream) => text(stream));
  const [status] = await once(child, 'close');
  return { status, output: await output!, errors: await errors! };
}
