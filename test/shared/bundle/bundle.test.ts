import assert from 'node:assert/strict';
import { BACKGROUND_FILE } from '../../../shared/bundle/background.ts';
import {
  BundleError,
  bundlePrefix,
  findBundle,
  MODEL_FILE,
  readBundle,
  sha256,
  writeBundle,
} from '../../../shared/bundle/bundle.ts';
import { createObjects, type Objects } from '../../../shared/google/objects.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { startStorage, type TestStorage } from '../../cloud/storage/testing.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { makeVersion, type Version } from '../../functions/support/versions.ts';

const VERSION = 'v20260601_000000';
const PREFIX = bundlePrefix('loans', VERSION);
const BACKGROUND = loanRows(5, 3).applications.map(requestOf);

describe('a bundle', () => {
  let storage: TestStorage;
  let portfolio: Portfolio;
  let version: Version;
  let objects: Objects;
  let buckets = 0;

  before(async () => {
    storage = await startStorage();
    portfolio = await readPortfolio();
    version = await makeVersion(portfolio, VERSION);
  });
  after(() => storage.stop());
  beforeEach(async () => {
    const [bucket] = await storage.client.createBucket(`bundles-${++buckets}`);
    objects = createObjects(bucket);
  });

  const write = ({ manifest, files }: Version = version) => writeBundle(objects, manifest, files);
  const put = (file: string, bytes: Uint8Array) =>
    objects.replace(PREFIX + file, bytes, 'application/octet-stream');
  const bytesOf = async (file: string) => (await objects.read(PREFIX + file))!.bytes;

  it('is read back as it was written, and lists every file with its size and hash', async () => {
    const extra = new Map([...version.files, ['export/a.txt', Buffer.from('a')]]);
    const ref = await write({ ...version, files: extra });
    assert.equal(ref.manifest_sha256, sha256(await bytesOf('manifest.json')));
    const { manifest, model, ref: read } = await readBundle(objects, 'loans', ref);
    assert.deepEqual(read, ref);
    assert.deepEqual(new Uint8Array(model), new Uint8Array(version.files.get(MODEL_FILE)!));
    const { files, ...rest } = manifest;
    assert.deepEqual(rest, JSON.parse(JSON.stringify(version.manifest)));
    assert.deepEqual(
      files.map(({ name }) => name),
      ['export/a.txt', 'model.onnx'],
    );
    for (const { name, bytes, sha256: hash } of files) {
      const stored = await bytesOf(name);
      assert.equal(stored.length, bytes);
      assert.equal(sha256(stored), hash);
    }
  });

  it('may be written again with the same bytes: nothing changes', async () => {
    const first = await write();
    const generations = () =>
      Promise.all(['manifest.json', MODEL_FILE].map((file) => objects.generation(PREFIX + file)));
    const before = await generations();
    assert.deepEqual(await write(), first);
    assert.deepEqual(await generations(), before);
  });

  it('is retained whole, with what BigQuery has put there and what a run that broke off wrote', async () => {
    const now = new Date();
    const [bucket] = await storage.client.createBucket(`bundles-${++buckets}`, {
      enableObjectRetention: true,
      versioning: { enabled: true },
    });
    const exported = Buffer.from('a');
    await createObjects(bucket).replace(`${PREFIX}export/a.txt`, exported, 'text/plain');
    objects = createObjects(bucket, { days: 30_000, now: () => now });
    const files = new Map([...version.files, ['export/a.txt', exported]]);
    await write({ ...version, files });
    await write({ ...version, files });
    const retainUntilTime = new Date(now.getTime() + 30_000 * 86_400_000).toISOString();
    const [stored] = await bucket.getFiles({ prefix: PREFIX });
    assert.deepEqual(
      stored.map(({ name, metadata }) => [name.slice(PREFIX.length), metadata.retention]),
      ['export/a.txt', 'manifest.json', 'model.onnx'].map((name) => [
        name,
        { mode: 'Unlocked', retainUntilTime },
      ]),
    );
    await assert.rejects(bucket.deleteFiles({ prefix: PREFIX, versions: true }), { code: 403 });
  });

  it('is never changed: other bytes are refused by name', async () => {
    const ref = await write();
    const other = await makeVersion(portfolio, VERSION, { lift: 1 });
    await assert.rejects(write(other), (error) => {
      assert.ok(error instanceof BundleError);
      assert.match(error.message, /model\.onnx exists with other bytes/);
      return true;
    });
    const manifest = {
      ...version.manifest,
      calibration: { ...version.manifest.calibration, rows: 1 },
    };
    await assert.rejects(write({ ...version, manifest }), /manifest\.json exists with other bytes/);
    await readBundle(objects, 'loans', ref);
  });

  it('is one of two when both write it at once: exactly one wins, and it is whole', async () => {
    const other = await makeVersion(portfolio, VERSION, { lift: 1 });
    const ends = await Promise.allSettled([write(), write(other)]);
    const won = ends.filter((end) => end.status === 'fulfilled');
    assert.equal(won.length, 1);
    await readBundle(objects, 'loans', won[0]!.value);
  });

  it('is none for as long as its manifest is missing: a write that broke off is taken up', async () => {
    await put(MODEL_FILE, version.files.get(MODEL_FILE)!);
    assert.equal(await findBundle(objects, 'loans', VERSION), undefined);
    const ref = await write();
    const found = await findBundle(objects, 'loans', VERSION);
    assert.deepEqual(found!.ref, ref);
    assert.equal(found!.manifest.version, VERSION);
  });

  it('is not begun with a manifest that could not be read', async () => {
    const manifest = { ...version.manifest, golden: [] };
    await assert.rejects(write({ ...version, manifest }));
    assert.deepEqual(await objects.list(PREFIX), []);
  });

  const damages: [string, () => Promise<unknown>, RegExp][] = [
    [
      'its model lost a byte',
      async () => put(MODEL_FILE, (await bytesOf(MODEL_FILE)).subarray(1)),
      /model\.onnx has \d+ bytes of hash/,
    ],
    [
      'its manifest has another',
      async () => put('manifest.json', Buffer.from(`${await text('manifest.json')} `)),
      /manifest\.json has \d+ bytes of hash/,
    ],
    ['its manifest is gone', () => remove('manifest.json'), /manifest\.json is missing/],
    ['its model is gone', () => remove(MODEL_FILE), /model\.onnx is missing/],
  ];
  const text = async (file: string) => Buffer.from(await bytesOf(file)).toString();
  const remove = (file: string) =>
    storage.client
      .bucket(`bundles-${buckets}`)
      .file(PREFIX + file)
      .delete();

  for (const [what, damage, message] of damages) {
    it(`is refused when ${what}`, async () => {
      const ref = await write();
      await damage();
      await assert.rejects(readBundle(objects, 'loans', ref), (error) => {
        assert.ok(error instanceof BundleError);
        assert.equal(error.status, 503);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  describe('with a background', () => {
    let kept: Version;
    before(async () => {
      kept = await makeVersion(portfolio, VERSION, { background: BACKGROUND });
    });

    it('gives it back row after row', async () => {
      const { background, manifest } = await readBundle(objects, 'loans', await write(kept));
      assert.deepEqual(manifest.background, { file: BACKGROUND_FILE, rows: 5, width: 9 });
      assert.equal(background!.length, 45);
      const amounts = BACKGROUND.map(({ amount }) => amount);
      assert.deepEqual(
        [0, 9, 18, 27, 36].map((at) => background![at]),
        amounts,
      );
    });

    it('is none of a version from before there were any, which is whole', async () => {
      const ref = await write();
      const written = JSON.parse(await text('manifest.json'));
      delete written.portfolio.explanation;
      const bytes = Buffer.from(JSON.stringify(written));
      await put('manifest.json', bytes);
      const old = { ...ref, manifest_sha256: sha256(bytes) };
      const { background, manifest } = await readBundle(objects, 'loans', old);
      assert.equal(background, undefined);
      assert.equal(manifest.portfolio.explanation, 'path_dependent');
    });

    const broken: [string, () => Promise<unknown>, RegExp][] = [
      ['missing', () => remove(BACKGROUND_FILE), /background\.f64 is missing/],
      [
        'cut off',
        async () => put(BACKGROUND_FILE, (await bytesOf(BACKGROUND_FILE)).subarray(8)),
        /background\.f64 has 352 bytes of hash/,
      ],
      [
        'of other bytes',
        async () => put(BACKGROUND_FILE, (await bytesOf(BACKGROUND_FILE)).fill(1, 9, 10)),
        /background\.f64 has 360 bytes of hash/,
      ],
    ];
    for (const [what, damage, message] of broken) {
      it(`is refused when that is ${what}`, async () => {
        const ref = await write(kept);
        await damage();
        await assert.rejects(readBundle(objects, 'loans', ref), { name: 'BundleError', message });
      });
    }

    const lies: [string, object, Uint8Array | undefined, RegExp][] = [
      [
        'has another width',
        { width: 8 },
        undefined,
        /background\.f64: 360 bytes are no 5 rows of 8/,
      ],
      ['has more rows', { rows: 6 }, undefined, /background\.f64: 360 bytes are no 6 rows of 9/],
      ['is not listed', { file: 'other.f64' }, undefined, /lists no other\.f64/],
      [
        'holds an infinite number',
        {},
        new Uint8Array(new Float64Array(45).fill(Infinity).buffer),
        /background\.f64: Row 0 of the background is infinite at 0/,
      ],
    ];
    for (const [what, change, bytes, message] of lies) {
      it(`is refused when that ${what}, though every hash agrees`, async () => {
        const manifest = {
          ...kept.manifest,
          background: { ...kept.manifest.background!, ...change },
        };
        const files = new Map(kept.files);
        if (bytes) files.set(BACKGROUND_FILE, bytes);
        const ref = await write({ manifest, files });
        await assert.rejects(readBundle(objects, 'loans', ref), { name: 'BundleError', message });
      });
    }
  });

  it('is refused when its manifest is none, though the hash agrees', async () => {
    for (const content of ['{', '{}', '[]', JSON.stringify({ ...version.manifest, format: 1 })]) {
      const bytes = Buffer.from(content);
      await put('manifest.json', bytes);
      const ref = { version: VERSION, manifest_sha256: sha256(bytes) };
      await assert.rejects(readBundle(objects, 'loans', ref), /manifest\.json is no manifest/);
      await assert.rejects(findBundle(objects, 'loans', VERSION), BundleError);
    }
  });

  it('is refused when it says it is of another portfolio or version', async () => {
    const ref = await write();
    const at = (portfolio: string, version: string) => bundlePrefix(portfolio, version);
    for (const [portfolio, version] of [
      ['cars', VERSION],
      ['loans', 'v20260602_000000'],
    ] as const) {
      for (const file of ['manifest.json', MODEL_FILE]) {
        await objects.replace(at(portfolio, version) + file, await bytesOf(file), 'text/plain');
      }
      await assert.rejects(
        readBundle(objects, portfolio, { ...ref, version }),
        /is of loans v20260601_000000/,
      );
    }
  });

  it('is refused when it lists no model', async () => {
    const ref = await write({ ...version, files: new Map() });
    await assert.rejects(readBundle(objects, 'loans', ref), /lists no model\.onnx/);
  });
});
