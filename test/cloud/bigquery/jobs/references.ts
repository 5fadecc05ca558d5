/** References in a job's configuration. */
import { ApiError } from '../../errors.ts';
import type { DatasetRef, ModelRef, TableRef } from '../names.ts';

/** @throws {ApiError} 400 naming what is missing. */
export function parseDatasetRef(value: unknown, projectId: string): DatasetRef {
  const reference = (value ?? {}) as Partial<DatasetRef>;
  return {
    projectId: reference.projectId || projectId,
    datasetId: required(reference.datasetId, 'datasetId'),
  };
}

export const parseTableRef = (value: unknown, projectId: string): TableRef => ({
  ...parseDatasetRef(value, projectId),
  tableId: required((value as Partial<TableRef>).tableId, 'tableId'),
});

export const parseModelRef = (value: unknown, projectId: string): ModelRef => ({
  ...parseDatasetRef(value, projectId),
  modelId: required((value as Partial<ModelRef>).modelId, 'modelId'),
});

function required(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ApiError(400, 'required', `Required parameter is missing: ${what}`);
}
