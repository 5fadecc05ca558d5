import * as z from 'zod';
import { type RowCheck, rowCheckSchema } from '../../../shared/bundle/manifest.ts';
import type { Contract } from '../../../shared/portfolio/contract.ts';
import { fill, identifier, literal } from '../../../shared/warehouse/sql.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { atLeast, atMost, demandAll } from '../row_checks.ts';
import { type Snapshot, timestamp } from '../snapshot.ts';
import type { Step } from './step.ts';

/** Holds the rows against the contract, and against what a training can be made of. */
export const checksStep: Step<Snapshot, RowCheck[]> = {
  name: 'checks',
  result: z.array(rowCheckSchema),
  async run(context, plan, snapshot) {
    return [
      ...badRates(context, snapshot),
      ...(await contractChecks(context, plan, snapshot)),
      ...(await featureChecks(context, plan)),
    ];
  },
  demand: demandAll('The rows are not fit to train on'),
};

function badRates({ portfolio: { checks } }: Context, { rows, bad }: Snapshot): RowCheck[] {
  return Object.keys(rows).flatMap((role) => {
    const rate = bad[role]! / rows[role]!;
    return [
      atLeast('bad_rate_at_least', role, rate, checks.bad_rate_at_least),
      atMost('bad_rate_at_most', role, rate, checks.bad_rate_at_most),
    ];
  });
}

async function contractChecks(
  { portfolio, warehouse, sql }: Context,
  plan: Plan,
  { parameters }: Snapshot,
): Promise<RowCheck[]> {
  const fields = Object.entries(portfolio.application.properties).flatMap(([name, field]) => {
    const allowed = allowedIn(identifier(name), field);
    if (allowed === undefined) return [];
    return [`STRUCT(${literal(name)} AS name, COUNTIF(NOT (${allowed})) AS broken)`];
  });
  if (fields.length === 0) return [];
  const rows = await warehouse.run(plan.job('check-contract'), {
    sql: fill(await sql('retrain/check_contract.sql'), {
      fields: fields.join(',\n        '),
      time: identifier(portfolio.keys.time),
    }),
    parameters: {
      from: timestamp(plan.from),
      until: timestamp(plan.until),
      known_by: timestamp(new Date(parameters.known_by!)),
    },
  });
  const limit = portfolio.checks.out_of_contract_at_most;
  return rows.map(({ name, broken, applications }) =>
    atMost('out_of_contract', String(name), Number(broken) / Number(applications), limit),
  );
}

/** What the contract allows of a column, where the column's type does not see to it; NULL breaks nothing. */
function allowedIn(column: string, field: Contract['properties'][string]): string | undefined {
  if ('enum' in field) return `${column} IN (${field.enum.map(literal).join(', ')})`;
  if ('minimum' in field) return `${column} BETWEEN ${field.minimum} AND ${field.maximum}`;
  if ('maxLength' in field) return `CHAR_LENGTH(${column}) <= ${field.maxLength}`;
  return undefined;
}

async function featureChecks(
  { portfolio, warehouse, sql }: Context,
  plan: Plan,
): Promise<RowCheck[]> {
  const { checks } = portfolio;
  const names = portfolio.features.features.map(({ name }) => name);
  const figures = names.map((name) => {
    const column = identifier(name);
    return (
      `STRUCT(${literal(name)} AS name, COUNTIF(${column} IS NULL) AS missing, ` +
      `IFNULL(MIN(${column}) = MAX(${column}) AND COUNTIF(${column} IS NULL) = 0, TRUE) AS is_constant)`
    );
  });
  const rows = await warehouse.run(plan.job('check-features'), {
    sql: fill(await sql('retrain/check_features.sql'), {
      snapshot: identifier(plan.tables.snapshot),
      features: figures.join(',\n        '),
    }),
  });
  const constant = rows.filter(({ is_constant }) => is_constant === true);
  const named = constant.map(({ name }) => name).join(', ');
  return [
    ...rows.map(({ name, missing, applications }) =>
      atMost(
        'missing',
        String(name),
        Number(missing) / Number(applications),
        checks.missing_at_most,
      ),
    ),
    atMost(
      'constant_features',
      named || null,
      constant.length / names.length,
      checks.constant_features_at_most,
    ),
  ];
}
