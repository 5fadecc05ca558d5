import assert from 'node:assert/strict';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { decodeBackground } from '../../../shared/bundle/background.ts';
import { type Bundle, MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createRowBuilder } from '../../../shared/scorer/row_builder.ts';
import { createContributions } from '../../../shared/serving/contributions.ts';
import {
  LOANS,
  POLICY_VERSION,
  type PortfolioFiles,
  type VersionInput,
  withDocument,
  withPolicy,
} from '../../functions/support/loans.ts';
import { scoreOnPaper, shapleyOnPaper } from '../../functions/support/paper.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { makeVersion } from '../../functions/support/versions.ts';

const VERSION = 'v20260601_000000';
const REQUESTS = loanRows(80, 9).applications.map(requestOf);
const BACKGROUND = loanRows(60, 4).applications.map(requestOf);
const approving = (review_from: number): VersionInput => ({
  ...POLICY_VERSION,
  cut_offs: [
    { name: 'known', when: { segments: ['is_customer'] }, review_from, decline_from: 0.9 },
    { name: 'standard', review_from: 0.3, decline_from: 0.5 },
  ],
  reference_population: { kind: 'approved', text: 'Whom the policy approves.' },
});
const COMPARING = withPolicy(LOANS, [approving(0.25)], ['is_customer']);

async function bundleOf(files: PortfolioFiles, background = BACKGROUND): Promise<Bundle> {
  const changes = background.length > 0 ? { background } : {};
  const { manifest, files: kept } = await makeVersion(await readPortfolio(files), VERSION, changes);
  const bytes = kept.get('background.f64');
  return {
    ref: { version: VERSION, manifest_sha256: '0'.repeat(64) },
    manifest: { ...manifest, files: [] },
    model: kept.get(MODEL_FILE)!,
    background: bytes && decodeBackground(bytes, manifest.background!),
  };
}

async function contributionsOf(files: PortfolioFiles, background = BACKGROUND) {
  const bundle = await bundleOf(files, background);
  const graph = readScoringGraph(bundle.model);
  const builder = createRowBuilder(bundle.manifest.features, bundle.manifest.inputs);
  const kernel = createKernelScorer(graph);
  const made = await createContributions(bundle, graph, builder, kernel);
  const [policy] = bundle.manifest.policy.versions;
  return { ...made, builder, kernel, policy: policy! };
}

const sumOf = (contributions: Readonly<Record<string, number>>) =>
  Object.values(contributions).reduce((a, b) => a + b, 0);

describe('contributions against approved applicants', () => {
  it('are those on paper, less what applicants below every cut-off get on average', async () => {
    const { contributions, builder, policy } = await contributionsOf(COMPARING);
    const approved = BACKGROUND.filter((request) => scoreOnPaper(request).pd < 0.25);
    assert.ok(approved.length > 5 && approved.length < BACKGROUND.length);
    const average = (feature: string) =>
      approved.reduce((sum, each) => sum + (shapleyOnPaper(each)[feature] ?? 0), 0) /
      approved.length;
    for (const request of REQUESTS.slice(0, 5)) {
      const own = shapleyOnPaper(request);
      for (const [feature, value] of Object.entries(
        contributions(builder.build(request).row, policy),
      )) {
        assert.ok(Math.abs(value - ((own[feature] ?? 0) - average(feature))) < 1e-6, feature);
      }
    }
  });

  for (const explanation of ['path_dependent', 'interventional'] as const) {
    it(`add up with their baseline to the margin, ${explanation}`, async () => {
      const files = withDocument(COMPARING, { explanation });
      const { contributions, baseline, builder, kernel, policy } = await contributionsOf(files);
      for (const request of REQUESTS) {
        const { row } = builder.build(request);
        const [probability] = (await kernel.score(row)).probability;
        const margin = Math.log(probability! / (1 - probability!));
        const sum = baseline(policy) + sumOf(contributions(row, policy));
        assert.ok(Math.abs(sum - margin) < 1e-5, `${sum} ${margin}`);
        const plain = baseline() + sumOf(contributions(row));
        assert.ok(Math.abs(plain - margin) < 1e-5);
      }
    });

    it(`count against whoever is not approved for the score, ${explanation}`, async () => {
      const files = withDocument(COMPARING, { explanation });
      const { contributions, builder, kernel, policy } = await contributionsOf(files);
      let adverse = 0;
      for (const request of REQUESTS) {
        const { row } = builder.build(request);
        const [pd] = (await kernel.score(row)).pd;
        if (pd! < 0.25) continue;
        adverse++;
        assert.ok(sumOf(contributions(row, policy)) > 0);
      }
      assert.ok(adverse > 10);
    });
  }

  it('are the explanation’s own for a policy that compares otherwise', async () => {
    const { contributions, baseline, builder, policy } = await contributionsOf(LOANS);
    const { row } = builder.build(REQUESTS[0]!);
    assert.deepEqual(contributions(row, policy), contributions(row));
    assert.equal(baseline(policy), baseline());
  });

  it('cannot be had without a background, nor where the policy approves none of it', async () => {
    await assert.rejects(
      contributionsOf(COMPARING, []),
      /compares with approved applicants of a background, which it lacks/,
    );
    const nobody = withPolicy(LOANS, [approving(0)], ['is_customer']);
    await assert.rejects(
      contributionsOf(nobody),
      /its policy 2026-06-01 compares with approved applicants, and approves none/,
    );
  });
});
