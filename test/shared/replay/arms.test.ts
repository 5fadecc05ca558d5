import assert from 'node:assert/strict';
import { bucketOf } from '../../../shared/arms/arm.ts';
import type { Deployment } from '../../../shared/registry/deployment.ts';
import { armDifferences } from '../../../shared/replay/arms.ts';
import { readRecorded } from '../../../shared/replay/recorded.ts';
import { NOBODY } from '../../functions/support/versions.ts';

const [V1, V2] = ['v20260601_000000', 'v20260602_000000'];
const ref = (version: string) => ({ version, manifest_sha256: '0'.repeat(64) });
const DEPLOYMENT: Deployment = {
  ...NOBODY,
  champion: ref(V1!),
  challenger: { ...ref(V2!), share: 0.5 },
};

const entities = Array.from({ length: 50 }, (_, i) => `c-${i}`);
const inChallenger = entities.find((entity) => bucketOf(entity, 'salt') < 0.5)!;
const inChampion = entities.find((entity) => bucketOf(entity, 'salt') >= 0.5)!;

const recorded = (entity: string, arm: string, changes: object = {}) => {
  const version = arm === 'challenger' ? V2 : V1;
  return readRecorded({
    decision_id: 'd-1',
    entity_id: entity,
    decided_at: '2026-06-12T00:00:00Z',
    outcome: 'approve',
    pd: 0.1,
    arm,
    arm_reason: 'bucket',
    arm_share: 0.5,
    arm_bucket: bucketOf(entity, 'salt'),
    model_version: version,
    deployment_generation: 7,
    scores: [{ version, role: arm, engine: 'kernel' }],
    request: '{}',
    ...changes,
  });
};

const at = async (generation: number) => (generation === 7 ? DEPLOYMENT : undefined);

describe('the arm of a recorded decision', () => {
  it('is the one that the deployment of its generation gives', async () => {
    assert.deepEqual(await armDifferences(recorded(inChallenger, 'challenger'), at), []);
    assert.deepEqual(await armDifferences(recorded(inChampion, 'champion'), at), []);
  });

  it('is another where the record says so, whatever it says of shares and buckets', async () => {
    assert.deepEqual(await armDifferences(recorded(inChallenger, 'champion'), at), ['arm']);
    assert.deepEqual(await armDifferences(recorded(inChampion, 'challenger'), at), ['arm']);
    const changes = { arm_share: 0.6, arm_bucket: 0.1 };
    const found = await armDifferences(recorded(inChampion, 'champion', changes), at);
    assert.deepEqual(found, ['arm_share', 'arm_bucket']);
  });

  it('is the champion where the challenger was out, and only then', async () => {
    for (const arm_reason of ['guard', 'challenger_missing', 'challenger_failed']) {
      const found = await armDifferences(recorded(inChallenger, 'champion', { arm_reason }), at);
      assert.deepEqual(found, []);
      const other = await armDifferences(recorded(inChampion, 'challenger', { arm_reason }), at);
      assert.deepEqual(other, ['arm']);
    }
  });

  it('is another where its version is not the one deployed in that arm', async () => {
    const scores = [{ version: V2, role: 'champion', engine: 'kernel' }];
    const changes = { model_version: V2, scores };
    const found = await armDifferences(recorded(inChampion, 'champion', changes), at);
    assert.deepEqual(found, ['model_version']);
  });

  it('cannot be checked where the deployment is gone, or there was no arm', async () => {
    const gone = recorded(inChampion, 'champion', { deployment_generation: 8 });
    assert.equal(await armDifferences(gone, at), undefined);
    const none = recorded(inChampion, 'champion', { arm: null });
    assert.equal(await armDifferences(none, at), undefined);
  });
});
