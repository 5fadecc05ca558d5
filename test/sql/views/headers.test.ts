/** Views explain themselves: their heads say what they are, and what every column is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { useLender } from '../../functions/support/lender.ts';
import {
  columnsOf,
  commonViews,
  portfolioViews,
  type SqlObject,
  tableLayouts,
} from '../../start/sql_objects.ts';

interface Field {
  readonly name: string;
  readonly fields?: readonly Field[];
}

describe('every view', () => {
  const lender = useLender();
  let views: SqlObject[];
  /** Columns by table, which tables and contracts describe: in a view they mean the same. */
  const described = new Map<string, readonly string[]>();

  before(async () => {
    const { projectId, portfolio } = lender;
    views = [...(await commonViews(projectId)), ...(await portfolioViews(projectId, portfolio))];
    const namesOf = async (table: string) => (await columnsOf(table)).map(({ name }) => name);
    for (const table of Object.keys(await tableLayouts())) {
      described.set(table, await namesOf(table));
    }
    const raw = { applications: portfolio.application, outcomes: portfolio.outcome };
    for (const [table, { properties }] of Object.entries(raw)) {
      described.set(table, [...Object.keys(properties), ...(await namesOf('ingest_columns'))]);
    }
  });

  const fileOf = ({ dataset, name }: SqlObject): string =>
    readFileSync(`sql/views/${dataset === 'flit_views' ? '' : 'portfolio/'}${name}.sql`, 'utf8');

  const headOf = (view: SqlObject): string => /^(?:--.*\n)+/.exec(fileOf(view))?.[0] ?? '';

  const columnsIn = (head: string): string[] =>
    [...head.matchAll(/^-- Column (\w+): ./gm)].map(([, name]) => name!);

  async function answered({ dataset, name }: SqlObject): Promise<string[]> {
    const [job] = await lender.bigquery.createQueryJob({
      query: `SELECT * FROM ${dataset}.${name}`,
      dryRun: true,
    });
    return (job.metadata.statistics.query.schema.fields as Field[]).map(({ name }) => name);
  }

  it('says its purpose, its grain and what it reads', () => {
    for (const view of views) {
      const head = headOf(view);
      for (const part of ['Purpose', 'Grain', 'Inputs']) {
        assert.match(head, new RegExp(`^-- ${part}: \\S`, 'm'), view.name);
      }
    }
  });

  it('describes each of its columns, unless the table that it comes from does', async () => {
    const missing: string[] = [];
    for (const view of views) {
      const text = fileOf(view);
      const read = [...described].filter(([table]) => new RegExp(`\\}\\.${table}\\b`).test(text));
      const known = new Set([...columnsIn(headOf(view)), ...read.flatMap(([, names]) => names)]);
      for (const column of await answered(view)) {
        if (!known.has(column)) missing.push(`${view.name}.${column}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  it('describes no column that it does not have', async () => {
    for (const view of views) {
      const columns = await answered(view);
      for (const column of columnsIn(headOf(view))) {
        assert.ok(columns.includes(column), `${view.name}: ${column}`);
      }
    }
  });
});
