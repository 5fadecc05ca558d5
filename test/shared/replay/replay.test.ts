import assert from 'node:assert/strict';
import { type Bundle, BundleError, MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { decide } from '../../../shared/decision/decide.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { createDeciders, type Deciders } from '../../../shared/replay/deciders.ts';
import { decideAgain, decideOtherwise } from '../../../shared/replay/replay.ts';
import { createServingModel } from '../../../shared/serving/serving_model.ts';
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
    const candidates = {
      generation: 1,
      deployment: NOBODY,
      champion: model,
      challenger: undefined,
      shadows: [],
    };
    const events = await Promise.all(
      REQUESTS.map((request, i) => {
        const occasion = { decisionId: `d-${i}`, at: new Date('2026-06-12'), log: keepLog() };
        return decide(request, candidates, occasion);
      }),
    );
    if (!byKernel) await model.close();
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
