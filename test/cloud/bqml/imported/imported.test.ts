import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { NO_CALIBRATION } from '../../../../shared/bridge/calibration.ts';
import { logisticToOnnx } from '../../../../shared/bridge/onnx/linear.ts';
import { encodeModel } from '../../../../shared/bridge/onnx/protobuf.ts';
import type { Graph, Model } from '../../../../shared/bridge/onnx/schema.ts';
import type { MlStatement } from '../../bigquery/ports.ts';
import { ApiError } from '../../errors.ts';
import { createMl } from '../ml.ts';
import { DATASET, loans, modelRef, refused, table, testMl } from '../testing.ts';
import { checkOnnxFile } from './onnx_file.ts';

const M = modelRef('m');
/** TensorProto.DataType. */
const [FLOAT, UINT8, INT64, STRING, BOOL, FLOAT16] = [1, 2, 7, 8, 9, 10] as const;

const valueInfo = (name: string, elementType: number, dims: (number | string)[]) => ({
  name,
  type: {
    tensor: {
      elementType,
      shape: {
        dims: dims.map((dim) => (typeof dim === 'number' ? { value: dim } : { parameter: dim })),
      },
    },
  },
});

const identity = (from: string, to: string) => ({
  inputs: [from],
  outputs: [to],
  operator: 'Identity',
  attributes: [],
});

/** A file whose outputs `<name>_out` are its inputs. */
function echo(values: [string, number, (number | string)[]][], change: Partial<Model> = {}) {
  const graph: Graph = {
    name: 'echo',
    nodes: values.map(([name]) => identity(name, `${name}_out`)),
    initializers: [],
    inputs: values.map(([name, type, dims]) => valueInfo(name, type, dims)),
    outputs: values.map(([name, type, dims]) => valueInfo(`${name}_out`, type, dims)),
  };
  const versions = [{ domain: '', version: 17 }];
  return encodeModel({
    irVersion: 8,
    producerName: 'test',
    graph,
    opsetImports: versions,
    metadata: [],
    ...change,
  });
}

type Test = Awaited<ReturnType<typeof testMl>>;

async function importFile(
  { ml, store, context }: Pick<Test, 'ml' | 'store' | 'context'>,
  bytes: Uint8Array,
  create = 'CREATE MODEL m',
): Promise<string> {
  await store.write('exports', 'model.onnx', bytes, 'application/octet-stream');
  const sql = `${create} OPTIONS(MODEL_TYPE='onnx', MODEL_PATH='gs://exports/model.onnx')`;
  const statement = ml.parse(sql, context) as Extract<MlStatement, { kind: 'IMPORT_MODEL' }>;
  return ml.import(statement);
}

const LOGISTIC = logisticToOnnx(
  { intercept: -1, weights: Float64Array.of(2, 0.5) },
  NO_CALIBRATION,
  {},
);
const pairs = { kind: 'ARRAY', element: { kind: 'FLOAT64' } } as const;

