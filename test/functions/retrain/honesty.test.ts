/** What a training is made of: only what was known, only what is fit, and the same again on demand. */
import assert from 'node:assert/strict';
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { versionOf } from '../../../functions/retrain/plan.ts';
import { run } from '../../../functions/retrain/run.ts';
import { findBundle } from '../../../shared/bundle/bundle.ts';
import type { Manifest } from '../../../shared/bundle/manifest.ts';
import { findPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { fill, identifier, sqlFiles } from '../../../shared/warehouse/sql.ts';
import { type Lender, query, seedRows, useLender, writeSql } from '../support/lender.ts';
import { LOANS, type PortfolioFiles, withDocument } from '../support/loans.ts';
import { retrainContext } from '../support/retrained.ts';
import { AS_OF, type LoanRows, loanRows } from '../support/rows.ts';

const VERSION = 'v20260611_000000';

/** A feature more, and the reason that it needs. */
const withFeature = (name: string, sql: string): PortfolioFiles => ({
  ...LOANS,
  'features.sql': LOANS['features.sql'].replace(
    '\nFROM input',
    `,\n  ${sql} AS ${name}\nFROM input`,
  ),
  'reasons.json': {
    reasons: [
      ...LOANS['reasons.json'].reasons,
      { code: 'M99', text: 'Something else.', features: [name] },
    ],
  },
});

/** Rows that arrive as others do, but later. */
const later = (rows: LoanRows, ingestedAt: string) => ({
  applications: rows.applications.map((row) => ({ ...row, _ingested_at: ingestedAt })),
  outcomes: rows.outcomes.map((row) => ({ ...row, _ingested_at: ingestedAt })),
});

/** Puts rows beside those that are there. */
async function append(lender: Lender, table: string, rows: readonly object[]): Promise<void> {
  const lineage = { _ingest_run: 'late' };
  const lines = rows.map((row) => JSON.stringify({ ...row, ...lineage }));
  const file = lender.storage.bucket('flit-landing').file(`late/${table}.ndjson`);
  await file.save(lines.join('\n'), { resumable: false });
  await lender.bigquery
    .dataset('flit_loans')
    .table(table)
    .load(file, { sourceFormat: 'NEWLINE_DELIMITED_JSON', writeDisposition: 'WRITE_APPEND' });
}

describe('the rows of a training', () => {
  const lender = useLender();
  let manifest: Manifest;
  before(async () => {
    const rows = loanRows(1200);
    // Every outcome once more, the other way round: after the training, or recorded after it.
    const turned = rows.outcomes.map((row) => ({ ...row, defaulted: 1 - row.defaulted }));
    await seedRows(lender, rows);
    await append(
      lender,
      'outcomes',
      turned.map((row, i) => ({
        ...row,
        outcome_id: `late-${i}`,
        ...(i % 2 === 0
          ? { known_at: '2026-06-12T00:00:00Z', _ingested_at: '2026-06-01T00:00:00Z' }
          : { _ingested_at: '2026-06-12T00:00:00Z' }),
      })),
    );
    await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
    manifest = (await findBundle(lender.objects, 'loans', VERSION))!.manifest;
  });

  it('know no outcome that came, or was recorded, after the training', async () => {
    const snapshot = await query(
      lender,
      `SELECT application_id, defaulted FROM snapshot_${VERSION} ORDER BY application_id`,
    );
    const bad = new Map(loanRows(1200).outcomes.map((row) => [row.loan_id, row.defaulted]));
    assert.ok(snapshot.length > 900);
    for (const { application_id, defaulted } of snapshot) {
      assert.equal(defaulted, bad.get(application_id as string), String(application_id));
    }
  });

  it('can be made again, the same, whatever arrived since', async () => {
    const more = loanRows(50, 7);
    const renamed = {
      applications: more.applications.map((row) => ({ ...row, loan_id: `more-${row.loan_id}` })),
      outcomes: more.outcomes.map((row) => ({
        ...row,
        loan_id: `more-${row.loan_id}`,
        outcome_id: `more-${row.outcome_id}`,
      })),
    };
    const { applications, outcomes } = later(renamed, '2026-06-20T00:00:00Z');
    await append(lender, 'applications', applications);
    await append(lender, 'outcomes', outcomes);
    const { query: text, parameters, fingerprints, rows } = manifest.training;
    const params = Object.fromEntries(
      Object.entries(parameters!).map(([name, value]) => [
        name,
        typeof value === 'string' ? new BigQueryTimestamp(value) : value,
      ]),
    );
    const again = async (changes: object = {}) => {
      const dataset = lender.bigquery.dataset('flit_loans');
      await lender.bigquery.query({
        query: text,
        params: { ...params, ...changes },
        defaultDataset: { projectId: lender.projectId, datasetId: 'flit_loans' },
        destination: dataset.table('rebuilt'),
        writeDisposition: 'WRITE_TRUNCATE',
      });
      const counts = await sqlFiles(lender.sqlDirectory)('retrain/counts.sql');
      return query(lender, fill(counts, { snapshot: identifier('rebuilt') }));
    };
    const rebuilt = await again();
    assert.deepEqual(
      Object.fromEntries(rebuilt.map(({ role, fingerprint }) => [role, fingerprint])),
      fingerprints,
    );
    assert.deepEqual(
      Object.fromEntries(rebuilt.map(({ role, applications: count }) => [role, count])),
      rows,
    );
    const known = await again({ known_by: new BigQueryTimestamp('2026-06-30T00:00:00Z') });
    for (const { role, fingerprint } of known) {
      assert.notEqual(fingerprint, fingerprints![role as string]);
    }
  });

  it('are found fit, figure by figure, in the manifest and for analysts', async () => {
    const checks = manifest.checks!;
    const names = new Set(checks.map(({ check }) => check));
    assert.deepEqual([...names].sort(), [
      'bad_rate_at_least',
      'bad_rate_at_most',
      'constant_features',
      'duplicates',
      'entity_overlap',
      'missing',
      'out_of_contract',
      'protected_inputs',
      'single_feature_auc',
      'time_correlation',
    ]);
    assert.ok(checks.every(({ passed }) => passed));
    const missing = checks.find(
      ({ check, subject }) => check === 'missing' && subject === 'income',
    );
    const [counted] = await query(
      lender,
      `SELECT COUNTIF(income IS NULL) / COUNT(*) AS share FROM snapshot_${VERSION} WHERE role = 'TRAIN'`,
    );
    assert.ok(Math.abs(missing!.figure! - Number(counted!.share)) < 1e-6);
    // Pairs of a bad and a good application, told apart by what they pay a month.
    const rows = await query(
      lender,
      `SELECT defaulted, monthly_payment AS x FROM snapshot_${VERSION}`,
    );
    const of = (label: number) =>
      rows.filter((row) => row.defaulted === label).map(({ x }) => Number(x));
    const [bads, goods] = [of(1), of(0)];
    const won = bads.flatMap((b) => goods.map((g) => (b > g ? 1 : b === g ? 0.5 : 0) as number));
    const auc = won.reduce((sum, one) => sum + one, 0) / won.length;
    const alone = checks.find(
      ({ check, subject }) => check === 'single_feature_auc' && subject === 'monthly_payment',
    );
    assert.ok(Math.abs(alone!.figure! - Math.max(auc, 1 - auc)) < 1e-5);
    const [kept] = await query(
      lender,
      `SELECT COUNT(*) AS checks FROM flit_views_loans.training_checks WHERE version = '${VERSION}'`,
    );
    assert.equal(kept!.checks, checks.length);
  });
});

describe('a training is refused for', () => {
  const lender = useLender();
  let hour = -1;

  /** Trains on rows by a portfolio; what it is refused for, and the checks that analysts see failed. */
  const refusal = async (files: PortfolioFiles, rows: LoanRows) => {
    await writeSql(lender.sqlDirectory, files);
    for (const table of ['applications', 'outcomes']) {
      await lender.bigquery.query(
        `DELETE FROM flit_loans.${table} WHERE ${table === 'outcomes' ? 'known_at' : 'asked_at'} > '2000-01-01'`,
      );
    }
    await seedRows(lender, rows);
    const portfolio = await findPortfolio(lender.sqlDirectory, 'loans');
    const asOf = new Date(Date.UTC(2026, 5, 11, ++hour));
    const error: unknown = await run(retrainContext(lender, { portfolio }), {
      asOf,
      actor: 'test',
    }).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error, 'it was trained');
    const failed = await query(
      lender,
      `SELECT check_name, subject FROM flit_views_loans.training_checks
       WHERE version = '${versionOf(asOf)}' AND NOT passed ORDER BY check_name, subject`,
    );
    const [models] = await lender.bigquery.dataset('flit_loans').getModels();
    assert.deepEqual(models, [], 'nothing was trained');
    return { error, failed };
  };
  const rows = loanRows(1200);

  it('a value that the contract does not allow, naming the field', async () => {
    const [first, ...rest] = rows.applications;
    const { error, failed } = await refusal(LOANS, {
      ...rows,
      applications: [...rest, { ...first!, asked_at: '2026-05-01T00:00:00Z', amount: -1 }],
    });
    assert.match(
      error.message,
      /^The rows are not fit to train on: out_of_contract of amount is 0\.000\d+, the limit is 0\.$/,
    );
    assert.deepEqual(failed, [{ check_name: 'out_of_contract', subject: 'amount' }]);
  });

  it('a feature that is mostly missing, by the portfolio’s own limit', async () => {
    const files = withDocument(LOANS, { checks: { missing_at_most: 0.05 } });
    const { error, failed } = await refusal(files, rows);
    assert.match(error.message, /missing of income is 0\.\d+, the limit is 0\.05\.$/);
    assert.deepEqual(failed, [{ check_name: 'missing', subject: 'income' }]);
  });

  it('a bad rate out of all bounds, role by role', async () => {
    const files = withDocument(LOANS, { checks: { bad_rate_at_most: 0.1 } });
    const { failed } = await refusal(files, rows);
    assert.deepEqual(
      failed.map(({ subject }) => subject),
      ['CALIBRATION', 'TEST', 'TRAIN'],
    );
  });

  it('features that are always the same', async () => {
    const files = withFeature('nothing', 'IF(amount < 0, 1, 0)');
    const limited = withDocument(files, { checks: { constant_features_at_most: 0 } });
    const { error } = await refusal(limited, rows);
    assert.match(error.message, /constant_features of nothing is 0\.1, the limit is 0\./);
  });

  it('a feature that is the label, naming it', async () => {
    const bad = new Set(rows.outcomes.filter((row) => row.defaulted).map((row) => row.loan_id));
    const leaky = rows.applications.map((row) => ({
      ...row,
      dependants: bad.has(row.loan_id) ? 3 : 1,
    }));
    const { error, failed } = await refusal(LOANS, { ...rows, applications: leaky });
    assert.match(error.message, /single_feature_auc of dependants is 1, the limit is 0\.95/);
    assert.deepEqual(failed, [{ check_name: 'single_feature_auc', subject: 'dependants' }]);
  });

  it('a feature that is the time of the application, naming it', async () => {
    const files = withFeature('day', "DATE_DIFF(DATE(asked_at), DATE '2026-01-01', DAY)");
    const { failed } = await refusal(files, rows);
    assert.deepEqual(failed, [{ check_name: 'time_correlation', subject: 'day' }]);
  });

  it('an application that is there twice', async () => {
    const twice = rows.applications.at(600)!;
    const { error, failed } = await refusal(LOANS, {
      ...rows,
      applications: [...rows.applications, twice],
    });
    assert.match(error.message, /duplicates is 1, the limit is 0\.$/);
    assert.deepEqual(failed, [{ check_name: 'duplicates', subject: null }]);
  });

  it('people who are trained on and measured on, where the portfolio forbids it', async () => {
    const files = withDocument(LOANS, { checks: { entity_overlap_at_most: 0.1 } });
    const { error } = await refusal(files, rows);
    assert.match(error.message, /entity_overlap is 0\.[2-9]\d*, the limit is 0\.1/);
  });
});
