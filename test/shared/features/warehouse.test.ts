/** The same feature text in the warehouse and in the evaluator, on random programs and rows. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileFeatures, type InputField } from '../../../shared/features/compile.ts';
import { createEvaluator } from '../../../shared/features/evaluate.ts';
import type { FeatureProgram } from '../../../shared/features/program.ts';
import type { Row } from '../../../shared/features/row.ts';
import { withColumns } from '../../../shared/features/sql_text.ts';
import type { Literal } from '../../../shared/features/types.ts';
import { startBigQuery, type TestBigQuery } from '../../cloud/bigquery/testing.ts';
import { samples } from './arbitrary.ts';
import { TEXTS } from './arbitrary_expressions.ts';

/** What two mathematical libraries may compute with other last digits, up to three units in place. */
const INEXACT = /^(SAFE\.)?(LN|LOG|LOG10|EXP|POW)\(/;
const ULPS = 3;

describe('features in the warehouse', () => {
  let warehouse: TestBigQuery;
  before(async () => {
    warehouse = await startBigQuery();
  });
  after(() => warehouse.stop());

  it('are what the evaluator gives: to the bit, and LN, LOG, EXP and POW to their last digit', async () => {
    const any = samples({ transcendental: 'outermost', texts: TEXTS });
    await fc.assert(
      fc.asyncProperty(any, ({ inputs, sql, program, rows }) =>
        checkAgreement(warehouse, sql, inputs, program, rows),
      ),
      { numRuns: 60 },
    );
  });

  it('are what the evaluator gives for features of a checkout', async () => {
    const program = compileFeatures(CHECKOUT, CHECKOUT_INPUTS);
    await checkAgreement(warehouse, CHECKOUT, CHECKOUT_INPUTS, program, CHECKOUT_ROWS);
  });
});

async function checkAgreement(
  { client }: TestBigQuery,
  sql: string,
  inputs: readonly InputField[],
  program: FeatureProgram,
  rows: readonly Row[],
): Promise<void> {
  const [found] = await client.query({ query: queryOf(sql, inputs, rows) });
  const evaluator = createEvaluator(program);
  assert.equal(found.length, rows.length);
  rows.forEach((row, i) => {
    const expected = evaluator.record(row);
    program.features.forEach(({ name, sql: source }) => {
      const [ours, theirs] = [expected[name] ?? null, found[i][name]];
      const values = `${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} there`;
      const agrees = within(INEXACT.test(source) ? ULPS : 0, ours, theirs);
      assert.ok(agrees, `${source} on ${JSON.stringify(row)}: ${values}`);
    });
  });
}

/** Equal, or numbers that lie so few units in the last place apart. Zeros of both signs are equal. */
function within(ulps: number, ours: Literal | null, theirs: unknown): boolean {
  if (typeof ours !== 'number' || typeof theirs !== 'number') return ours === theirs;
  const unit = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(ours), 2 ** -1022))) - 52);
  return Math.abs(ours - theirs) <= ulps * unit;
}

/** Features of literal rows, in their order. */
function queryOf(sql: string, inputs: readonly InputField[], rows: readonly Row[]): string {
  const types = inputs.map(({ name, type }) => `${name} ${type}`);
  const structs = rows.map((row, position) => {
    const values = inputs.map((field) => literalOf(field, row[field.name]));
    return `STRUCT<position INT64, ${types.join(', ')}>(${[position, ...values].join(', ')})`;
  });
  return `WITH
  input AS (
    SELECT * FROM UNNEST([${structs.join(',\n      ')}])
  ),
  featured AS (
    ${withColumns(sql, ['position'])}
  )
SELECT * FROM featured ORDER BY position`;
}

function literalOf({ type }: InputField, value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  switch (type) {
    case 'FLOAT64':
      return Number.isInteger(value) && !String(value).includes('e') ? `${value}.0` : `${value}`;
    case 'STRING':
      return `'${String(value).replace(/[\\']/g, '\\$&')}'`;
    case 'TIMESTAMP':
    case 'DATE':
      return `${type} '${value}'`;
    default:
      return String(value);
  }
}

const CHECKOUT_INPUTS: readonly InputField[] = [
  { name: 'amount', type: 'FLOAT64', nullable: false, minimum: 1, maximum: 10_000 },
  { name: 'instalments', type: 'INT64', nullable: false, minimum: 2, maximum: 24 },
  { name: 'credit_limit', type: 'INT64', nullable: true, minimum: 0, maximum: 100_000 },
  { name: 'risk_level', type: 'STRING', nullable: false, values: ['low', 'medium', 'high'] },
  { name: 'is_trusted', type: 'BOOL', nullable: false },
  { name: 'days_since_late', type: 'INT64', nullable: true, minimum: 0, maximum: 10_000 },
  { name: 'reached_at', type: 'TIMESTAMP', nullable: false },
  { name: 'born', type: 'DATE', nullable: true },
];

const CHECKOUT = `-- Purpose: what a checkout's model reads.
WITH
  clock AS (
    SELECT
      *,
      EXTRACT(HOUR FROM reached_at) AS hour,
      EXTRACT(DAY FROM reached_at) AS day,
      EXTRACT(DAYOFWEEK FROM reached_at) IN (1, 7) AS is_weekend
    FROM input
  )
SELECT
  LN(amount) AS log_amount,
  ROUND(amount / instalments, 2) AS instalment,
  IFNULL(SAFE_DIVIDE(amount, credit_limit), -1) AS utilisation,
  CASE risk_level WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 ELSE -1 END AS risk,
  IF(is_trusted, 1, 0) AS is_trusted,
  COALESCE(1 / (1 + days_since_late), 0) AS recency_of_late,
  DIV(day - 1, 7) + 1 AS week_of_month,
  IF(is_weekend, 1, 0) AS is_weekend,
  CAST(hour >= 22 OR hour <= 5 AS INT64) AS is_night,
  DATE_DIFF(DATE(reached_at), born, YEAR) AS age,
  RANGE_BUCKET(amount, [50.0, 100.0, 500.0]) AS amount_band,
FROM clock
`;

const CHECKOUT_ROWS: readonly Row[] = [
  {
    amount: 144.25,
    instalments: 4,
    credit_limit: 1000,
    risk_level: 'medium',
    is_trusted: true,
    days_since_late: 0,
    reached_at: '2025-11-29T23:30:00.5+01:00',
    born: '1990-02-28',
  },
  {
    amount: 50,
    instalments: 8,
    credit_limit: 0,
    risk_level: 'low',
    is_trusted: false,
    days_since_late: null,
    reached_at: '2025-12-31T23:59:59.999999Z',
    born: null,
  },
];
