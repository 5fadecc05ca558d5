import assert from 'node:assert/strict';
import { AppError } from '../../../shared/errors.ts';
import { createObjects, type Objects } from '../../../shared/google/objects.ts';
import {
  type Deployment,
  deploymentName,
  readDeployment,
  writeDeployment,
} from '../../../shared/registry/deployment.ts';
import { startStorage, type TestStorage } from '../../cloud/storage/testing.ts';

const REF = { version: 'v20260601_000000', manifest_sha256: '0'.repeat(64) };
const DEPLOYMENT: Deployment = {
  portfolio: 'loans',
  champion: REF,
  challenger: { ...REF, share: 0.1 },
  shadows: [REF],
  salt: 'salt',
  kill_switch: false,
  updated_at: '2026-06-01T00:00:00Z',
  updated_by: 'a test',
  reason: 'a test',
};

const NOON = '2026-06-01T12:00:00Z';
const NOON_IN_ROME = '2026-06-01T14:00:00+02:00';
const EVENING = '2026-06-01T18:00:00Z';
const step = (from: string) => ({ from, share: 0.1 });

const isConflict = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'conflict' && error.status === 409;

describe('the deployment of a portfolio', () => {
  let storage: TestStorage;
  let objects: Objects;
  let buckets = 0;

  before(async () => {
    storage = await startStorage();
  });
  after(() => storage.stop());
  beforeEach(async () => {
    const [bucket] = await storage.client.createBucket(`deployments-${++buckets}`);
    objects = createObjects(bucket);
  });

  it('is nothing before the first one', async () => {
    assert.equal(await readDeployment(objects, 'loans'), undefined);
  });

  it('is read as it was written, with the generation that the next one is written over', async () => {
    const first = await writeDeployment(objects, DEPLOYMENT, 0);
    const stored = (await readDeployment(objects, 'loans'))!;
    assert.deepEqual(stored, { deployment: DEPLOYMENT, generation: first });
    const next = { ...DEPLOYMENT, kill_switch: true };
    const second = await writeDeployment(objects, next, stored.generation);
    assert.ok(second > first);
    assert.deepEqual((await readDeployment(objects, 'loans'))!.deployment, next);
  });

  it('is not overwritten by who read an older one, and loses nothing', async () => {
    const read = await writeDeployment(objects, DEPLOYMENT, 0);
    const between = { ...DEPLOYMENT, reason: 'in between' };
    await writeDeployment(objects, between, read);
    await assert.rejects(writeDeployment(objects, DEPLOYMENT, read), isConflict);
    assert.deepEqual((await readDeployment(objects, 'loans'))!.deployment, between);
  });

  it('is not made twice', async () => {
    await writeDeployment(objects, DEPLOYMENT, 0);
    await assert.rejects(writeDeployment(objects, DEPLOYMENT, 0), isConflict);
  });

  it('is changed by exactly one of a promotion, a rollback and a kill switch at once', async () => {
    const over = await writeDeployment(objects, DEPLOYMENT, 0);
    const changes: Partial<Deployment>[] = [
      { champion: { ...REF, version: 'v20260602_000000' }, reason: 'promotion' },
      { champion: { ...REF, version: 'v20260531_000000' }, reason: 'rollback' },
      { kill_switch: true, reason: 'kill switch' },
    ];
    const ends = await Promise.allSettled(
      changes.map((change) => writeDeployment(objects, { ...DEPLOYMENT, ...change }, over)),
    );
    const won = ends.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const end of ends) if (end.status === 'rejected') assert.ok(isConflict(end.reason));
    const stored = (await readDeployment(objects, 'loans'))!;
    assert.equal(stored.deployment.reason, changes[won]!.reason);
  });

  it('refuses what is none before anything is written', async () => {
    for (const change of [
      { champion: { ...REF, version: 'latest' } },
      { challenger: { ...REF, share: 1.1 } },
      { challenger: { ...REF, share: 0, steps: [{ from: 'tomorrow', share: 0.1 }] } },
      { challenger: { ...REF, share: 0, steps: [{ from: NOON, share: -0.1 }] } },
      // Out of order; twice at the same moment, in two zones.
      { challenger: { ...REF, share: 0, steps: [step(EVENING), step(NOON)] } },
      { challenger: { ...REF, share: 0, steps: [step(NOON), step(NOON_IN_ROME)] } },
      { shadows: Array(6).fill(REF) },
      { salt: '' },
      { updated_by: '' },
    ]) {
      await assert.rejects(writeDeployment(objects, { ...DEPLOYMENT, ...change } as Deployment, 0));
    }
    assert.equal(await readDeployment(objects, 'loans'), undefined);
  });

  const unusable: [string, string, RegExp][] = [
    ['is not JSON', '{', /JSON/],
    ['is empty', '', /JSON/],
    ['lacks a field', JSON.stringify({ ...DEPLOYMENT, salt: undefined }), /salt/],
    ['has a field more', JSON.stringify({ ...DEPLOYMENT, canary: REF }), /canary/],
    ['is of another portfolio', JSON.stringify({ ...DEPLOYMENT, portfolio: 'cars' }), /"cars"/],
  ];
  for (const [what, text, message] of unusable) {
    it(`is refused when it ${what}`, async () => {
      await objects.replace(deploymentName('loans'), Buffer.from(text), 'application/json');
      await assert.rejects(readDeployment(objects, 'loans'), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'deployment_unusable');
        assert.match(error.message, /^models\/loans\/deployment\.json is no deployment: /);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
