/** A model imported from an ONNX file: CREATE MODEL … OPTIONS(MODEL_TYPE='ONNX', MODEL_PATH='gs://…'). */
import { InferenceSession } from '../../../../shared/scorer/onnxruntime.ts';
import type { ModelRef } from '../../bigquery/names.ts';
import type { ObjectStore } from '../../bigquery/ports.ts';
import { invalidQuery } from '../../errors.ts';
import type { ModelIdentity } from '../model/model.ts';
import { checkOnnxFile } from './onnx_file.ts';
import { type TensorSpec, tensorSpec } from './tensors.ts';

export interface ImportedModel extends ModelIdentity {
  /** MODEL_PATH as it was given. */
  readonly modelUri: string;
  readonly onnx: Uint8Array;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/**
 * Reads and checks the file. `gs://bucket/folder/*` names the one `.onnx` file below the folder.
 * @throws {ApiError} notFound, or invalidQuery and unsupported for what can't be imported
 */
export async function importOnnx(
  ref: ModelRef,
  modelUri: string,
  store: ObjectStore,
  now: number,
): Promise<ImportedModel> {
  const { bucket, object } = await onnxObject(modelUri, store);
  const onnx = await store.read(bucket, object);
  checkOnnxFile(onnx, `gs://${bucket}/${object}`);
  const { inputs, outputs } = await withSession(onnx, async (session) => ({
    inputs: session.inputMetadata.map(specOf),
    outputs: session.outputMetadata.map(specOf),
  }));
  const dynamic = inputs.find(({ width }) => width === undefined);
  if (dynamic) {
    throw invalidQuery(`The ONNX model input '${dynamic.name}' has rows of no fixed length.`);
  }
  const times = { creationTime: now, lastModifiedTime: now };
  return { ref, modelUri, onnx, inputs, outputs, metadata: {}, ...times };
}

async function onnxObject(uri: string, store: ObjectStore) {
  const [, bucket, path] = /^gs:\/\/([^/*]+)\/([^*]+|[^*]*\*)$/.exec(uri) ?? [];
  if (bucket === undefined || path === undefined) {
    throw invalidQuery(`Invalid MODEL_PATH ${uri}: expected gs://bucket/path/model.onnx or /*.`);
  }
  const names = path.endsWith('*') ? await store.list(bucket, path.slice(0, -1)) : [path];
  const models = names.filter((name) => name.endsWith('.onnx'));
  if (models.length === 1) return { bucket, object: models[0]! };
  const found = models.length === 0 ? 'no' : `${models.length}`;
  throw invalidQuery(`MODEL_PATH ${uri} names ${found} .onnx files; one is needed.`);
}

function specOf(value: InferenceSession.ValueMetadata): TensorSpec {
  if (value.isTensor) return tensorSpec(value.name, value.type, value.shape);
  throw invalidQuery(`ONNX model value '${value.name}' is not a tensor.`);
}

/** @throws {ApiError} invalidQuery with ONNX Runtime's words where it can't load the model. */
export async function withSession<T>(
  onnx: Uint8Array,
  use: (session: InferenceSession) => Promise<T>,
): Promise<T> {
  const threads = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await InferenceSession.create(onnx, threads).catch((error: Error) => {
    throw invalidQuery(`The ONNX model can't be loaded: ${error.message}`);
  });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}
