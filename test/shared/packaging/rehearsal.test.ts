import assert from 'node:assert/strict';
import { readBundle } from '../../../shared/bundle/bundle.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { rehearsedVersion, VERSION } from '../../../shared/packaging/rehearsal/version.ts';
import { exampleOf, inputFields } from '../../../shared/portfolio/contract.ts';
import { loadPortfolio, type Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createKernelModel } from '../../../shared/serving/kernel_model.ts';
import { memoryObjects } from '../../functions/support/memory_objects.ts';

/** The version's model, loaded as a function loads it. */
async function loaded(portfolio: Portfolio, request: Readonly<Record<string, unknown>>) {
  const objects = memoryObjects();
  for (const [name, bytes] of await rehearsedVersion(portfolio, request)) {
    await objects.create(name, bytes, 'application/octet-stream');
  }
  const { deployment } = (await readDeployment(objects, portfolio.id))!;
  return createKernelModel(await readBundle(objects, portfolio.id, deployment.champion!));
}

describe('the version of a rehearsal', () => {
  for (const id of ['bnpl', 'cards']) {
    it(`serves ${id} as one that was trained would, and proves itself`, async () => {
      const portfolio = await loadPortfolio('sql', id);
      const request = exampleOf(portfolio.application)!;
      const { manifest, builder } = await loaded(portfolio, request);
      assert.equal(manifest.version, VERSION);
      assert.deepEqual(manifest.golden[0]!.request, request);
      assert.equal(builder.width, portfolio.features.features.length);
    });
  }

  it('reads features that are text, too', async () => {
    const portfolio = await loadPortfolio('sql', 'bnpl');
    const { application } = portfolio;
    const features = compileFeatures(
      'SELECT product_category, device_is_trusted, amount FROM input',
      inputFields(application),
    );
    const { builder } = await loaded({ ...portfolio, features }, exampleOf(application)!);
    assert.equal(builder.width, 3);
  });

  it('is refused where the policy approves nobody, to compare with', async () => {
    const portfolio = await loadPortfolio('sql', 'bnpl');
    const versions = portfolio.policy.versions.map((version) => ({
      ...version,
      cut_offs: version.cut_offs.map((cutOff) => ({ ...cutOff, review_from: 1e-9 })),
    }));
    const strict = { ...portfolio, policy: { ...portfolio.policy, versions } } as Portfolio;
    const request = exampleOf(portfolio.application)!;
    await assert.rejects(rehearsedVersion(strict, request), /approves none of its background/);
  });
});
