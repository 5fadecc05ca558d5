/** Champion against challenger, where there is one. */
import { type Arm, experimentOf } from '../../shared/monitoring/experiment.ts';
import type { Finding } from '../../shared/monitoring/finding.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import { timestamp } from './plan.ts';

/** An application may be decided some days after it was made. */
const LONGEST_WAIT_DAYS = 7;
const earlier = (date: Date, days: number): Date => new Date(date.getTime() - days * 86_400_000);

export async function watchExperiment(context: Context): Promise<Finding[]> {
  const { warehouse, sql, plan, portfolio, deployment, champion, challenger } = context;
  if (!deployment || !champion || !challenger) return [];
  const began = await beganAt(context);
  const rows = (await warehouse.run(plan.job('experiment'), {
    sql: fill(await sql('monitor/experiment.sql'), {
      key: identifier(portfolio.keys.application),
      label: portfolio.sql.label,
    }),
    parameters: {
      portfolio: portfolio.id,
      champion: champion.ref.version,
      challenger: challenger.ref.version,
      began: timestamp(began),
      from: timestamp(earlier(began, LONGEST_WAIT_DAYS)),
      until: timestamp(plan.matureUntil),
      as_of: timestamp(plan.asOf),
    },
  })) as unknown as Arm[];
  const about = {
    subject: `${champion.ref.version} against ${challenger.ref.version}`,
    model_version: challenger.ref.version,
    from: began,
    until: plan.asOf,
  };
  const arms = (['champion', 'challenger'] as const).map(
    (arm) => rows.find((row) => row.arm === arm) ?? { ...NOBODY, arm },
  ) as [Arm, Arm];
  return experimentOf(about, arms, portfolio.monitoring);
}

const NOBODY: Omit<Arm, 'arm'> = {
  people: 0,
  share: 0,
  share_variance: 0,
  known: 0,
  known_bad: 0,
  known_labelled: 0,
  profit: null,
  profit_variance: null,
};

/** Since when both versions and the salt are what they are: by the journal. */
async function beganAt({ warehouse, sql, plan, portfolio, deployment }: Context): Promise<Date> {
  const { champion, challenger, salt } = deployment!;
  const [row] = (await warehouse.run(plan.job('began'), {
    sql: await sql('monitor/began.sql'),
    parameters: {
      portfolio: portfolio.id,
      champion: champion!.version,
      challenger: challenger!.version,
      salt,
      as_of: timestamp(plan.asOf),
    },
  })) as unknown as [{ readonly began: { readonly value: string } | null }];
  // A deployment that the journal does not have yet began when it was written.
  return new Date(row.began?.value ?? deployment!.updated_at);
}
