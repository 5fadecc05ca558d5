/** Names of things in the warehouse, and where DuckDB keeps them. */

export interface DatasetRef {
  readonly projectId: string;
  readonly datasetId: string;
}

export interface TableRef extends DatasetRef {
  readonly tableId: string;
}

export interface ModelRef extends DatasetRef {
  readonly modelId: string;
}

export interface RoutineRef extends DatasetRef {
  readonly routineId: string;
}

/** `project:dataset.table`, as BigQuery's messages name it. */
export const describeTable = (ref: TableRef): string =>
  `Table ${ref.projectId}:${ref.datasetId}.${ref.tableId}`;

export const describeDataset = (ref: DatasetRef): string =>
  `Dataset ${ref.projectId}:${ref.datasetId}`;

export const describeModel = (ref: ModelRef): string =>
  `Model ${ref.projectId}:${ref.datasetId}.${ref.modelId}`;

export const describeRoutine = (ref: RoutineRef): string =>
  `Routine ${ref.projectId}:${ref.datasetId}.${ref.routineId}`;

/** A DuckDB identifier: any text between double quotes. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The name of a dataset's DuckDB schema. A project id has no point, so no two datasets meet. */
export const schemaName = (ref: DatasetRef): string => `${ref.projectId}.${ref.datasetId}`;

/** The DuckDB schema of a dataset. */
export const physicalSchema = (ref: DatasetRef): string => quote(schemaName(ref));

/** The DuckDB table or view behind a BigQuery table or view. */
export const physicalTable = (ref: TableRef): string =>
  `${physicalSchema(ref)}.${quote(ref.tableId)}`;

/**
 * The hidden dataset of a project that keeps its anonymous tables: what queries answered that
 * named no destination. An ordinary dataset but for that it is not listed.
 */
export const resultsDataset = (projectId: string): DatasetRef => ({
  projectId,
  datasetId: '_results',
});
