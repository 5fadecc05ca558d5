import type { DatasetRef } from '../names.ts';
import type { LocalCatalog } from './catalog.ts';

/** Where datasets and jobs are that say nothing of it. */
export const DEFAULT_LOCATION = 'US';

/** A dataset's location, and the default where there is none. */
export function locationOf(catalog: LocalCatalog, dataset: DatasetRef | undefined): string {
  const record = dataset && catalog.dataset(dataset);
  return canonicalLocation((record?.options.location as string | undefined) ?? DEFAULT_LOCATION);
}

/** A location as BigQuery spells it: multi-regions in capitals, regions not. */
export const canonicalLocation = (location: string): string =>
  /^(us|eu)$/i.test(location) ? location.toUpperCase() : location.toLowerCase();
