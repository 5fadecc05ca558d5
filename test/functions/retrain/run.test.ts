import assert from 'node:assert/strict';
import { versionOf } from '../../../functions/retrain/plan.ts';
import { type RunSummary, run } from '../../../functions/retrain/run.ts';
import { findBundle, readBundle, sha256 } from '../../../shared/bundle/bundle.ts';
import type { Manifest } from '../../../shared/bundle/manifest.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { createCheck } from '../../../shared/portfolio/contract.ts';
import { changeDeployment } from '../../../shared/registry/change.ts';
import {
  deploymentName,
  readDeployment,
  writeDeployment,
} from '../../../shared/registry/deployment.ts';
import { crown } from '../../../shared/registry/roles.ts';
import { createServingModel } from '../../../shared/serving/serving_model.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { keepLog } from '../support/log.ts';
import { retrainContext } from '../support/retrained.ts';
import { AS_OF, loanRows } from '../support/rows.ts';

const VERSION = 'v20260611_000000';
const asOf = (text = AS_OF) => ({ asOf: new Date(text), actor: 'a risk engineer' });

describe('a retraining', () => {
  const lender = useLender();
  let summary: RunSummary;
  let manifest: Manifest;
  before(async () => {
    await seedRows(lender);
    summary = await run(retrainContext(lender), asOf());
    manifest = (await findBundle(lender.objects, 'loans', VERSION))!.manifest;
  });

  it('trains on the applications whose label is known, split by time', async () => {
    const { applications } = loanRows();
    const until = Date.parse('2026-06-01T00:00:00Z');
    const day = 86_400_000;
    const used = applications.filter(({ asked_at, status }) => {
      const at = Date.parse(asked_at);
      return status !== 'refused' && at >= until - 60 * day && at < until;
    });
    const between = (from: number, to: number) =>
      used.filter(({ asked_at }) => {
        const age = (until - Date.parse(asked_at)) / day;
        return age > from && age <= to;
      }).length;
    assert.deepEqual(summary.rows, {
      TEST: between(0, 12),
      CALIBRATION: between(12, 24),
      TRAIN: between(24, 60),
    });
    assert.deepEqual(Object.keys(summary.excluded), ['refused: no loan']);
  });

  it('measures on the rows that nothing was fitted on', async () => {
    const { metrics, calibration } = manifest;
    assert.equal(metrics.rows, summary.rows.TEST);
    assert.equal(calibration.kind, 'platt', 'where the portfolio does not say');
    assert.equal(calibration.rows, summary.rows.CALIBRATION);
    const [row] = await query(
      lender,
      `SELECT SUM(defaulted) AS bad FROM snapshot_${VERSION} WHERE role = 'TEST'`,
    );
    assert.equal(metrics.bad, row!.bad);
    assert.ok(metrics.auc > 0.7 && metrics.auc < 0.9, `AUC ${metrics.auc}`);
    assert.deepEqual(summary.metrics, metrics);
  });

  it('proves parity on real applications, mixtures and edges', () => {
    const { parity } = manifest;
    const inWindow = loanRows().applications.filter(
      ({ asked_at }) => asked_at >= '2026-04-02' && asked_at < '2026-06-01',
    ).length;
    // By field, in order: what the contract allows of ends, categories, words, times, null and absence.
    const edges = 1 + 1 + 5 + 3 + 3 + 6 + 4 + 2 + 4 + 6 + 6 + 2;
    assert.equal(parity.rows, inWindow + 500 + edges);
    assert.ok(parity.largest_difference <= 1e-6);
  });

  it('writes a bundle whose files have the sizes and hashes of its manifest, and nothing else', async () => {
    const prefix = `models/loans/${VERSION}/`;
    const listed = new Map(manifest.files.map((file) => [prefix + file.name, file]));
    const stored = await lender.objects.list(prefix);
    const beside = [`${prefix}manifest.json`, `${prefix}parity/applications.ndjson`];
    assert.deepEqual(stored, [...listed.keys(), ...beside].sort());
    for (const [name, file] of listed) {
      const { bytes } = (await lender.objects.read(name))!;
      assert.deepEqual([bytes.length, sha256(bytes)], [file.bytes, file.sha256], name);
    }
    assert.ok(listed.has(`${prefix}model.onnx`) && listed.has(`${prefix}export/model.bst`));
  });

  it('keeps a hundred of the rows trained on to explain against, those of the smallest fingerprints', async () => {
    const { background } = await readBundle(lender.objects, 'loans', await refOf(VERSION));
    const trained = await query(
      lender,
      `SELECT *, CAST(FARM_FINGERPRINT(application_id) AS STRING) AS fingerprint
       FROM snapshot_${VERSION} WHERE role = 'TRAIN'`,
    );
    const chosen = trained
      .map((row) => ({ row, at: BigInt(row.fingerprint as string) }))
      .sort((a, b) => (a.at < b.at ? -1 : 1))
      .slice(0, 100);
    const { inputs } = manifest;
    assert.deepEqual(manifest.background, {
      file: 'background.f64',
      rows: 100,
      width: inputs.length,
    });
    const meanOf = (input: Manifest['inputs'][number]) =>
      input.kind === 'number' ? (input.nullValue ?? Number.NaN) : Number.NaN;
    const expected = chosen.flatMap(({ row }) =>
      inputs.map((input) => (row[input.name] ?? meanOf(input)) as number),
    );
    assert.deepEqual([...background!], expected);
  });

  it('keeps golden rows from the safest to the riskiest, as a checkout would send them', () => {
    const probabilities = manifest.golden.map(({ probability }) => probability);
    assert.equal(probabilities.length, 12);
    assert.deepEqual(
      probabilities,
      [...probabilities].sort((a, b) => a - b),
    );
    const check = createCheck(manifest.contract, 'checkout');
    for (const { request } of manifest.golden)
      assert.deepEqual(check(request), { ok: true, value: request });
  });

  it('deploys what then proves itself and serves', async () => {
    assert.equal(summary.promotion, 'promoted');
    const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
    assert.deepEqual(deployment.champion?.version, VERSION);
    assert.equal(deployment.updated_by, 'a risk engineer');
    assert.equal(deployment.updated_at, '2026-06-11T00:00:00.000Z');
    const bundle = await readBundle(lender.objects, 'loans', deployment.champion!);
    const model = await createServingModel(bundle);
    const [golden] = manifest.golden;
    const { pd } = await model.score(golden!.request, keepLog());
    assert.ok(Math.abs(pd - golden!.pd) <= 1e-6);
    await model.close();
  });

  const refOf = async (version: string) =>
    (await findBundle(lender.objects, 'loans', version))!.ref;

  it('changes nothing when it is repeated', async () => {
    const before = await generations(lender.objects);
    const again = await run(retrainContext(lender), asOf());
    assert.deepEqual(again, summary);
    assert.deepEqual(await generations(lender.objects), before);
  });

  describe('of another time', () => {
    let hour = 0;
    /** Later than all before, so that its version is the newest. */
    const later = () => asOf(new Date(Date.UTC(2026, 5, 12, ++hour)).toISOString());
    const champion = async () =>
      (await readDeployment(lender.objects, 'loans'))!.deployment.champion!.version;

    it('takes the champion’s place and leaves the rest of the deployment as it was', async () => {
      const stored = (await readDeployment(lender.objects, 'loans'))!;
      const changed = { ...stored.deployment, salt: 'pepper', kill_switch: true };
      await writeDeployment(lender.objects, changed, stored.generation);
      const request = later();
      const next = await run(retrainContext(lender), request);
      assert.equal(next.promotion, 'promoted');
      assert.deepEqual(
        next.gates.map(({ gate }) => gate),
        ['parity', 'auc', 'calibration', 'champion'],
      );
      const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
      assert.equal(deployment.champion?.version, versionOf(request.asOf));
      assert.deepEqual([deployment.salt, deployment.kill_switch], ['pepper', true]);
    });

    it('never takes the place of a newer version, however late it comes', async () => {
      const before = await lender.objects.read(deploymentName('loans'));
      const late = await run(retrainContext(lender), asOf('2026-06-10T00:00:00Z'));
      assert.equal(late.promotion, 'a newer version is champion');
      assert.ok(await findBundle(lender.objects, 'loans', 'v20260610_000000'));
      assert.deepEqual(await lender.objects.read(deploymentName('loans')), before);
    });

    it('is not promoted again where it was rolled back since, however often it is delivered', async () => {
      const before = (await readDeployment(lender.objects, 'loans'))!.deployment.champion!;
      const request = later();
      // It dies when it has promoted, before it has noted that down.
      const objects: Objects = {
        ...lender.objects,
        async create(name, ...rest) {
          if (name.endsWith('-deploy.json')) throw new Error('killed');
          return lender.objects.create(name, ...rest);
        },
      };
      const context = retrainContext(lender);
      const killed = run({ ...context, models: { ...context.models, objects } }, request);
      await assert.rejects(killed, /killed/);
      assert.equal(await champion(), versionOf(request.asOf));
      const act = { by: 'a risk engineer', reason: 'it declines too many', at: new Date(AS_OF) };
      const change = { ...act, kind: 'rolled_back' as const, version: before.version };
      await changeDeployment(lender.objects, 'loans', change, (roles) => crown(roles, before));
      for (let deliveries = 0; deliveries < 2; deliveries++) {
        const again = await run(retrainContext(lender), request);
        assert.equal(again.promotion, 'taken back since');
        assert.equal(await champion(), before.version);
      }
    });

    it('gives way to whoever changed the deployment meanwhile, and loses nothing of it', async () => {
      const objects: Objects = {
        ...lender.objects,
        async write(name, ...rest) {
          if (name === deploymentName('loans')) {
            const stored = (await readDeployment(lender.objects, 'loans'))!;
            const other = { ...stored.deployment, updated_by: 'somebody else', salt: 'other' };
            await writeDeployment(lender.objects, other, stored.generation);
          }
          return lender.objects.write(name, ...rest);
        },
      };
      const before = await champion();
      const request = later();
      const context = retrainContext(lender);
      const clash = run({ ...context, models: { ...context.models, objects } }, request);
      await assert.rejects(clash, { code: 'conflict', status: 409 });
      const { deployment } = (await readDeployment(lender.objects, 'loans'))!;
      assert.deepEqual(
        [deployment.champion?.version, deployment.updated_by, deployment.salt],
        [before, 'somebody else', 'other'],
      );
      const again = await run(context, request);
      assert.equal(again.promotion, 'promoted');
      const after = (await readDeployment(lender.objects, 'loans'))!;
      assert.equal(after.deployment.salt, 'other');
    });

    it('takes the place of a champion whose model is damaged', async () => {
      const name = `models/loans/${await champion()}/model.onnx`;
      const { bytes } = (await lender.objects.read(name))!;
      await lender.objects.replace(name, Buffer.from('rot'), 'application/octet-stream');
      const next = await run(retrainContext(lender), later());
      assert.equal(next.promotion, 'promoted');
      const gate = next.gates.find((one) => one.gate === 'champion')!;
      assert.match(gate.why, /figure of its own test is taken: .*model\.onnx has 3 bytes/);
      await lender.objects.replace(name, bytes, 'application/octet-stream');
    });

    it('ends well in both of two runs at once, with one version and one promotion', async () => {
      const before = await lender.objects.generation(deploymentName('loans'));
      let writes = 0;
      let waiting = 0;
      const both = Promise.withResolvers<void>();
      const objects: Objects = {
        ...lender.objects,
        async write(name, ...rest) {
          if (name !== deploymentName('loans')) return lender.objects.write(name, ...rest);
          // Both have read the deployment by then: one must lose.
          if (++waiting === 2) both.resolve();
          await both.promise;
          const generation = await lender.objects.write(name, ...rest);
          writes++;
          return generation;
        },
      };
      const request = later();
      const runs = await Promise.all(
        [1, 2].map(() => {
          const context = retrainContext(lender);
          return run({ ...context, models: { ...context.models, objects } }, request);
        }),
      );
      assert.equal(runs[0]!.promotion, 'promoted');
      assert.equal(writes, 1);
      assert.notEqual(await lender.objects.generation(deploymentName('loans')), before);
      assert.deepEqual(runs[0], runs[1]);
    });
  });
});

/** Every object of the bucket with its generation: the same again means that nothing was written. */
async function generations(objects: Objects): Promise<Map<string, number | undefined>> {
  const names = await objects.list('');
  return new Map(
    await Promise.all(names.map(async (name) => [name, await objects.generation(name)] as const)),
  );
}
