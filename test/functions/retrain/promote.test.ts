/** What a retraining makes of its version, without a cloud. */
import assert from 'node:assert/strict';
import { promote } from '../../../functions/retrain/promote.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { portfolioSchema } from '../../../shared/portfolio/documents.ts';
import { changeDeployment } from '../../../shared/registry/change.ts';
import { deploymentName, readDeployment } from '../../../shared/registry/deployment.ts';
import { split, unshadow, withoutChallenger } from '../../../shared/registry/roles.ts';
import { memoryObjects } from '../support/memory_objects.ts';

const refOf = (day: number) => ({
  version: `v202606${String(day).padStart(2, '0')}_000000`,
  manifest_sha256: 'a'.repeat(64),
});

const releaseSchema = portfolioSchema.shape.release;
const CHAMPION = releaseSchema.parse({});
const CHALLENGER = releaseSchema.parse({ as: 'challenger', share: 0.1 });
const SHADOW = releaseSchema.parse({ as: 'shadow' });

describe('a version that passed', () => {
  let objects: Objects;
  let minute = 0;
  beforeEach(() => {
    objects = memoryObjects();
  });

  const act = () => ({ by: 'a job', at: new Date(Date.UTC(2026, 5, 20, 0, ++minute)) });
  const release = (day: number, as: typeof CHAMPION) =>
    promote(objects, 'loans', refOf(day), as, act());
  const roles = async () => {
    const { champion, challenger, shadows } = (await readDeployment(objects, 'loans'))!.deployment;
    return [
      champion?.version.slice(7, 9),
      challenger && [challenger.version.slice(7, 9), challenger.share],
      shadows.map(({ version }) => version.slice(7, 9)),
    ];
  };
  const generation = () => objects.generation(deploymentName('loans'));

  it('becomes what the portfolio says, and an earlier run’s makes room', async () => {
    assert.equal(await release(1, CHAMPION), 'promoted');
    assert.equal(await release(2, CHALLENGER), 'challenges');
    assert.equal(await release(3, SHADOW), 'shadows');
    assert.deepEqual(await roles(), ['01', ['02', 0.1], ['03']]);
    assert.equal(await release(4, CHALLENGER), 'challenges');
    assert.equal(await release(5, SHADOW), 'shadows');
    assert.deepEqual(await roles(), ['01', ['04', 0.1], ['05']]);
  });

  it('is released once, however often the run comes by', async () => {
    for (const [day, as, done] of [
      [1, CHAMPION, 'promoted'],
      [2, CHALLENGER, 'challenges'],
      [3, SHADOW, 'shadows'],
    ] as const) {
      assert.equal(await release(day, as), done);
      const before = await generation();
      assert.equal(await release(day, as), done);
      assert.equal(await generation(), before);
    }
  });

  it('stays away where somebody took it away', async () => {
    await release(1, CHAMPION);
    await release(2, CHALLENGER);
    await release(3, SHADOW);
    const change = { by: 'a person', reason: 'no', at: new Date(), version: null };
    await changeDeployment(objects, 'loans', { ...change, kind: 'split' }, withoutChallenger);
    await changeDeployment(objects, 'loans', { ...change, kind: 'unshadowed' }, (before) =>
      unshadow(before, refOf(3).version),
    );
    const before = await generation();
    assert.equal(await release(2, CHALLENGER), 'taken back since');
    assert.equal(await release(3, SHADOW), 'taken back since');
    assert.equal(await generation(), before);
  });

  it('challenges nobody where there is no champion, nor in the place of somebody else’s challenger', async () => {
    assert.equal(await release(1, CHALLENGER), 'there is no champion to challenge');
    assert.equal(await generation(), undefined);
    await release(1, CHAMPION);
    const change = { by: 'a person', reason: 'mine', at: new Date(), version: refOf(2).version };
    await changeDeployment(objects, 'loans', { ...change, kind: 'split' }, (before) =>
      split(before, { ...refOf(2), share: 0.3 }),
    );
    assert.equal(await release(3, CHALLENGER), 'somebody else’s challenger is being tried');
    assert.deepEqual(await roles(), ['01', ['02', 0.3], []]);
  });

  it('leaves a shadow that somebody else put there', async () => {
    await release(1, CHAMPION);
    const change = { by: 'a person', reason: 'mine', at: new Date(), version: refOf(2).version };
    await changeDeployment(objects, 'loans', { ...change, kind: 'shadowed' }, (before) => ({
      ...before,
      shadows: [refOf(2)],
    }));
    await release(3, SHADOW);
    await release(4, SHADOW);
    assert.deepEqual(await roles(), ['01', null, ['02', '04']]);
  });

  it('that comes late challenges and shadows no newer champion', async () => {
    await release(5, CHAMPION);
    for (const form of [CHAMPION, CHALLENGER, SHADOW]) {
      assert.equal(await release(4, form), 'a newer version is champion');
    }
  });

  it('is told to people from what they did themselves', async () => {
    const change = { by: 'a person', reason: 'first', at: new Date(), version: refOf(1).version };
    await changeDeployment(objects, 'loans', { ...change, kind: 'promoted' }, (before) => ({
      ...before,
      champion: refOf(1),
    }));
    assert.equal(await release(1, CHAMPION), 'already champion');
  });
});

describe('the release of a portfolio', () => {
  it('gives a share to a challenger and to nobody else', () => {
    for (const wrong of [
      { as: 'challenger' },
      { as: 'shadow', share: 0.1 },
      { share: 0.1 },
      { as: 'challenger', share: 0.6 },
    ]) {
      assert.equal(releaseSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });
});
