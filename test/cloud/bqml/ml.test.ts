import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASET, loans, modelRef, refused, testMl } from './testing.ts';

const M = modelRef('m');
const TREES = "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=3";
const LOGISTIC = "MODEL_TYPE='LOGISTIC_REG'";

describe('the life of a model', () => {
  const data = loans(60);

  it('CREATE makes it once, OR REPLACE again, IF NOT EXISTS only if it is not there', async () => {
    const { ml, create } = await testMl();
    assert.equal(ml.exists(M), false);
    assert.equal(await create(LOGISTIC, data), 'CREATE');
    assert.ok(ml.exists(M));
    await assert.rejects(
      create(LOGISTIC, data),
      refused(/^Already Exists: Model shop:credit\.m$/, 409),
    );
    const before = ml.get(M);
    assert.equal(await create(TREES, data, 'CREATE MODEL IF NOT EXISTS m'), 'SKIP');
    assert.equal(ml.get(M).modelType, 'LOGISTIC_REGRESSION');
    assert.equal(ml.get(M).creationTime, before.creationTime);
    // "CREATE MODEL IF NOT EXISTS always updates the last modified timestamp of a model."
    assert.notEqual(ml.get(M).lastModifiedTime, before.lastModifiedTime);
    assert.equal(await create(TREES, data, 'CREATE OR REPLACE MODEL m'), 'REPLACE');
    assert.equal(ml.get(M).modelType, 'BOOSTED_TREE_CLASSIFIER');
    assert.equal(await create(LOGISTIC, data, 'CREATE MODEL IF NOT EXISTS n'), 'CREATE');
    assert.equal(await create(LOGISTIC, data, 'CREATE OR REPLACE MODEL M'), 'CREATE');
    await ml.stop();
  });

  it('of two that are made under one name at once, one wins', async () => {
    const { ml, create } = await testMl();
    const both = await Promise.allSettled([create(LOGISTIC, data), create(TREES, data)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const replaced = await Promise.all([
      create(LOGISTIC, data, 'CREATE OR REPLACE MODEL m'),
      create(TREES, data, 'CREATE OR REPLACE MODEL m'),
    ]);
    assert.deepEqual(replaced, ['REPLACE', 'REPLACE']);
    const patches = await Promise.all(
      ['a', 'b', 'c'].map((key) => ml.patch(M, { labels: { [key]: '1' } })),
    );
    assert.deepEqual(patches.at(-1)!.labels, { a: '1', b: '1', c: '1' });
    await ml.stop();
  });

  it('DROP removes it; lists are by dataset, in the order of names', async () => {
    const { ml, create } = await testMl();
    for (const name of ['b', 'a', 'other.c']) await create(LOGISTIC, data, `CREATE MODEL ${name}`);
    const names = (list: readonly Record<string, unknown>[]) =>
      list.map(({ modelReference }) => (modelReference as { modelId: string }).modelId);
    assert.deepEqual(names(ml.list(DATASET)), ['a', 'b']);
    await ml.drop(modelRef('a'), false);
    assert.deepEqual(names(ml.list(DATASET)), ['b']);
    await ml.drop(modelRef('a'), true);
    await assert.rejects(
      ml.drop(modelRef('a'), false),
      refused(/^Not found: Model shop:credit\.a$/, 404),
    );
    await ml.dropAll(DATASET);
    assert.deepEqual(ml.list(DATASET), []);
    assert.deepEqual(names(ml.list({ ...DATASET, datasetId: 'other' })), ['c']);
    await ml.stop();
  });

  it('what was never made or is gone is not found by name', async () => {
    const { ml, call } = await testMl();
    const missing = refused(/^Not found: Model shop:credit\.m$/, 404);
    assert.throws(() => ml.get(M), missing);
    await assert.rejects(call('WEIGHTS'), missing);
    await assert.rejects(ml.export(M, 'gs://exports/m'), missing);
    await assert.rejects(ml.patch(M, {}), missing);
    assert.deepEqual(ml.list(DATASET), []);
    await ml.stop();
  });

  it('patch sets and removes what the resource lets it, and no more', async () => {
    const { ml, create } = await testMl();
    await create(LOGISTIC, data);
    const { etag } = ml.get(M);
    const patched = await ml.patch(M, {
      description: 'pd',
      friendlyName: 'PD',
      labels: { team: 'risk', stage: '' },
      modelType: 'KMEANS',
    });
    assert.deepEqual(patched, ml.get(M));
    assert.notEqual(patched.etag, etag);
    assert.equal(patched.description, 'pd');
    assert.equal(patched.modelType, 'LOGISTIC_REGRESSION');
    const removed = await ml.patch(M, { description: null, labels: { team: null, owner: 'x' } });
    assert.equal('description' in removed, false);
    assert.deepEqual(removed.labels, { stage: '', owner: 'x' });
    assert.equal(removed.friendlyName, 'PD');
    for (const bad of [
      { description: 1 },
      { labels: [] },
      { labels: { Upper: 'x' } },
      { labels: { a: 1 } },
      { expirationTime: 'soon' },
    ]) {
      await assert.rejects(ml.patch(M, bad), refused(/./, 400), JSON.stringify(bad));
    }
    await ml.stop();
  });

  it('is gone when its expiration time has come', async () => {
    let now = 1000;
    const { ml, create } = await testMl({ clock: { now: () => now } });
    await create(LOGISTIC, data);
    await ml.patch(M, { expirationTime: '2000' });
    now = 1999;
    assert.equal(ml.get(M).expirationTime, '2000');
    now = 2000;
    assert.equal(ml.exists(M), false);
    assert.deepEqual(ml.list(DATASET), []);
    assert.equal(await create(TREES, data), 'CREATE');
    await ml.stop();
  });

  it('while it is trained, ML.TRAINING_INFO tells its iterations, nothing else knows it', async () => {
    const seen: Record<string, unknown>[][] = [];
    const { ml, create, call, context } = await testMl();
    const pending: Promise<unknown>[] = [];
    const watching = {
      ...context,
      onTrainingIteration: () => {
        pending.push(call('TRAINING_INFO').then(({ rows }) => seen.push(rows)));
        assert.equal(ml.exists(M), false);
      },
    };
    const sql = `CREATE MODEL m OPTIONS(${TREES}, EARLY_STOP=FALSE) AS SELECT 1`;
    const statement = ml.parse(sql, context);
    assert.ok(statement?.kind === 'CREATE_MODEL');
    await assert.rejects(call('TRAINING_INFO'), refused(/Not found: Model/, 404));
    await ml.create(statement, data, watching);
    await Promise.all(pending);
    assert.deepEqual(
      seen.map((rows) => rows.length),
      [1, 2, 3],
    );
    assert.deepEqual((await call('TRAINING_INFO')).rows, seen[2]);
    assert.equal(await create(TREES, data, 'CREATE OR REPLACE MODEL m'), 'REPLACE');
    await ml.stop();
  });

  for (const options of [`${TREES}, MAX_TREE_DEPTH=1`, LOGISTIC]) {
    it(`training ends when it is called off: ${options}`, async () => {
      const { ml, context } = await testMl();
      const abort = new AbortController();
      const statement = ml.parse(`CREATE MODEL m OPTIONS(${options}) AS SELECT 1`, context);
      assert.ok(statement?.kind === 'CREATE_MODEL');
      const reason = new Error('called off');
      const training = ml.create(statement, data, {
        ...context,
        signal: abort.signal,
        onTrainingIteration: () => abort.abort(reason),
      });
      await assert.rejects(training, reason);
      assert.equal(ml.exists(M), false);
      const early = ml.create(statement, data, { ...context, signal: AbortSignal.abort(reason) });
      await assert.rejects(early, reason);
      const stopped = ml.create(statement, data, context);
      await ml.stop();
      await assert.rejects(stopped, /is stopping/);
    });
  }
});

describe('models in a folder', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'models-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  for (const options of [TREES, LOGISTIC, "MODEL_TYPE='LINEAR_REG'"]) {
    it(`are after a restart what they were before: ${options}`, async () => {
      const [data, fresh] = [loans(600), loans(50, 2)];
      const first = await testMl({ directory });
      await first.create(options, data);
      await first.ml.patch(M, { labels: { kept: 'yes' } });
      const isTree = options === TREES;
      if (isTree) await first.ml.export(M, 'gs://exports/m');
      const before = [first.ml.get(M), await first.call('PREDICT', { input: fresh })];
      await first.ml.stop();

      const second = await testMl({ directory });
      assert.deepEqual([second.ml.get(M), await second.call('PREDICT', { input: fresh })], before);
      assert.deepEqual(await second.call('EVALUATE'), await first.call('EVALUATE'));
      if (isTree) {
        await second.ml.export(M, 'gs://exports/m');
        assert.deepEqual(second.store.objects, first.store.objects);
      }
      await second.ml.stop();
    });
  }

  it('that were dropped or have expired leave nothing behind', async () => {
    let now = 1000;
    const clock = { now: () => now };
    const first = await testMl({ directory, clock });
    for (const name of ['a', 'b', 'c'])
      await first.create(LOGISTIC, loans(60), `CREATE MODEL ${name}`);
    await first.ml.drop(modelRef('a'), false);
    await first.ml.patch(modelRef('b'), { expirationTime: '2000' });
    await first.ml.stop();
    now = 3000;
    const second = await testMl({ directory, clock });
    assert.deepEqual(second.ml.list(DATASET).length, 1);
    assert.equal((await readdir(join(directory, 'models'))).length, 1);
    await second.ml.stop();
  });

  it('that were being trained when the process died were never made', async () => {
    const { ml, create, context } = await testMl({ directory });
    await create(LOGISTIC, loans(60));
    const before = ml.get(M);
    const statement = ml.parse(`CREATE OR REPLACE MODEL m OPTIONS(${TREES}) AS SELECT 1`, context);
    assert.ok(statement?.kind === 'CREATE_MODEL');
    let copied: Promise<Record<string, unknown>> | undefined;
    await ml.create(statement, loans(600), {
      ...context,
      // Another process opens the folder as it is in the middle of the training.
      onTrainingIteration: () => {
        copied ??= testMl({ directory }).then((other) => other.ml.get(M));
      },
    });
    assert.deepEqual(await copied, before);
    assert.equal(ml.get(M).modelType, 'BOOSTED_TREE_CLASSIFIER');
    await ml.stop();
  });

  it('that are corrupt are told by the name of their file', async () => {
    const { ml, create } = await testMl({ directory });
    await create(LOGISTIC, loans(60));
    await ml.stop();
    const [file] = await readdir(join(directory, 'models'));
    await writeFile(join(directory, 'models', file!), '{"version":1,');
    await assert.rejects(testMl({ directory }), new RegExp(`${file} is not valid JSON`));
    await writeFile(join(directory, 'models', file!), '{"version":2}');
    await assert.rejects(testMl({ directory }), /A model of version 2 can't be read/);
  });
});
