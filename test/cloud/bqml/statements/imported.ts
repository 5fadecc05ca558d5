/** OPTIONS of CREATE MODEL for an ONNX file (bigqueryml-syntax-create-onnx). */
import { invalidQuery, unsupported } from '../../errors.ts';
import type { OptionEntry } from '../options/resolve.ts';

/** Whether the statement imports a file instead of training. */
export const importsOnnx = (entries: readonly OptionEntry[]): boolean =>
  entries.some(({ name, value }) => name === 'MODEL_TYPE' && /^onnx$/i.test(String(value)));

/** @throws {ApiError} where MODEL_PATH is missing, or for an option that imported models lack. */
export function modelPathOption(entries: readonly OptionEntry[]): string {
  for (const { name, line, column } of entries) {
    if (name === 'KMS_KEY_NAME') throw unsupported('the option KMS_KEY_NAME');
    if (name === 'MODEL_TYPE' || name === 'MODEL_PATH') continue;
    throw invalidQuery(
      `Option ${name} is not supported for model type ONNX at [${line}:${column}]`,
    );
  }
  const paths = entries.filter(({ name }) => name === 'MODEL_PATH');
  const path = paths[0]?.value;
  if (paths.length === 1 && typeof path === 'string') return path;
  throw invalidQuery("An ONNX model needs one MODEL_PATH = 'gs://bucket/path/model.onnx'.");
}
