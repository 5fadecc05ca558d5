/** How deployments are looked for: the real deployments over objects that answer when told. */
import assert from 'node:assert/strict';
import { createDeployments } from '../../../functions/score/deployments.ts';
import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { InferenceSession } from '../../../shared/scorer/onnxruntime.ts';
import { complaintsIn, keepLog } from '../support/log.ts';
import { memoryObjects } from '../support/memory_objects.ts';
import { readPortfolio } from '../support/portfolio.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { deploy, makeVersion, storeVersion } from '../support/versions.ts';

const GOOD = 'v20260601_000000';
const NEXT = 'v20260602_000000';
const UNFIT = 'v20260603_000000';
/** Longer than any test. */
const FOREVER = 3_600_000;

describe('looking for what serves', () => {
  let portfolio: Portfolio;
  let objects: Objects;
  /** Every question to Cloud Storage waits for this. */
  let answers: PromiseWithResolvers<void>;
  let now: number;

  before(async () => {
    portfolio = await readPortfolio();
  });
  beforeEach(async () => {
    objects = memoryObjects();
    answers = Promise.withResolvers();
    answers.resolve();
    now = 0;
    await serve(GOOD);
  });

  const serve = async (version: string) =>
    deploy(objects, 'loans', { champion: await storeVersion(objects, portfolio, version) });

  const start = (patienceMs: { cold: number; warm: number }, deadlineMs = FOREVER) => {
    const log = keepLog();
    const slow: Objects = {
      ...objects,
      read: (name) => answers.promise.then(() => objects.read(name)),
      generation: (name) => answers.promise.then(() => objects.generation(name)),
    };
    const options = {
      objects: slow,
      log,
      clock: () => now,
      maxAgeMs: 1000,
      deadlineMs,
      patienceMs,
    };
    const deployments = createDeployments(options);
    const version = async () => (await deployments.current('loans'))?.champion?.ref.version;
    return { version, log, use: deployments.use };
  };

  const silence = () => {
    answers = Promise.withResolvers();
  };

  it('holds no request up: it goes on without a model when the instance is cold, and the load ends beside a later one', async () => {
    silence();
    const { version } = start({ cold: 1, warm: FOREVER });
    assert.equal(await version(), undefined);
    assert.equal(await version(), undefined);
    answers.resolve();
    while ((await version()) === undefined) await new Promise(setImmediate);
    assert.equal(await version(), GOOD);
  });

  it('holds no request up: it goes on with the last good version when the instance is warm', async () => {
    const { version, log } = start({ cold: FOREVER, warm: 1 });
    assert.equal(await version(), GOOD);
    await serve(NEXT);
    silence();
    now = 1000;
    assert.equal(await version(), GOOD);
    answers.resolve();
    while ((await version()) === GOOD) await new Promise(setImmediate);
    assert.equal(await version(), NEXT);
    assert.deepEqual(complaintsIn(log.lines), []);
  });

  it('is for one request: whoever comes meanwhile goes on with what there is', async () => {
    const { version } = start({ cold: FOREVER, warm: FOREVER });
    assert.equal(await version(), GOOD);
    await serve(NEXT);
    silence();
    now = 1000;
    const first = version();
    assert.equal(await version(), GOOD);
    answers.resolve();
    assert.equal(await first, NEXT);
  });

  it('is given up when it never ends, said, and done again', async () => {
    silence();
    const { version, log } = start({ cold: FOREVER, warm: FOREVER }, 300);
    assert.equal(await version(), undefined);
    const [complaint] = log.of('the deployment cannot be loaded; the last good one stays');
    assert.match(String(complaint!.stack_trace), /No answer within 300 ms/);
    // What is given up may still end, and changes nothing then.
    const given = answers;
    answers = Promise.withResolvers();
    given.resolve();
    await new Promise(setImmediate);
    assert.equal(await version(), undefined);
    now = 1000;
    answers.resolve();
    while ((await version()) === undefined) now += 1000;
    assert.equal(await version(), GOOD);
  });

  it('gives back what onnxruntime held of a version that serves no longer, and shows it none that is unfit', async () => {
    await countingReleases(async (released) => {
      const { version } = start({ cold: FOREVER, warm: FOREVER });
      assert.equal(await version(), GOOD);
      await serve(NEXT);
      now = 1000;
      assert.equal(await version(), NEXT);
      assert.equal(released(), 1);
      const { golden } = (await makeVersion(portfolio, UNFIT)).manifest;
      const off = golden.map((row) => ({ ...row, pd: 1 - row.pd }));
      const champion = await storeVersion(objects, portfolio, UNFIT, { golden: off });
      await deploy(objects, 'loans', { champion });
      now = 2000;
      assert.equal(await version(), NEXT);
      assert.equal(released(), 1);
    });
  });

  it('closes no model that a request still works with, and closes it with the last of them', async () => {
    await countingReleases(async (released) => {
      const { version, use, log } = start({ cold: FOREVER, warm: FOREVER });
      const shadow = await storeVersion(objects, portfolio, UNFIT);
      await deploy(objects, 'loans', { shadows: [shadow] });
      const [request] = loanRows(1, 3).applications.map(requestOf);
      const [begun, swapped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const work = use('loans', async (serving) => {
        begun.resolve();
        await swapped.promise;
        const scored = await serving!.shadows[0]!.score(request!, log);
        assert.equal(released(), 0);
        return scored.pd;
      });
      await begun.promise;
      await serve(NEXT);
      await deploy(objects, 'loans', { shadows: [] });
      now = 1000;
      assert.equal(await version(), NEXT);
      swapped.resolve();
      assert.ok((await work) > 0);
      assert.equal(released(), 2);
    });
  });

  it('holds a version that serves twice in memory once, and gives it back once', async () => {
    await countingReleases(async (released) => {
      const { version, log } = start({ cold: FOREVER, warm: FOREVER });
      const twice = await storeVersion(objects, portfolio, GOOD);
      await deploy(objects, 'loans', { challenger: { ...twice, share: 0.5 }, shadows: [twice] });
      assert.equal(await version(), GOOD);
      await serve(NEXT);
      await deploy(objects, 'loans', { challenger: null, shadows: [] });
      now = 1000;
      assert.equal(await version(), NEXT);
      assert.equal(released(), 1);
      assert.deepEqual(log.of('a model could not be closed'), []);
    });
  });

  it('keeps nothing in memory of a look that was given up and ended late', async () => {
    await countingReleases(async (released) => {
      silence();
      const { version, log } = start({ cold: FOREVER, warm: FOREVER }, 100);
      assert.equal(await version(), undefined);
      answers.resolve();
      // On a busy machine a later look may be given up, too: each gives its model back.
      while ((await version()) === undefined) now += 1000;
      const given = log.of('the deployment cannot be loaded; the last good one stays').length;
      assert.ok(given >= 1);
      while (released() < given) await new Promise(setImmediate);
      assert.equal(await version(), GOOD);
      assert.equal(released(), given);
    });
  });

  /** Counts how often onnxruntime gives a session's memory back. */
  async function countingReleases(work: (released: () => number) => Promise<void>) {
    const { files } = await makeVersion(portfolio, GOOD);
    const prototype = Object.getPrototypeOf(await InferenceSession.create(files.get(MODEL_FILE)!));
    const { release } = prototype;
    let released = 0;
    prototype.release = function (this: InferenceSession) {
      released++;
      return release.call(this);
    };
    try {
      await work(() => released);
    } finally {
      prototype.release = release;
    }
  }
});
