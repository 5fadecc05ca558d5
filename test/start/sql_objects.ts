/** Tables, views and functions as the files of `sql/` have them: the local half of what Terraform reads. */
import { readdir, readFile } from 'node:fs/promises';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import {
  COMMON_DATASET,
  datasetOf,
  VIEWS_DATASET,
  viewsDatasetOf,
} from '../../shared/warehouse/names.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';

/** A table of `sql/tables/tables.json`. */
export interface TableLayout {
  readonly dataset: 'common' | 'portfolio';
  readonly description: string;
  /** The TIMESTAMP column whose days are the partitions; every query filters by it. */
  readonly partition_by: string;
  readonly clustering: readonly string[];
  /** Which retention it has: a name in terraform/modules/system/tables.tf. */
  readonly keep: 'decisions' | 'quarantine' | 'batches' | 'forever';
  readonly personal?: Readonly<Record<string, 'identifier' | 'content'>>;
}

/** A column of `sql/tables/`, what is read of it here. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
}

/** A view, or a function with its CREATE statement. */
export interface SqlObject {
  readonly dataset: string;
  readonly name: string;
  /** Its file's purpose, on one line. */
  readonly description: string;
  readonly sql: string;
}

const json = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8'));

export const tableLayouts = (): Promise<Record<string, TableLayout>> =>
  json('sql/tables/tables.json');

/** Columns of a file of `sql/tables/`, as BigQuery's schema JSON. */
export const columnsOf = (name: string): Promise<Column[]> => json(`sql/tables/${name}.json`);

/**
 * What every message on the topic of decisions has, as an Avro schema: what their table demands of
 * every row. The same as in terraform/modules/messaging/schema.tf.
 */
export async function decisionSchema(): Promise<string> {
  const fields = (await columnsOf('decisions'))
    .filter(({ mode }) => mode === 'REQUIRED')
    .map(({ name, type }) => ({ name, type: AVRO_TYPES[type] }));
  return JSON.stringify({ type: 'record', name: 'Decision', fields });
}

const AVRO_TYPES: Readonly<Record<string, string>> = {
  BOOL: 'boolean',
  FLOAT64: 'double',
  INT64: 'long',
  STRING: 'string',
  TIMESTAMP: 'string',
};

/** The views over what all portfolios share. */
export const commonViews = (projectId: string): Promise<SqlObject[]> =>
  objectsOf('sql/views', VIEWS_DATASET, commonNames(projectId));

/** The views of one portfolio. */
export const portfolioViews = (
  projectId: string,
  { id, keys, outcome_keys }: Pick<Portfolio, 'id' | 'keys' | 'outcome_keys'>,
): Promise<SqlObject[]> =>
  objectsOf('sql/views/portfolio', viewsDatasetOf(id), {
    ...commonNames(projectId),
    data: dataset(projectId, datasetOf(id)),
    id,
    application_time: identifier(keys.time),
    outcome_time: identifier(outcome_keys.time),
  });

/** The SQL functions that views and queries call. */
export const routines = (projectId: string): Promise<SqlObject[]> =>
  objectsOf('sql/routines', VIEWS_DATASET, commonNames(projectId));

const dataset = (projectId: string, datasetId: string): string => `\`${projectId}.${datasetId}\``;

const commonNames = (projectId: string) => ({
  flit: dataset(projectId, COMMON_DATASET),
  views: dataset(projectId, VIEWS_DATASET),
});

async function objectsOf(
  folder: string,
  datasetId: string,
  names: Readonly<Record<string, string>>,
): Promise<SqlObject[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    files
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map(async (file) => {
        const text = await readFile(`${folder}/${file}`, 'utf8');
        const used = Object.entries(names).filter(([name]) => text.includes(`\${${name}}`));
        return {
          dataset: datasetId,
          name: file.slice(0, -'.sql'.length),
          description: purposeOf(text, `${folder}/${file}`),
          sql: fill(text, Object.fromEntries(used)),
        };
      }),
  );
}

function purposeOf(text: string, path: string): string {
  const purpose = /^-- Purpose: ([\s\S]*?)\n-- (?:Grain|Inputs|Column)/.exec(text)?.[1];
  if (purpose === undefined) throw new Error(`${path} does not say its purpose at its head.`);
  return purpose.replaceAll(/\s*\n-- +/g, ' ');
}
