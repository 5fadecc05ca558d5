/** What queries read: said at their heads, and held to a filter on partitions and to the columns that they name. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { profilesInSql } from '../../functions/ingest/profile.ts';
import { findingsSql } from '../../functions/ingest/quality/findings.ts';
import type { Expectation } from '../../shared/portfolio/expectations.ts';
import { fill } from '../../shared/warehouse/sql.ts';
import { query, seedRows, useLender } from '../functions/support/lender.ts';
import { loanRows } from '../functions/support/rows.ts';
import { tableLayouts } from '../start/sql_objects.ts';

/** Compiled, and put into queries that say what they cost. */
const ROW_BY_ROW = /\/(features|policy)\.sql$/;

describe('every query in sql/', () => {
  for (const file of globSync('sql/**/*.sql').filter((path) => !ROW_BY_ROW.test(path))) {
    it(`says what it costs: ${file}`, () => {
      const head = /^(?:--.*\n)+/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
      assert.match(head, /^-- Cost: \S/m);
    });
  }
});

describe('the tables', () => {
  const lender = useLender();
  const EVER = "TIMESTAMP '2000-01-01 00:00:00 UTC'";
  let partitions: [table: string, column: string][];

  before(async () => {
    await seedRows(lender, loanRows(100));
    await query(
      lender,
      'CREATE TABLE staging_cost (loan_id STRING, asked_at TIMESTAMP, _position INT64)',
    );
    const { keys, outcome_keys } = lender.portfolio;
    partitions = [
      ['applications', keys.time],
      ['outcomes', outcome_keys.time],
      ...Object.entries(await tableLayouts()).map(
        ([name, { dataset, partition_by }]): [string, string] => [
          dataset === 'common' ? `flit.${name}` : name,
          partition_by,
        ],
      ),
    ];
  });

  const bytes = async (sql: string, params: Record<string, unknown> = {}): Promise<number> => {
    const [job] = await lender.bigquery.createQueryJob({
      query: sql,
      params,
      dryRun: true,
      defaultDataset: { projectId: lender.projectId, datasetId: 'flit_loans' },
    });
    return Number(job.metadata.statistics.totalBytesProcessed);
  };
  const unfiltered = /without a filter over column\(s\) '\w+' that can be used for partition/;

  it('are not read, changed or merged into without a filter on their partitions', async () => {
    for (const [table, column] of partitions) {
      for (const statement of [
        `SELECT COUNT(*) FROM ${table}`,
        `SELECT COUNT(*) FROM ${table} WHERE TRUE`,
        `SELECT COUNT(*) FROM (SELECT ${column} AS x FROM ${table})`,
        `DELETE FROM ${table} WHERE TRUE`,
        `UPDATE ${table} SET ${column} = ${EVER} WHERE TRUE`,
        `MERGE ${table} AS t USING (SELECT 1 AS one) AS s ON FALSE WHEN NOT MATCHED BY SOURCE THEN DELETE`,
        `MERGE staging_cost AS t USING ${table} AS s ON FALSE WHEN NOT MATCHED THEN INSERT (loan_id) VALUES ('')`,
      ]) {
        await assert.rejects(query(lender, statement), unfiltered, statement);
      }
      await query(lender, `SELECT COUNT(*) FROM ${table} WHERE ${column} >= ${EVER}`);
    }
  });

  it('give of their columns those that a query names: the look of a merge, the key and the time', async () => {
    const names = {
      table: 'applications',
      staging: 'staging_cost',
      key: 'loan_id',
      time: 'asked_at',
    };
    const look = fill(readFileSync('sql/ingest/look.sql', 'utf8'), names);
    const when = { from: new Date('2026-04-01'), until: new Date('2026-07-01') };
    const read = await bytes(look, { ...when, stream: 'applications' });
    const columns = `FROM applications WHERE asked_at >= ${EVER}`;
    assert.equal(read, await bytes(`SELECT loan_id, asked_at ${columns}`));
    assert.ok(read * 2 < (await bytes(`SELECT * ${columns}`)));
  });

  it('give of their columns those that expectations name, each once', async () => {
    const every = {
      stream: 'applications',
      severity: 'warn',
      description: 'So.',
      share_at_most: 0,
    };
    const expectations = [
      { ...every, kind: 'not_null', name: 'a', column: 'income' },
      { ...every, kind: 'range', name: 'b', column: 'income', minimum: 0, maximum: 10 },
      { ...every, kind: 'condition', name: 'c', holds: 'amount > income' },
    ] as Expectation[];
    const references = { key: 'loan_id', time: 'asked_at', from: () => 0, until: 0 };
    const { findings, counts, parameters } = findingsSql(expectations, references);
    const sql = fill(readFileSync('sql/ingest/expectations.sql', 'utf8'), {
      table: 'applications',
      time: 'asked_at',
      findings,
      counts,
    });
    const when = { from: new Date('2026-04-01'), until: new Date('2026-07-01') };
    assert.equal(
      await bytes(sql, { ...when, ...parameters }),
      await bytes(`SELECT asked_at, income, amount FROM applications WHERE asked_at >= ${EVER}`),
    );
  });

  describe('give of their partitions those of the time that is asked for', () => {
    const names = {
      table: 'applications',
      staging: 'staging_cost',
      key: 'loan_id',
      time: 'asked_at',
    };
    const { staging: _, ...stored } = names;
    const read = (file: string) => readFileSync(`sql/${file}.sql`, 'utf8');
    const columns = {
      columns: 'loan_id, asked_at',
      arrived: 'arrived.loan_id, arrived.asked_at',
      differs: 'TRUE',
      assignments: 'loan_id = arrived.loan_id',
    };
    const lineage = { run: 'run', at: new Date('2026-06-01') };
    const input = 'SELECT loan_id AS application_id, amount FROM input';
    /** Each with what it wants beside the times. */
    const queries: Record<string, () => [sql: string, params?: Record<string, unknown>]> = {
      'ingest/look': () => [fill(read('ingest/look'), names), { stream: 'applications' }],
      'ingest/merge': () => [fill(read('ingest/merge'), { ...names, ...columns }), lineage],
      'ingest/twice': () => [fill(read('ingest/twice'), names)],
      'ingest/collapse': () => [fill(read('ingest/collapse'), stored), { keys: ['l-1'] }],
      'ingest/profile': () => [
        fill(read('ingest/profile'), {
          table: 'applications',
          time: 'asked_at',
          columns: profilesInSql(lender.portfolio.application, new Set()),
        }),
        { ...lineage, stream: 'applications' },
      ],
      'monitor/sample': () => [
        fill(read('monitor/sample'), { time: 'asked_at', features: input }),
        { rows: 10 },
      ],
      'monitor/kpis': () => [read('monitor/kpis'), { portfolio: 'loans' }],
      'monitor/scores': () => [
        read('monitor/scores'),
        { portfolio: 'loans', baseline: [JSON.stringify({ version: 'v1' })] },
      ],
      'the label that retraining and the watch read': () => [
        lender.portfolio.sql.label,
        { as_of: new Date('2026-08-01') },
      ],
    };

    before(async () => {
      const decision = (day: string) => ({
        decision_id: day,
        portfolio: 'loans',
        application_id: 'l-1',
        entity_id: 'c-1',
        decided_at: `${day}T12:00:00Z`,
        outcome: 'approve',
        arm_reason: 'all',
        policy_version: '2026-06-01',
        scores: [],
        request: '{}',
        publish_time: `${day}T12:00:00Z`,
        message_id: day,
      });
      const decisions = lender.bigquery.dataset('flit').table('decisions');
      await decisions.insert(['2026-04-10', '2026-05-10', '2026-05-11'].map(decision));
    });

    for (const [file, query] of Object.entries(queries)) {
      it(file, async () => {
        const [sql, params] = query();
        const within = (from: string, until: string) =>
          bytes(sql, { ...params, from: new Date(from), until: new Date(until) });
        const [all, some, none] = [
          await within('2026-04-01', '2026-07-01'),
          await within('2026-05-01', '2026-05-11T12:00:00Z'),
          await within('2031-01-01', '2031-02-01'),
        ];
        assert.ok(none < some && some < all, `${none}, ${some}, ${all}`);
      });
    }
  });
});
