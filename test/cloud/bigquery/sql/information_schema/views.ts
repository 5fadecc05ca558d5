/** The views of INFORMATION_SCHEMA that are here, by name. */
import { ROUTINES, SCHEMATA, TABLE_OPTIONS, TABLES, VIEWS } from './catalogue_views.ts';
import { COLUMN_FIELD_PATHS, COLUMNS } from './column_views.ts';
import { JOBS } from './job_views.ts';
import { PARTITIONS, TABLE_STORAGE } from './storage_views.ts';
import type { View } from './view.ts';

export const INFORMATION_SCHEMA: ReadonlyMap<string, View> = new Map(
  Object.entries({
    COLUMNS,
    COLUMN_FIELD_PATHS,
    JOBS,
    JOBS_BY_PROJECT: JOBS,
    PARTITIONS,
    ROUTINES,
    SCHEMATA,
    TABLES,
    TABLE_OPTIONS,
    TABLE_STORAGE,
    TABLE_STORAGE_BY_PROJECT: TABLE_STORAGE,
    VIEWS,
  }),
);
