import assert from 'node:assert/strict';
import { loadPortfolio } from '../../shared/portfolio/portfolio.ts';
import {
  COMMON_DATASET,
  datasetOf,
  VIEWS_DATASET,
  viewsDatasetOf,
} from '../../shared/warehouse/names.ts';
import { commonViews, portfolioViews, routines, type SqlObject } from '../start/sql_objects.ts';
import { check, ENVIRONMENTS, needTerraform, type Planned, SETTINGS } from './checker.ts';
import { portfolioIds } from './sources.ts';

const PROJECT = SETTINGS.project_id;

const byName = (a: SqlObject, b: SqlObject): number =>
  `${a.dataset}.${a.name}` < `${b.dataset}.${b.name}` ? -1 : 1;

describe('sql/views', () => {
  let views: SqlObject[];

  before(async () => {
    const portfolios = await Promise.all(portfolioIds().map((id) => loadPortfolio('sql', id)));
    const own = portfolios.map((portfolio) => portfolioViews(PROJECT, portfolio));
    views = [...(await commonViews(PROJECT)), ...(await Promise.all(own)).flat()];
  });

  it('has a view at least for every portfolio', () => {
    for (const id of portfolioIds()) {
      assert.ok(
        views.some(({ dataset }) => dataset === viewsDatasetOf(id)),
        id,
      );
    }
  });

  for (const environment of ENVIRONMENTS) {
    describe(`in ${environment}`, function () {
      this.timeout(120_000);

      let resources: readonly Planned[];
      const ofType = (type: string) => resources.filter((resource) => resource.type === type);

      before(function () {
        needTerraform(this);
        resources = check(environment).resources;
      });

      it('becomes the views that the local cloud has, with the same text', () => {
        const planned = ofType('google_bigquery_table')
          .filter(({ address }) => address.includes('google_bigquery_table.view['))
          .map(({ values }): SqlObject => {
            const [view] = values.view as { query: string; use_legacy_sql: boolean }[];
            assert.equal(view!.use_legacy_sql, false);
            return {
              dataset: String(values.dataset_id),
              name: String(values.table_id),
              description: String(values.description),
              sql: view!.query,
            };
          });
        assert.deepEqual(planned.sort(byName), [...views].sort(byName));
      });

      it('becomes the functions that the local cloud has, with the same text', async () => {
        const planned = ofType('google_bigquery_routine').map(({ values }) => {
          const named = values.arguments as { name: string; data_type: string }[];
          const type = (json: string) => JSON.parse(json).typeKind;
          const list = named.map(({ name, data_type }) => `${name} ${type(data_type)}`).join(', ');
          return {
            dataset: String(values.dataset_id),
            name: String(values.routine_id),
            description: String(values.description),
            sql: statement(
              `\`${PROJECT}.${values.dataset_id}\`.${values.routine_id}(${list})`,
              type(String(values.return_type)),
              String(values.definition_body),
            ),
          };
        });
        const local = (await routines(PROJECT)).map((routine) => ({
          ...routine,
          // Without the head: that is the description.
          sql: routine.sql.slice(routine.sql.indexOf('CREATE OR REPLACE')),
        }));
        assert.deepEqual(planned.sort(byName), local.sort(byName));
      });

      it('may read the tables that it names, and no dataset that it does not', () => {
        const may = ofType('google_bigquery_dataset_access')
          .filter(({ key, address }) => address.includes('.authorised[') && key)
          .map(({ values }) => {
            const [entry] = values.dataset as { dataset: { dataset_id: string }[] }[];
            return `${entry!.dataset[0]!.dataset_id} ${values.dataset_id}`;
          });
        const authorised = [
          `${VIEWS_DATASET} ${COMMON_DATASET}`,
          ...portfolioIds().flatMap((id) => [
            `${viewsDatasetOf(id)} ${COMMON_DATASET}`,
            `${viewsDatasetOf(id)} ${datasetOf(id)}`,
          ]),
        ];
        assert.deepEqual(may.sort(), authorised.sort());
        for (const { dataset, name, sql } of views) {
          const named = [...sql.matchAll(/`flit-check\.(\w+)`\.\w+/g)].map(([, read]) => read!);
          assert.ok(named.length > 0, `${dataset}.${name} names no table`);
          for (const read of named) {
            const known = read === VIEWS_DATASET || may.includes(`${dataset} ${read}`);
            assert.ok(known, `${dataset}.${name} reads ${read}`);
          }
        }
      });
    });
  }
});

/** A file of sql/routines, below its head. */
const statement = (signature: string, returns: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION ${signature}\nRETURNS ${returns}\nAS (\n${body}\n);\n`;
