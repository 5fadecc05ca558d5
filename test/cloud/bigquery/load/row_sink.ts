/** What Pub/Sub's BigQuery subscriptions write to. */
import type { LocalCatalog } from '../catalog/catalog.ts';
import type { RowSink } from '../ports.ts';
import type { Inserter } from './insert.ts';

export const rowSink = (catalog: LocalCatalog, inserter: Inserter): RowSink => ({
  fields: (table) => {
    const entry = catalog.table(table);
    return entry?.kind === 'TABLE' ? entry.fields : undefined;
  },
  insert: async (table, rows) => {
    const options = { skipInvalidRows: false, ignoreUnknownValues: false };
    const problems = await inserter.insert(
      table,
      rows.map((json) => ({ json })),
      options,
    );
    return problems
      .filter(({ reason }) => reason === 'invalid')
      .map(({ index, message }) => ({ index, message }));
  },
});
