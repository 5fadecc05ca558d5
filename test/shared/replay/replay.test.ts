import assert from 'node:assert/strict';
import { type Bundle, BundleError, MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { decide } from '../../../shared/decision/decide.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { createDeciders, type Deciders } from '../../../shared/replay/deciders.ts';
import { decideAgain, decideOtherwise } from '../../../shared/replay/replay.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import { keepLog } from '../../functions/support/log.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { makeVersion, NOBODY } from '../../functions/support/versions.ts';

const V1 = 'v20260601_000000';
const REQUESTS = loanRows(200, 5).applications.map(requestOf);

describe('a replay', () => {
  let portfolio: Portfolio;
  let deciders: Deciders;
  let opened: string[];

  const open = async (version: string): Promise<Bundle> => {
    opened.push(version);
    if (version !== V1) throw new BundleError(`There is no version ${version}.`);
    const { manifest, files } = await makeVersion(portfolio, version);
    const ref = { version, manifest_sha256: '0'.repeat(64) };
    return { ref, manifest: { ...manifest, files: [] }, model: files.get(MODEL_FILE)! };
  };

  before(async () => {
    portfolio = await readPortfolio();
  });
  beforeEach(() => {
    opened = [];
    deciders = createDeciders({ open, portfolio, policyAt: undefined, log: keepLog() });
  });
  afterEach(() => deciders.close());

  /** Decisions as the warehouse has them, by onnxruntime or, once closed, by the kernel. */
  async function recorded(byKernel: boolean): Promise<Record<string, unknown>[]> {
    const model = await createServingModel(await open(V1));
    if (byKernel) await model.close();
    const events = await decidedBy(model);
    if (!byKernel) await model.close();
    return events;
  }

  /** Decisions from when onnxruntime ran the graph whole, a row at a time. */
  async function recordedOnce(): Promise<Record<string, unknown>[]> {
    const bundle = await open(V1);
    const model = await createServingModel(bundle);
    const whole = await createOnnxScorer(bundle.model);
    const events = await decidedBy({
      ...model,
      async score(application) {
        const { features, row } = await model.scoreByKernel(application);
        const { probability, pd } = await whole.score(row);
        return { probability: probability[0]!, pd: pd[0]!, engine: 'onnxruntime', features, row };
      },
    });
    await Promise.all([model.close(), whole.close()]);
    return events;
  }

  async function decidedBy(champion: ServingModel): Promise<Record<string, unknown>[]> {
    const candidates = {
      generation: 1,
      deployment: NOBODY,
      champion,
      challenger: undefined,
      shadows: [],
    };
    const events = await Promise.all(
      REQUESTS.map((request, i) => {
        const occasion = { decisionId: `d-${i}`, at: new Date('2026-06-12'), log: keepLog() };
        return decide(request, candidates, occasion);
      }),
    );
    return events.map((event) => JSON.parse(JSON.stringify(event)));
  }

  const none = async () => undefined;

  it('gives the same bits, whichever engine had scored, though the two differ', async () => {
    const [onnx, kernel] = [await recorded(false), await recorded(true)];
    assert.ok(
      onnx.some(({ pd }, i) => pd !== kernel[i]!.pd),
      'their last bits differ somewhere',
    );
    for (const row of [...onnx, ...kernel]) {
      const found = await decideAgain(row, deciders, none);
      assert.ok(found.kind === 'again');
      assert.deepEqual(found.differences, []);
      assert.equal(found.armChecked, false);
    }
    const [row] = kernel;
    const forged = { ...row, pd: (row!.pd as number) + 1e-9 };
    const found = await decideAgain(forged, deciders, none);
    assert.deepEqual(found.kind === 'again' && found.differences.includes('pd'), true);
  });

  it('gives the bits of earlier decisions, for which the whole graph had run in onnxruntime', async () => {
    const [once, now] = [await recordedOnce(), await recorded(false)];
    assert.ok(
      once.some(({ pd }, i) => pd !== now[i]!.pd),
      'their last bits differ somewhere',
    );
    for (const row of once) {
      const found = await decideAgain(row, deciders, none);
      assert.deepEqual(found.kind === 'again' && found.differences, []);
    }
    const pd = once[0]!.pd as number;
    const forged = { ...once[0], pd: pd + 4 * Number.EPSILON };
    const found = await decideAgain(forged, deciders, none);
    assert.deepEqual(found.kind === 'again' && found.differences.includes('pd'), true);
  });

  it('does not take the bits of one engine for those of the other', async () => {
    const [kernel, once] = [await recorded(true), await recordedOnce()];
    const at = once.findIndex(({ pd }, i) => pd !== kernel[i]!.pd);
    const { scores } = once[at] as { scores: { engine: string }[] };
    const forged = { ...once[at], scores: [{ ...scores[0], engine: 'kernel' }] };
    const found = await decideAgain(forged, deciders, none);
    assert.deepEqual(found.kind === 'again' && found.differences.includes('pd'), true);
  });

  it('opens a version once, whole or not', async () => {
    const rows = await recorded(false);
    opened = [];
    const gone = rows.map((row) => ({
      ...row,
      model_version: 'v20200101_000000',
      scores: [{ version: 'v20200101_000000', role: 'champion', engine: 'kernel' }],
    }));
    for (const row of [...rows.slice(0, 5), ...gone.slice(0, 5)]) {
      const found = await decideAgain(row, deciders, none);
      assert.equal(found.kind, row.model_version === V1 ? 'again' : 'failed');
    }
    assert.deepEqual(opened, [V1, 'v20200101_000000']);
  });

  it('does not know the cause where the version that decided is gone', async () => {
    const rows = await recorded(false);
    const gone = {
      ...rows.find(({ outcome }) => outcome === 'approve'),
      model_version: 'v20200101_000000',
      scores: [{ version: 'v20200101_000000', role: 'champion', engine: 'kernel' }],
    };
    const [version] = portfolio.policy.versions;
    const cut_offs = [{ name: 'nobody', review_from: 0, decline_from: 0 }];
    const policy = { versions: [{ ...version!, cut_offs }] };
    const moved = await decideOtherwise(gone, deciders, { version: V1, policy: { policy } });
    assert.ok(moved.kind === 'moved');
    assert.deepEqual([moved.from, moved.to, moved.cause], ['approve', 'decline', 'unknown']);
  });

  it('blames the record where neither model nor policy is new', async () => {
    const [row] = await recorded(false);
    const outcome = row!.outcome === 'approve' ? 'decline' : 'approve';
    const forged = { ...row, outcome };
    const moved = await decideOtherwise(forged, deciders, { version: V1, policy: undefined });
    assert.ok(moved.kind === 'moved');
    assert.equal(moved.cause, 'record');
  });

  it('does not go on where a policy asks for columns that there are not', async () => {
    const [row] = await recorded(false);
    const [version] = portfolio.policy.versions;
    const rules = { unheard_of: version!.rules.too_large! };
    const policy = { versions: [{ ...version!, rules }] };
    await assert.rejects(
      decideOtherwise(row!, deciders, { version: V1, policy: { policy } }),
      /policy\.sql has no column unheard_of/,
    );
  });
});
