import type { Booster } from '../booster.ts';
import { ModelFormatError } from '../errors.ts';
import { readXgboostBinary } from './binary.ts';
import { readDocument } from './document.ts';
import { parseUbjson } from './ubjson.ts';

export type XgboostFormat = 'legacy binary' | 'JSON' | 'UBJSON';

/** Which of XGBoost's formats the bytes are in, by how they begin; their name means nothing. */
export function xgboostFormat(bytes: Uint8Array): XgboostFormat {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64));
  if (/^\s*\{\s*["}]/.test(start)) return 'JSON';
  return /^\{[iUIlL}]/.test(start) ? 'UBJSON' : 'legacy binary';
}

/**
 * Reads a model that XGBoost saved, in whichever format.
 * @throws {ModelFormatError} for damaged bytes and for models that have no exact conversion.
 */
export function readXgboost(bytes: Uint8Array): Booster {
  switch (xgboostFormat(bytes)) {
    case 'JSON':
      return readDocument(parseJson(bytes));
    case 'UBJSON':
      return readDocument(parseUbjson(bytes));
    case 'legacy binary':
      return readXgboostBinary(bytes);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(withoutBareNumbers(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new ModelFormatError(`The model is no JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * XGBoost writes NaN, Infinity and -Infinity bare (dmlc/xgboost src/common/charconv.cc), the first
 * as threshold of each categorical split, say. JSON has no such words: null stands for the first
 * here, and numbers too large for a float64 for the others.
 */
function withoutBareNumbers(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|NaN|Infinity/g, (found) =>
    found === 'NaN' ? 'null' : found === 'Infinity' ? '1e999' : found,
  );
}
