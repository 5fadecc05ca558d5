import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type ColumnSchema, tableSchema } from '../../shared/portfolio/contract.ts';
import { loadPortfolio } from '../../shared/portfolio/portfolio.ts';
import { COMMON_DATASET, datasetOf } from '../../shared/warehouse/names.ts';
import { check, ENVIRONMENTS, needTerraform, type Planned } from './checker.ts';
import { portfolioIds } from './sources.ts';

const schemaFile = (name: string): ColumnSchema[] =>
  JSON.parse(readFileSync(`sql/tables/${name}.json`, 'utf8'));

const DAY_MS = 86_400_000;

for (const environment of ENVIRONMENTS) {
  describe(`the warehouse in ${environment}`, function () {
    this.timeout(120_000);

    let tables: readonly Planned[];
    const table = (dataset: string, name: string) => {
      const found = tables.find(
        ({ values }) => values.dataset_id === dataset && values.table_id === name,
      );
      assert.ok(found, `there is no table ${dataset}.${name}`);
      return found.values as Record<string, unknown> & {
        schema: string;
        time_partitioning: { type: string; field: string; expiration_ms: number | null }[];
      };
    };

    before(function () {
      needTerraform(this);
      tables = check(environment).resources.filter(({ type }) => type === 'google_bigquery_table');
    });

    it('has a dataset for every portfolio and one for all, and no other', () => {
      const datasets = check(environment)
        .resources.filter(({ type }) => type === 'google_bigquery_dataset')
        .map(({ values }) => values.dataset_id);
      assert.deepEqual(datasets.sort(), [COMMON_DATASET, ...portfolioIds().map(datasetOf)].sort());
    });

    it('keeps raw records in the columns of their contract, in its order', async () => {
      for (const id of portfolioIds()) {
        const { application, outcome } = await loadPortfolio('sql', id);
        for (const [name, contract] of Object.entries({
          applications: application,
          outcomes: outcome,
        })) {
          assert.deepEqual(
            JSON.parse(table(datasetOf(id), name).schema),
            [...tableSchema(contract), ...schemaFile('ingest_columns')],
            `${id} ${name}`,
          );
        }
        assert.deepEqual(
          JSON.parse(table(datasetOf(id), 'quarantine').schema),
          schemaFile('quarantine'),
        );
      }
    });

    it('partitions by the day of the record and lays together what is asked for together', async () => {
      for (const id of portfolioIds()) {
        const { keys, outcome_keys } = await loadPortfolio('sql', id);
        const expected = {
          applications: [keys.time, keys.entity],
          outcomes: [outcome_keys.time, outcome_keys.outcome],
          quarantine: ['_ingested_at', 'stream'],
        };
        for (const [name, [time, key]] of Object.entries(expected)) {
          const { time_partitioning, clustering } = table(datasetOf(id), name);
          assert.equal(time_partitioning[0]!.type, 'DAY');
          assert.equal(time_partitioning[0]!.field, time);
          assert.deepEqual(clustering, [key]);
        }
      }
    });

    it('keeps decisions, in the columns of their file, for seven years', () => {
      const { schema, time_partitioning, clustering } = table(COMMON_DATASET, 'decisions');
      assert.deepEqual(JSON.parse(schema), schemaFile('decisions'));
      assert.equal(time_partitioning[0]!.field, 'decided_at');
      assert.equal(time_partitioning[0]!.expiration_ms, 2557 * DAY_MS);
      assert.deepEqual(clustering, ['portfolio']);
    });

    it('protects every table from deletion', () => {
      for (const { address, values } of tables)
        assert.equal(values.deletion_protection, true, address);
    });
  });
}
