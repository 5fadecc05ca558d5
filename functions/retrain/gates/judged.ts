/** The applications that a candidate is judged on, as they came and as it scored them. */
import { fill, identifier } from '../../../shared/warehouse/sql.ts';
import { type Application, toApplication } from '../application.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { timestamp } from '../snapshot.ts';
import type { Champion } from './rival.ts';

/** Enough to tell an AUC to half a point where one in twenty is bad, and no more than memory has room for. */
const ROWS = 20_000;

/** Place by place the same application. */
export interface Judged {
  /** Fields that the programs read and protected attributes; no others. */
  readonly applications: readonly Application[];
  readonly appliedAt: readonly Date[];
  readonly bad: Uint8Array;
  readonly pd: Float64Array;
  /** From where on the cut-off that holds asks for more than an approval; null where none could be told. */
  readonly review_from: readonly (number | null)[];
  /** Name of that row of cut-offs; null likewise. */
  readonly cut_off: readonly (string | null)[];
  /** What the champion said in its own test; NaN where it was not in there. */
  readonly champion_pd: Float64Array;
}

/** @param champion whose fields are read along, where there is one */
export async function readJudged(
  { warehouse, sql, portfolio }: Context,
  plan: Plan,
  champion: Champion | undefined,
): Promise<Judged> {
  const columns = columnsFor(portfolio, champion).map(identifier).join(', ');
  const rows = await warehouse.run(plan.job('judged'), {
    sql: fill(await sql('retrain/judged.sql'), {
      key: identifier(portfolio.keys.application),
      time: identifier(portfolio.keys.time),
      columns,
    }),
    parameters: {
      version: plan.version,
      as_of: timestamp(plan.asOf),
      champion: champion?.version ?? '',
      champion_as_of: timestamp(new Date(champion?.manifest.training.as_of ?? 0)),
      from: timestamp(plan.from),
      until: timestamp(plan.until),
      rows: ROWS,
    },
  });
  return {
    applications: rows.map(({ application }) =>
      toApplication(application as Record<string, unknown>, portfolio.application),
    ),
    appliedAt: rows.map(({ applied_at }) => new Date((applied_at as { value: string }).value)),
    bad: Uint8Array.from(rows, ({ defaulted }) => Number(defaulted)),
    pd: Float64Array.from(rows, ({ pd }) => Number(pd)),
    review_from: rows.map(({ review_from }) => review_from as number | null),
    cut_off: rows.map(({ cut_off }) => cut_off as string | null),
    champion_pd: Float64Array.from(
      rows,
      ({ champion_pd }) => (champion_pd as number | null) ?? Number.NaN,
    ),
  };
}

/** Of the columns that the raw table has. */
function columnsFor(
  { application, features, policy_columns, protected_attributes }: Context['portfolio'],
  champion: Champion | undefined,
): string[] {
  const read = [features, policy_columns, champion?.manifest.features].flatMap((program) =>
    (program?.inputs ?? []).map(({ name }) => name),
  );
  return [...new Set([...read, ...protected_attributes])]
    .filter((name) => name in application.properties)
    .sort();
}
