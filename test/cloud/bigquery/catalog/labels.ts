/** Labels of datasets, tables and jobs. */
import { invalid } from '../../errors.ts';

const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** @throws {ApiError} 400 naming a label that BigQuery refuses. */
export function checkLabels(labels: unknown): void {
  for (const [key, value] of Object.entries((labels ?? {}) as Record<string, unknown>)) {
    if (!LABEL_KEY.test(key)) {
      throw invalid(
        `Label key "${key}" has invalid characters. Only lowercase letters, numeric characters, underscores and dashes are allowed.`,
        'labels',
      );
    }
    if (value !== null && !(typeof value === 'string' && LABEL_VALUE.test(value))) {
      throw invalid(
        `Label value "${value}" has invalid characters. Only lowercase letters, numeric characters, underscores and dashes are allowed.`,
        'labels',
      );
    }
  }
}
