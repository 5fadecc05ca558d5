/** INFORMATION_SCHEMA: what the catalogue holds and what ran, as rows. */
import { notFound, unsupported } from '../../../errors.ts';
import { type DatasetRef, describeDataset } from '../../names.ts';
import { cellSql, type View } from '../information_schema/view.ts';
import { INFORMATION_SCHEMA } from '../information_schema/views.ts';
import type { Home, Resolver } from './context.ts';
import { columnsOf, named, type Relation } from './relation.ts';
import { NO_REFS } from './typed.ts';

/** The relation of `[project.][dataset.|region-x.]INFORMATION_SCHEMA.X`; undefined for any other path. */
export function informationSchema(
  r: Resolver,
  parts: readonly string[],
  home: Home,
  alias: string,
): Relation | undefined {
  const at = parts.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (at < 0 || at !== parts.length - 2) return undefined;
  const name = parts[at + 1]!.toUpperCase();
  const view = INFORMATION_SCHEMA.get(name);
  if (!view) throw unsupported(`INFORMATION_SCHEMA.${name}`);
  const projectId = parts[at - 2] ?? home.projectId;
  const places = placesOf(r, view, name, { projectId, qualifier: parts[at - 1] }, home);
  return relationOf(
    r,
    view,
    places.flatMap((place) => view.queries(r, place)),
    alias,
  );
}

interface Path {
  readonly projectId: string;
  /** What stands before INFORMATION_SCHEMA. */
  readonly qualifier: string | undefined;
}

/** Whose rows the view shows: a project's (its dataset is ''), a dataset's, or all datasets'. */
function placesOf(
  { catalog }: Resolver,
  view: View,
  name: string,
  { projectId, qualifier }: Path,
  home: Home,
): readonly DatasetRef[] {
  const isRegion = qualifier?.toLowerCase().startsWith('region-') ?? false;
  if (view.of === 'project') {
    if (qualifier === undefined || isRegion) return [{ projectId, datasetId: '' }];
    throw unsupported(`INFORMATION_SCHEMA.${name} of one dataset`);
  }
  if (isRegion) return catalog.datasets(projectId).map(({ ref }) => ref);
  const dataset = qualifier === undefined ? home.datasetId : { projectId, datasetId: qualifier };
  if (!dataset) throw unsupported(`INFORMATION_SCHEMA.${name} without a dataset or a region`);
  if (!catalog.hasDataset(dataset)) {
    throw notFound(`${describeDataset(dataset)} was not found in location US`);
  }
  return [dataset];
}

function relationOf(
  r: Resolver,
  { columns }: View,
  queries: readonly string[],
  alias: string,
): Relation {
  const unique = r.unique('t');
  const aliases = columns.map((_, i) => `c${i + 1}`);
  // Without rows, one that no condition lets through gives the columns their types.
  const blank = `SELECT ${columns.map(([, type]) => cellSql(null, type)).join(', ')} WHERE FALSE`;
  const body = queries.length > 0 ? queries.join(' UNION ALL ') : blank;
  const sql = `(SELECT * FROM (${body}) AS v(${aliases.join(', ')})) AS ${unique}`;
  const outputs = columns.map(([name, type], i) => ({
    name,
    type,
    alias: aliases[i]!,
    refs: NO_REFS,
  }));
  return named(sql, columnsOf(unique, outputs), alias);
}
