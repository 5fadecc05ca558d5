/**
 * What an ONNX file says of itself before anything runs it: versions, and kinds of inputs and
 * outputs. Only the few fields that are asked for are read (onnx/onnx.proto); the rest is ONNX
 * Runtime's to judge.
 */
import { invalidQuery, unsupported } from '../../errors.ts';

/** "Model size is limited to 450 MB." */
const MOST_BYTES = 450 * 2 ** 20;
/** More than Node can keep in a JSON document. */
const MOST_BYTES_HERE = 256 * 2 ** 20;

/** What ONNX Runtime 1.12, which BigQuery runs, can read: ONNX 1.12 (onnx/docs/Versioning.md). */
const NEWEST_IR = 8;
const NEWEST_OPSETS: Readonly<Record<string, number>> = {
  '': 17,
  'ai.onnx': 17,
  'ai.onnx.ml': 3,
  'ai.onnx.training': 1,
  'com.microsoft': 1,
};

/** TypeProto's members other than tensor_type, as BigQuery names them. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  4: 'ONNX_TYPE_SEQUENCE',
  5: 'ONNX_TYPE_MAP',
  7: 'ONNX_TYPE_OPAQUE',
  8: 'ONNX_TYPE_SPARSETENSOR',
  9: 'ONNX_TYPE_OPTIONAL',
};

/** @throws {ApiError} invalidQuery for what BigQuery documents that it can't import. */
export function checkOnnxFile(bytes: Uint8Array, uri: string): void {
  if (bytes.length > MOST_BYTES) {
    throw invalidQuery(`The ONNX model ${uri} has ${bytes.length} bytes; 450 MB are the limit.`);
  }
  if (bytes.length > MOST_BYTES_HERE) {
    throw unsupported(`imported models of more than 256 MiB (${uri})`);
  }
  try {
    checkModel(bytes);
  } catch (error) {
    if (error instanceof DamagedFile) throw invalidQuery(`${uri} is not an ONNX model.`);
    throw error;
  }
}

function checkModel(bytes: Uint8Array): void {
  const model = fieldsOf(bytes);
  const version = model.numbers.get(1);
  if (version === undefined || !model.messages.has(7)) throw new DamagedFile();
  const imports = (model.messages.get(8) ?? []).map(fieldsOf);
  if (version > NEWEST_IR) {
    throw tooNew(`IR version ${version}`, `at most ${NEWEST_IR}`);
  }
  for (const { messages, numbers } of imports) {
    const domain = textOf(messages.get(1)?.[0]);
    const opset = numbers.get(2) ?? 0;
    const newest = NEWEST_OPSETS[domain];
    const shown = `operator set ${opset} of '${domain || 'ai.onnx'}'`;
    if (newest === undefined) throw tooNew(shown, 'none of that name');
    if (opset > newest) throw tooNew(shown, `at most ${newest}`);
  }
  const graph = fieldsOf(model.messages.get(7)![0]!);
  for (const [field, role] of [
    [11, 'input'],
    [12, 'output'],
  ] as const) {
    for (const value of graph.messages.get(field) ?? []) checkValue(value, role);
  }
}

const tooNew = (what: string, supported: string) =>
  invalidQuery(
    `The ONNX model uses ${what}; ONNX Runtime 1.12, which BigQuery ML runs, supports ${supported}.`,
  );

function checkValue(bytes: Uint8Array, role: 'input' | 'output'): void {
  const { messages } = fieldsOf(bytes);
  const type = messages.get(2)?.[0];
  if (!type) return;
  for (const member of fieldsOf(type).messages.keys()) {
    const kind = OTHER_TYPES[member];
    if (!kind) continue;
    const name = textOf(messages.get(1)?.[0]);
    throw invalidQuery(`ONNX model ${role} '${name}' has unsupported ONNX type: ${kind}.`);
  }
}

class DamagedFile extends Error {}

interface Fields {
  /** Varints, the last of each number. */
  readonly numbers: ReadonlyMap<number, number>;
  /** What has a length: messages and texts. */
  readonly messages: ReadonlyMap<number, readonly Uint8Array[]>;
}

/** The fields of a protobuf message (https://protobuf.dev/programming-guides/encoding). */
function fieldsOf(bytes: Uint8Array): Fields {
  const numbers = new Map<number, number>();
  const messages = new Map<number, Uint8Array[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63) throw new DamagedFile();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === 0) numbers.set(field, varint());
    else if (wireType === 2) {
      const end = varint() + at;
      if (end > bytes.length) throw new DamagedFile();
      messages.set(field, [...(messages.get(field) ?? []), bytes.subarray(at, end)]);
      at = end;
    } else if (wireType === 1 || wireType === 5) at += wireType === 1 ? 8 : 4;
    else throw new DamagedFile();
  }
  return { numbers, messages };
}

const textOf = (bytes: Uint8Array | undefined): string =>
  bytes ? Buffer.from(bytes).toString('utf8') : '';
