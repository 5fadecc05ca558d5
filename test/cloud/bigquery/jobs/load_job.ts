/** Load jobs. */
import { ApiError, invalid, notFound } from '../../errors.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import type { Database } from '../duckdb/database.ts';
import { tableSize } from '../duckdb/logical_size.ts';
import { load } from '../load/load.ts';
import { type LoadSettings, parseLoad } from '../load/settings.ts';
import type { Source } from '../load/sources.ts';
import { describeDataset } from '../names.ts';
import type { TableOptions } from '../ports.ts';
import { type Destination, parseDestination, plannedFields, write } from './destination.ts';
import type { JobOutcome, JobRun, Json } from './job.ts';
import { parseTableRef } from './references.ts';

export interface LoadJob {
  readonly settings: LoadSettings;
  readonly destination: Destination;
  /** Empty where the bytes are uploaded. */
  readonly uris: readonly string[];
}

/** @throws {ApiError} 400 for what means nothing, 501 naming what is not supported here. */
export function parseLoadJob(configuration: Json, projectId: string): LoadJob {
  const table = parseTableRef(configuration.destinationTable ?? {}, projectId);
  const destination = parseDestination(configuration, table, 'WRITE_APPEND');
  const { description, friendlyName, labels } = (configuration.destinationTableProperties ??
    {}) as TableOptions;
  const properties = Object.entries({ description, friendlyName, labels });
  const uris = (configuration.sourceUris ?? []) as readonly string[];
  return {
    settings: parseLoad(configuration),
    destination: {
      ...destination,
      options: {
        ...destination.options,
        ...Object.fromEntries(properties.filter(([, value]) => value !== undefined)),
      },
    },
    uris,
  };
}

/** @throws {ApiError} 400 where there is nothing to load. */
export function checkSource({ uris }: LoadJob, isUpload: boolean): void {
  if (uris.length === 0 && !isUpload) {
    throw new ApiError(400, 'required', 'Required parameter is missing: sourceUris');
  }
  if (uris.length > 0 && isUpload) throw invalid('A load takes sourceUris or an upload, not both.');
}

export interface LoadDependencies {
  readonly catalog: LocalCatalog;
  readonly database: Database;
  readonly workFolder: string;
}

export async function runLoad(
  { catalog, database, workFolder }: LoadDependencies,
  { settings, destination }: LoadJob,
  source: Source,
  run: JobRun,
): Promise<JobOutcome> {
  const { table } = destination;
  if (!catalog.hasDataset(table)) throw notFound(describeDataset(table));
  const loaded = await database.using(
    (session) =>
      load(session, {
        settings,
        source,
        dataset: table,
        id: run.id,
        workFolder,
        existing: catalog.table(table)?.fields,
        signal: run.signal,
        check: (fields) => void plannedFields(catalog, destination, fields),
      }),
    run.signal,
  );
  const { bytes } = await database.using((session) =>
    tableSize(session, loaded.staged.table, loaded.staged.fields),
  );
  await write(catalog, destination, loaded.staged);
  return {
    statistics: {
      load: {
        inputFiles: String(loaded.inputFiles),
        inputFileBytes: String(loaded.inputFileBytes),
        outputRows: String(loaded.outputRows),
        outputBytes: String(bytes),
        badRecords: String(loaded.badRecords),
      },
    },
    warnings: loaded.warnings,
  };
}
