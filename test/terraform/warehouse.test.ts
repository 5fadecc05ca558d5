import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { type ColumnSchema, tableSchema } from '../../shared/portfolio/contract.ts';
import { loadPortfolio } from '../../shared/portfolio/portfolio.ts';
import {
  COMMON_DATASET,
  datasetOf,
  VIEWS_DATASET,
  viewsDatasetOf,
} from '../../shared/warehouse/names.ts';
import { tableLayouts } from '../start/sql_objects.ts';
import { check, ENVIRONMENTS, needTerraform, type Planned } from './checker.ts';
import { portfolioIds } from './sources.ts';

const schemaFile = (name: string): ColumnSchema[] =>
  JSON.parse(readFileSync(`sql/tables/${name}.json`, 'utf8'));

const DAY_MS = 86_400_000;

interface Table {
  readonly require_partition_filter: boolean;
  readonly description: string;
  readonly clustering: string[];
  readonly time_partitioning: { type: string; field: string; expiration_ms: number | null }[];
}

describe('sql/tables', () => {
  it('has a layout for every table, and columns for every layout', async () => {
    const layouts = Object.keys(await tableLayouts());
    const files = globSync('sql/tables/*.json').map((path) => path.split('/')[2]!.slice(0, -5));
    const NO_TABLES = ['tables', 'ingest_columns'];
    assert.deepEqual(layouts.sort(), files.filter((name) => !NO_TABLES.includes(name)).sort());
  });

  it('partitions, clusters and hides by columns that there are', async () => {
    for (const [name, layout] of Object.entries(await tableLayouts())) {
      const columns = new Map(schemaFile(name).map((column) => [column.name, column.type]));
      assert.equal(columns.get(layout.partition_by), 'TIMESTAMP', name);
      for (const column of layout.clustering) assert.ok(columns.has(column), `${name} ${column}`);
      for (const [column, kind] of Object.entries(layout.personal ?? {})) {
        assert.ok(columns.has(column), `${name} ${column}`);
        // A hash is text.
        if (kind === 'identifier') assert.equal(columns.get(column), 'STRING', column);
      }
    }
  });
});

for (const environment of ENVIRONMENTS) {
  describe(`the warehouse in ${environment}`, function () {
    this.timeout(120_000);

    let resources: readonly Planned[];
    const ofType = (type: string) => resources.filter((resource) => resource.type === type);
    const tables = () =>
      ofType('google_bigquery_table').filter(
        ({ key, address }) => address.includes('_table.this[') && key !== '',
      );
    const table = (dataset: string, name: string) => {
      const found = tables().find(
        ({ values }) => values.dataset_id === dataset && values.table_id === name,
      );
      assert.ok(found, `there is no table ${dataset}.${name}`);
      return found.values as unknown as Table;
    };
    /** The columns that a table is asked for; with policy tags they are known after an apply. */
    const columns = (dataset: string, name: string): unknown => {
      const module =
        dataset === COMMON_DATASET
          ? 'module.warehouse.'
          : `module.portfolio_warehouse["${dataset.slice('flit_'.length)}"].`;
      const found = resources.find(
        ({ address, type, key }) =>
          type === 'terraform_data' &&
          key === name &&
          address.includes(`${module}terraform_data.columns`),
      );
      assert.ok(found, `nothing says the columns of ${dataset}.${name}`);
      return JSON.parse(String(found.values.input));
    };

    before(function () {
      needTerraform(this);
      resources = check(environment).resources;
    });

    it('has two datasets for every portfolio and two for all, and no other', () => {
      const datasets = ofType('google_bigquery_dataset').map(({ values }) => values.dataset_id);
      assert.deepEqual(
        datasets.sort(),
        [
          COMMON_DATASET,
          VIEWS_DATASET,
          ...portfolioIds().map(datasetOf),
          ...portfolioIds().map(viewsDatasetOf),
        ].sort(),
      );
    });

    it('keeps raw records in the columns of their contract, in its order', async () => {
      for (const id of portfolioIds()) {
        const { application, outcome } = await loadPortfolio('sql', id);
        for (const [name, contract] of Object.entries({
          applications: application,
          outcomes: outcome,
        })) {
          assert.deepEqual(
            columns(datasetOf(id), name),
            [...tableSchema(contract), ...schemaFile('ingest_columns')],
            `${id} ${name}`,
          );
        }
      }
    });

    it('partitions by the day of the record and lays together what is asked for together', async () => {
      for (const id of portfolioIds()) {
        const { keys, outcome_keys } = await loadPortfolio('sql', id);
        const expected = {
          applications: [keys.time, keys.entity],
          outcomes: [outcome_keys.time, outcome_keys.outcome],
        };
        for (const [name, [time, key]] of Object.entries(expected)) {
          const { time_partitioning, clustering } = table(datasetOf(id), name);
          assert.equal(time_partitioning[0]!.type, 'DAY');
          assert.equal(time_partitioning[0]!.field, time);
          assert.deepEqual(clustering, [key]);
        }
      }
    });

    it('has the tables of sql/tables where and as their layouts say, and no other', async () => {
      const layouts = Object.entries(await tableLayouts());
      const placed = layouts.flatMap(([name, layout]) =>
        (layout.dataset === 'common' ? [COMMON_DATASET] : portfolioIds().map(datasetOf)).map(
          (dataset) => ({ dataset, name, layout }),
        ),
      );
      for (const { dataset, name, layout } of placed) {
        const { time_partitioning, clustering, description } = table(dataset, name);
        assert.deepEqual(columns(dataset, name), schemaFile(name));
        assert.equal(time_partitioning[0]!.type, 'DAY');
        assert.equal(time_partitioning[0]!.field, layout.partition_by);
        assert.deepEqual(clustering, layout.clustering);
        assert.equal(description, layout.description);
      }
      assert.equal(tables().length, placed.length + 2 * portfolioIds().length);
    });

    it('keeps decisions for seven years, and what was refused for a quarter of one', () => {
      const days = (dataset: string, name: string) =>
        table(dataset, name).time_partitioning[0]!.expiration_ms! / DAY_MS;
      assert.equal(days(COMMON_DATASET, 'decisions'), 2557);
      for (const id of portfolioIds()) assert.equal(days(datasetOf(id), 'quarantine'), 90);
    });

    it('refuses queries that would read every partition', () => {
      for (const { address, values } of tables()) {
        assert.equal(values.require_partition_filter, true, address);
      }
    });

    it('protects every table and view from deletion', () => {
      for (const { address, values } of ofType('google_bigquery_table')) {
        assert.equal(values.deletion_protection, true, address);
      }
    });

    it('masks personal data for whoever may not see it', () => {
      const masks = new Map(
        ofType('google_bigquery_datapolicy_data_policy').map(({ key, values }) => [
          key,
          (values.data_masking_policy as { predefined_expression: string }[])[0]!
            .predefined_expression,
        ]),
      );
      assert.deepEqual(Object.fromEntries(masks), {
        content: 'ALWAYS_NULL',
        identifier: 'SHA256',
      });
    });

    it('is granted by dataset access alone, which leaves views their authorisation', () => {
      const granted = new Set(resources.map(({ type }) => type));
      for (const kind of ['member', 'binding', 'policy']) {
        assert.ok(!granted.has(`google_bigquery_dataset_iam_${kind}`), kind);
      }
    });
  });
}
