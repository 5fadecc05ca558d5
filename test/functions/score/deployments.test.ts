import assert from 'node:assert/strict';
import { type BundleRef, bundlePrefix, writeBundle } from '../../../shared/bundle/bundle.ts';
import { documentOf } from '../../../shared/portfolio/documents.ts';
import { deploymentName } from '../../../shared/registry/deployment.ts';
import { useLender } from '../support/lender.ts';
import { complaintsIn } from '../support/log.ts';
import { scoreOnPaper } from '../support/paper.ts';
import { type LocalProxy, startProxy } from '../support/proxy.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { type Instance, startInstance } from '../support/score.ts';
import { deploy, makeVersion, storeVersion } from '../support/versions.ts';

const GOOD = 'v20260601_000000';
const NEXT = 'v20260602_000000';
const LIFT: Readonly<Record<string, number>> = { [GOOD]: 0, [NEXT]: 0.5 };
const REQUEST = requestOf(loanRows(1, 3).applications[0]!);

describe('what serves', () => {
  const lender = useLender();
  let instances: Instance[];
  let proxies: LocalProxy[];

  beforeEach(async () => {
    instances = [];
    proxies = [];
    await lender.models.deleteFiles({ force: true });
  });
  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });

  const start = async (
    ...settings: Parameters<typeof startInstance> extends [unknown, ...infer R] ? R : never
  ) => {
    const instance = await startInstance(lender, ...settings);
    instances.push(instance);
    return instance;
  };
  const store = (version: string, changes: Parameters<typeof storeVersion>[3] = {}) =>
    storeVersion(lender.objects, lender.portfolio, version, {
      lift: LIFT[version] ?? 0,
      ...changes,
    });
  const serve = (changes: Parameters<typeof deploy>[2]) => deploy(lender.objects, 'loans', changes);

  /** Asks once; the answer must be whole, of one version or of none. */
  const versionNow = async (instance: Instance): Promise<string | null> => {
    const { status, body } = await instance.decide(REQUEST);
    assert.equal(status, 200);
    if (body.model_version === null) {
      assert.equal(body.outcome, 'review');
      assert.equal(body.probability_of_default, null);
    } else {
      const { pd } = scoreOnPaper(REQUEST, LIFT[body.model_version] ?? 0);
      assert.ok(Math.abs(body.probability_of_default - pd) < 1e-6);
    }
    return body.model_version;
  };

  it('is policy alone before the first deployment, and the deployment as soon as there is one', async () => {
    const instance = await start();
    assert.equal(await versionNow(instance), null);
    assert.deepEqual(await instance.ready(), {
      status: 503,
      portfolios: { loans: 'no deployment' },
    });
    await serve({ champion: null });
    assert.equal(await versionNow(instance), null);
    assert.deepEqual((await instance.ready()).portfolios, { loans: 'no champion' });
    await serve({ champion: await store(GOOD) });
    assert.equal(await versionNow(instance), GOOD);
    assert.equal((await instance.ready()).status, 200);
  });

  it('stays for as long as its age is allowed, and is looked at again then', async () => {
    await serve({ champion: await store(GOOD) });
    const instance = await start({ DEPLOYMENT_MAX_AGE_SECONDS: '60' });
    assert.equal(await versionNow(instance), GOOD);
    await serve({ champion: await store(NEXT) });
    assert.equal(await versionNow(instance), GOOD);
    assert.equal(await versionNow(await start()), NEXT);
  });

  /** Ways in which a champion is not what it should be: each is the version NEXT. */
  const broken: Record<string, () => Promise<{ ref: BundleRef; mend?: () => Promise<unknown> }>> = {
    'is missing': async () => {
      const ref = await store(NEXT);
      const name = `${bundlePrefix('loans', NEXT)}model.onnx`;
      const { bytes } = (await lender.objects.read(name))!;
      await lender.models.file(name).delete();
      return { ref, mend: () => lender.objects.replace(name, bytes, 'application/octet-stream') };
    },
    'has lost its manifest': async () => {
      const ref = await store(NEXT);
      const name = `${bundlePrefix('loans', NEXT)}manifest.json`;
      const { bytes } = (await lender.objects.read(name))!;
      await lender.models.file(name).delete();
      return { ref, mend: () => lender.objects.replace(name, bytes, 'application/json') };
    },
    'is truncated': () => damaged((bytes) => bytes.subarray(0, bytes.length - 1)),
    'has one bit flipped': () =>
      damaged((bytes) => bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1)),
    'is empty': () => damaged(() => new Uint8Array()),
    'has another manifest than was deployed': async () => {
      const ref = await store(NEXT);
      return { ref: { ...ref, manifest_sha256: '0'.repeat(64) } };
    },
    'is of another portfolio': async () => ({
      ref: await storeAs({ portfolio: { ...documentOf(lender.portfolio), id: 'cars' } }, 'cars'),
    }),
    'is another version than its folder says': async () => ({
      ref: await storeAs({ version: 'v20260603_000000' }, 'loans', 'v20260603_000000'),
    }),
    'has a golden row that scores 2e-6 away': async () => {
      const { golden } = (await makeVersion(lender.portfolio, NEXT, { lift: 0.5 })).manifest;
      const off = golden.map((row, i) => (i === 1 ? { ...row, pd: row.pd + 2e-6 } : row));
      return { ref: await store(NEXT, { golden: off }) };
    },
    'has a golden row whose features come out differently': async () => {
      const { golden } = (await makeVersion(lender.portfolio, NEXT, { lift: 0.5 })).manifest;
      const off = golden.map((row) => ({ ...row, features: row.features.with(0, 1) }));
      return { ref: await store(NEXT, { golden: off }) };
    },
    'reads more numbers than its features give': async () => {
      const { inputs } = (await makeVersion(lender.portfolio, NEXT)).manifest;
      return { ref: await store(NEXT, { inputs: inputs.slice(1) }) };
    },
    'is no model at all': async () => {
      const { manifest } = await makeVersion(lender.portfolio, NEXT);
      return { ref: await storeBytes(manifest, Buffer.from('no ONNX')) };
    },
    'uses what a scoring graph may not': async () => {
      const { manifest, files } = await makeVersion(lender.portfolio, NEXT);
      const bytes = Buffer.from(files.get('model.onnx')!);
      bytes.write('Sigmoie', bytes.indexOf('Sigmoid'));
      return { ref: await storeBytes(manifest, bytes) };
    },
  };

  async function damaged(change: (bytes: Uint8Array) => Uint8Array) {
    const ref = await store(NEXT);
    const name = `${bundlePrefix('loans', NEXT)}model.onnx`;
    const { bytes } = (await lender.objects.read(name))!;
    const put = (content: Uint8Array) =>
      lender.objects.replace(name, content, 'application/octet-stream');
    await put(change(new Uint8Array(bytes)));
    return { ref, mend: () => put(bytes) };
  }

  const storeBytes = async (
    manifest: Awaited<ReturnType<typeof makeVersion>>['manifest'],
    bytes: Uint8Array,
  ) => writeBundle(lender.objects, manifest, new Map([['model.onnx', bytes]]));

  /** A version that says it is something else, copied to where NEXT is looked for. */
  async function storeAs(
    changes: Parameters<typeof storeVersion>[3],
    portfolio: string,
    version = NEXT,
  ) {
    const ref = await storeVersion(lender.objects, lender.portfolio, version, changes);
    for (const name of await lender.objects.list(bundlePrefix(portfolio, version))) {
      const { bytes } = (await lender.objects.read(name))!;
      const file = name.slice(bundlePrefix(portfolio, version).length);
      await lender.objects.replace(bundlePrefix('loans', NEXT) + file, bytes, 'text/plain');
    }
    return { ...ref, version: NEXT };
  }

  for (const [what, breakIt] of Object.entries(broken)) {
    it(`is never a champion that ${what}: a cold instance has its policy, a warm one its last good version`, async () => {
      const warm = await start();
      await serve({ champion: await store(GOOD) });
      assert.equal(await versionNow(warm), GOOD);
      const { ref, mend } = await breakIt();
      await serve({ champion: ref });
      const cold = await start();
      assert.equal(await versionNow(cold), null);
      assert.equal(await versionNow(warm), GOOD);
      for (const { log } of [warm, cold]) {
        const [complaint] = log.lines.filter(({ severity }) => severity === 'CRITICAL');
        assert.equal(
          complaint!.message,
          'the deployment cannot be loaded; the last good one stays',
        );
        assert.match(String(complaint!.stack_trace), new RegExp(NEXT));
      }
      if (!mend) return;
      await mend();
      assert.equal(await versionNow(cold), NEXT);
      assert.equal(await versionNow(warm), NEXT);
    });
  }

  for (const [what, bytes] of Object.entries({
    'is not JSON': '{',
    'lacks fields': '{}',
    'is of another portfolio': undefined,
  })) {
    it(`is never a deployment that ${what}`, async () => {
      const champion = await store(GOOD);
      await serve({ champion });
      const warm = await start();
      assert.equal(await versionNow(warm), GOOD);
      const name = deploymentName('loans');
      const text = Buffer.from((await lender.objects.read(name))!.bytes).toString();
      const other = bytes ?? text.replace('"portfolio": "loans"', '"portfolio": "cars"');
      assert.notEqual(other, text);
      await lender.objects.replace(name, Buffer.from(other), 'application/json');
      assert.equal(await versionNow(warm), GOOD);
      const cold = await start();
      assert.equal(await versionNow(cold), null);
      await lender.objects.replace(name, Buffer.from(text), 'application/json');
      assert.equal(await versionNow(cold), GOOD);
    });
  }

  it('leaves a challenger out that cannot be loaded, says so, and takes it in once it can', async () => {
    const champion = await store(GOOD);
    const challenger = await store(NEXT);
    const name = `${bundlePrefix('loans', NEXT)}model.onnx`;
    const { bytes } = (await lender.objects.read(name))!;
    await lender.models.file(name).delete();
    await serve({ champion, challenger: { ...challenger, share: 1 }, shadows: [challenger] });
    const instance = await start();
    assert.equal(await versionNow(instance), GOOD);
    const complaints = instance.log.of('a model is left out of the deployment');
    assert.deepEqual(
      complaints.map(({ version }) => version),
      [NEXT, NEXT],
    );
    await lender.objects.replace(name, bytes, 'application/octet-stream');
    assert.equal(await versionNow(instance), NEXT);
    assert.deepEqual(
      instance.log.of('now serving').map(({ challenger: taken }) => taken ?? null),
      [null, NEXT],
    );
  });

  it('is swapped under load: no request is dropped, and each answer is whole and of one version', async () => {
    const refs = [await store(GOOD), await store(NEXT)];
    await serve({ champion: refs[0]! });
    const instance = await start();
    assert.equal(await versionNow(instance), GOOD);
    const seen: (string | null)[] = [];
    let done = false;
    const callers = Array.from({ length: 6 }, async () => {
      while (!done) seen.push(await versionNow(instance));
    });
    for (let swap = 1; swap <= 8; swap++) {
      const ref = refs[swap % 2]!;
      await serve({ champion: ref });
      const from = seen.length;
      while (!seen.slice(from).includes(ref.version)) await new Promise(setImmediate);
    }
    done = true;
    await Promise.all(callers);
    assert.deepEqual(new Set(seen), new Set([GOOD, NEXT]));
    assert.equal(instance.log.of('now serving').length, 9);
    assert.deepEqual(complaintsIn(instance.log.lines), []);
  });

  it('is loaded once for a crowd that meets a cold instance', async () => {
    await serve({ champion: await store(GOOD) });
    const proxy = await startProxy(lender.cloud.origin);
    proxies.push(proxy);
    const instance = await start(
      { DEPLOYMENT_MAX_AGE_SECONDS: '60' },
      { STORAGE_EMULATOR_HOST: proxy.origin },
    );
    const versions = await Promise.all(Array.from({ length: 40 }, () => versionNow(instance)));
    assert.deepEqual(new Set(versions), new Set([GOOD]));
    const downloads = proxy.seen.filter((line) => line.includes('alt=media'));
    const [first, ...files] = downloads.map((line) => /%2F([\w.]+)\?/.exec(line)![1]);
    assert.equal(first, 'deployment.json');
    // In whatever order: none of them waits for another.
    assert.deepEqual(files.sort(), ['background.f64', 'manifest.json', 'model.onnx']);
  });

  it('is not loaded again where a new deployment keeps it', async () => {
    const champion = await store(GOOD);
    await serve({ champion });
    const proxy = await startProxy(lender.cloud.origin);
    proxies.push(proxy);
    const instance = await start({}, { STORAGE_EMULATOR_HOST: proxy.origin });
    await versionNow(instance);
    await serve({ champion, shadows: [await store(NEXT)] });
    await versionNow(instance);
    const models = proxy.seen.filter((line) => /model\.onnx\?.*alt=media/.test(line));
    assert.deepEqual(
      models.map((line) => /(v\d+_\d+)/.exec(line)![1]),
      [GOOD, NEXT],
    );
  });
});