describe('an imported ONNX model', () => {
  let test: Test;
  beforeEach(async () => {
    test = await testMl();
  });
  afterEach(() => test.ml.stop());

  it('predicts: a tensor of several columns is an ARRAY, of one a value; the input stays behind', async () => {
    assert.equal(await importFile(test, LOGISTIC), 'CREATE');
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ id: i, features: [i / 1000, 1] }));
    const input = table({ id: 'INT64', features: pairs }, rows);
    const answer = await test.call('PREDICT', { input });
    assert.equal(answer.keepInput, true);
    assert.deepEqual(
      answer.columns.map(({ name, type }) => [name, type.kind]),
      [
        ['probability', 'FLOAT64'],
        ['pd', 'FLOAT64'],
      ],
    );
    answer.rows.forEach(({ probability, pd }, i) => {
      const expected = 1 / (1 + Math.exp(-(-1 + (2 * i) / 1000 + 0.5)));
      assert.ok(Math.abs((probability as number) - expected) < 1e-12);
      assert.equal(pd, probability);
    });
    const empty = await test.call('PREDICT', { input: table({ features: pairs }, []) });
    assert.deepEqual(empty.rows, []);
  });

  it('takes columns by name and type as BigQuery maps them, in any case', async () => {
    const values: Parameters<typeof echo>[0] = [
      ['f', FLOAT, ['N', 1]],
      ['u', UINT8, ['N']],
      ['i', INT64, ['N', 2]],
      ['s', STRING, ['N', 1]],
      ['b', BOOL, ['N']],
    ];
    await importFile(test, echo(values));
    const integers = { kind: 'ARRAY', element: { kind: 'INT64' } } as const;
    const input = table(
      { F: 'INT64', u: 'INT64', i: integers, S: 'STRING', b: 'BOOL', x: 'DATE' },
      [
        { F: 1, u: 200, i: [1n, -2n], S: 'ä', b: true, x: '2026-01-01' },
        { F: 2, u: 0, i: [3n, 4n], S: '', b: false, x: null },
      ],
    );
    const { rows, columns } = await test.call('PREDICT', { input });
    assert.deepEqual(rows, [
      { f_out: 1, u_out: 200, i_out: [1n, -2n], s_out: 'ä', b_out: true },
      { f_out: 2, u_out: 0, i_out: [3n, 4n], s_out: '', b_out: false },
    ]);
    assert.deepEqual(
      columns.map(({ type }) => type.kind),
      ['FLOAT64', 'INT64', 'ARRAY', 'STRING', 'BOOL'],
    );
    const { featureColumns, labelColumns, modelType, trainingRuns } = test.ml.get(M);
    assert.equal(modelType, 'ONNX');
    assert.deepEqual((featureColumns as unknown[])[2], {
      name: 'i',
      type: { typeKind: 'ARRAY', arrayElementType: { typeKind: 'INT64' } },
    });
    assert.deepEqual((labelColumns as unknown[])[0], {
      name: 'f_out',
      type: { typeKind: 'FLOAT64' },
    });
    const [run] = trainingRuns as { trainingOptions: unknown }[];
    assert.deepEqual(run!.trainingOptions, { modelUri: 'gs://exports/model.onnx' });
  });

  it('runs as many rows at a time as the model takes', async () => {
    await importFile(test, echo([['f', FLOAT, [1, 1]]]));
    const input = table({ f: 'FLOAT64' }, [{ f: 1 }, { f: Number.NaN }, { f: 3 }]);
    const { rows } = await test.call('PREDICT', { input });
    assert.deepEqual(
      rows.map(({ f_out }) => f_out),
      [1, Number.NaN, 3],
    );
  });

  it('refuses input that does not fit, and other functions than ML.PREDICT', async () => {
    await importFile(test, LOGISTIC);
    const predict = (features: unknown, type: Parameters<typeof table>[0][string] = pairs) =>
      test.call('PREDICT', { input: table({ features: type }, [{ features }]) });
    await assert.rejects(
      predict([1]),
      refused(/features has a row of 1 elements; the model input takes 2/),
    );
    await assert.rejects(predict(null), refused(/a row of 0 elements/));
    await assert.rejects(predict([1, null]), refused(/has a NULL, which a model input can't be/));
    await assert.rejects(
      predict(1, 'FLOAT64'),
      refused(/features in the input data is of type FLOAT64, but the model takes ARRAY<FLOAT64>/),
    );
    await assert.rejects(
      test.call('PREDICT', { input: table({ x: 'INT64' }, []) }),
      refused(
        /^Invalid table-valued function ML\.PREDICT\nColumn features is not found in the input/,
      ),
    );
    const input = table({ features: pairs }, []);
    await assert.rejects(
      test.call('PREDICT', { input, settings: { threshold: 0.5 } }),
      refused(/threshold is not for imported ONNX models/),
    );
    for (const name of ['EVALUATE', 'FEATURE_INFO', 'TRAINING_INFO', 'WEIGHTS']) {
      await assert.rejects(test.call(name), refused(/can only be used with ML\.PREDICT/), name);
    }
    await assert.rejects(
      test.call('EXPLAIN_PREDICT', { input }),
      refused(/only be used with ML\.PREDICT/),
    );
    await assert.rejects(test.ml.export(M, 'gs://exports/x'), refused(/it can't be exported/));
  });

  it('is made once, replaced, skipped and dropped as any model; its file is read when it is made', async () => {
    await importFile(test, LOGISTIC);
    await assert.rejects(importFile(test, LOGISTIC), refused(/^Already Exists/, 409));
    const other = echo([['f', FLOAT, ['N']]]);
    assert.equal(await importFile(test, other, 'CREATE MODEL IF NOT EXISTS m'), 'SKIP');
    assert.equal((test.ml.get(M).labelColumns as unknown[]).length, 2);
    assert.equal(await importFile(test, other, 'CREATE OR REPLACE MODEL m'), 'REPLACE');
    assert.equal((test.ml.get(M).labelColumns as unknown[]).length, 1);
    await test.create("MODEL_TYPE='LOGISTIC_REG'", loans(60), 'CREATE OR REPLACE MODEL m');
    assert.equal(test.ml.get(M).modelType, 'LOGISTIC_REGRESSION');
    await importFile(test, LOGISTIC, 'CREATE MODEL n');
    assert.deepEqual(
      test.ml.list(DATASET).map(({ modelType }) => modelType),
      ['LOGISTIC_REGRESSION', 'ONNX'],
    );
    await test.ml.drop(modelRef('n'), false);
    assert.equal(test.ml.exists(modelRef('n')), false);
  });

  it('is found in its folder after a restart, bytes and all', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'imported-'));
    try {
      const first = await testMl({ directory });
      await importFile(first, LOGISTIC);
      const resource = first.ml.get(M);
      await first.ml.stop();
      const second = await createMl({ directory, objectStore: first.store });
      assert.deepEqual(second.get(M), resource);
      const input = table({ features: pairs }, [{ features: [0.5, 0] }]);
      const { columns } = await second.call({
        functionName: 'PREDICT',
        model: M,
        input,
        settings: new Map(),
        extra: [],
      });
      assert.deepEqual([...columns[0]!.values], [0.5]);
      await second.stop();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('importing an ONNX file', () => {
  let test: Test;
  before(async () => {
    test = await testMl();
  });
  after(() => test.ml.stop());

  const refuses = (bytes: Uint8Array, message: RegExp, status = 400) =>
    assert.rejects(importFile(test, bytes), refused(message, status));

  it('refuses versions that ONNX Runtime 1.12 does not know', async () => {
    const values: Parameters<typeof echo>[0] = [['f', FLOAT, ['N']]];
    await refuses(
      echo(values, { irVersion: 9 }),
      /uses IR version 9; ONNX Runtime 1\.12.* at most 8/,
    );
    const opset = (domain: string, version: number) =>
      echo(values, {
        opsetImports: [
          { domain: '', version: 17 },
          { domain, version },
        ],
      });
    await refuses(opset('', 18), /operator set 18 of 'ai\.onnx'.* at most 17/);
    await refuses(opset('ai.onnx.ml', 4), /operator set 4 of 'ai\.onnx\.ml'.* at most 3/);
    await refuses(opset('my.own', 1), /operator set 1 of 'my\.own'.* none of that name/);
    assert.equal(test.ml.exists(M), false);
  });

  it('refuses values that are no tensors of rows, and element types that are not run here', async () => {
    await refuses(echo([['f', FLOAT16, ['N']]]), /tensors of float16/, 501);
    await refuses(echo([['f', FLOAT, ['N', 2, 2]]]), /tensors of 3 dimensions/, 501);
    await refuses(echo([['f', FLOAT, []]]), /tensors of 0 dimensions/, 501);
    await refuses(echo([['f', FLOAT, ['N', 'M']]]), /'f' has rows of no fixed length/);
    // The last output's type is a sequence: TypeProto's member 4 instead of 1.
    const bytes = Buffer.from(echo([['probability', FLOAT, ['N']]]));
    const type = bytes.lastIndexOf(Buffer.from([0x0a, 0x09, 0x08, 0x01]));
    assert.ok(type > 0);
    bytes[type] = 0x22;
    await refuses(
      bytes,
      /^ONNX model output 'probability_out' has unsupported ONNX type: ONNX_TYPE_SEQUENCE\.$/,
    );
  });

  it('refuses what is no model, and paths that name none', async () => {
    await refuses(new Uint8Array(), /gs:\/\/exports\/model\.onnx is not an ONNX model/);
    await refuses(Buffer.from('<html>'), /is not an ONNX model/);
    const unknown = echo([['f', FLOAT, ['N']]]);
    const broken = Buffer.from(
      Buffer.from(unknown).toString('latin1').replace('Identity', 'Idontity'),
      'latin1',
    );
    await refuses(broken, /The ONNX model can't be loaded: .*Idontity/s);
    const from = (path: string) =>
      test.ml.import({ kind: 'IMPORT_MODEL', model: M, ifExists: 'fail', uri: path });
    await test.store.write('exports', 'one/a.onnx', unknown, '');
    await test.store.write('exports', 'one/readme.txt', new Uint8Array(), '');
    await test.store.write('exports', 'two/a.onnx', unknown, '');
    await test.store.write('exports', 'two/b.onnx', unknown, '');
    await assert.rejects(
      from('gs://exports/two/*'),
      refused(/names 2 \.onnx files; one is needed/),
    );
    await assert.rejects(from('gs://exports/none/*'), refused(/names no \.onnx files/));
    await assert.rejects(from('gs://exports/one/readme.txt'), refused(/names no \.onnx files/));
    await assert.rejects(from('exports/a.onnx'), refused(/Invalid MODEL_PATH exports\/a\.onnx/));
    await assert.rejects(from('gs://exports/*/a.onnx'), refused(/Invalid MODEL_PATH/));
    await assert.rejects(from('gs://exports/nope.onnx'), refused(/^Not found/, 404));
    await assert.rejects(from('gs://other/a.onnx'), refused(/^Not found/, 404));
    assert.equal(await from('gs://exports/one/*'), 'CREATE');
  });

  it('answers an ApiError or nothing for any damage of a file', () => {
    const good = Buffer.from(LOGISTIC);
    const damage = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length));
    const property = fc.property(damage, ([at, byte, length]) => {
      const bytes = Buffer.from(good.subarray(0, Math.max(length, 1)));
      if (at < bytes.length) bytes[at] = byte;
      try {
        checkOnnxFile(bytes, 'gs://b/m.onnx');
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error));
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('takes MODEL_PATH and nothing that is for training', () => {
    const parse = (options: string, rest = '') =>
      test.ml.parse(`CREATE MODEL m OPTIONS(MODEL_TYPE='ONNX'${options})${rest}`, test.context);
    const path = ", MODEL_PATH='gs://b/m.onnx'";
    assert.deepEqual(parse(path, ';'), {
      kind: 'IMPORT_MODEL',
      model: M,
      ifExists: 'fail',
      uri: 'gs://b/m.onnx',
    });
    assert.throws(() => parse(''), refused(/An ONNX model needs one MODEL_PATH/));
    assert.throws(() => parse(', MODEL_PATH=1'), refused(/An ONNX model needs one MODEL_PATH/));
    assert.throws(
      () => parse(`${path}, MAX_ITERATIONS=3`),
      refused(/Option MAX_ITERATIONS is not supported for model type ONNX at \[1:/),
    );
    assert.throws(() => parse(`${path}, KMS_KEY_NAME='k'`), refused(/KMS_KEY_NAME/, 501));
    assert.throws(() => parse(path, ' AS SELECT 1'), refused(/Expected end of input but got "AS"/));
  });
});
