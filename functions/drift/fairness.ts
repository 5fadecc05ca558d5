/** Whether decisions fall on protected groups alike. */
import { fairnessOf, type Group } from '../../shared/monitoring/fairness.ts';
import type { Finding } from '../../shared/monitoring/finding.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import { groupsInSql, nameOf, protectedOf } from './groups.ts';
import { bounds, timestamp } from './plan.ts';

interface GroupRow extends Omit<Group, 'group'> {
  readonly attribute: string;
  readonly member: string;
}

export async function watchFairness(context: Context): Promise<Finding[]> {
  const { portfolio, plan } = context;
  const { groupings, uncut } = protectedOf(portfolio);
  // More people than a week has: a screen of few is of none.
  const span = { from: plan.reference.from, until: plan.window.until };
  const rows = groupings.length > 0 ? await groupsOf(context, groupings, span) : [];
  const { fewest, limits: watched } = portfolio.monitoring;
  const limits = { ...watched, ...portfolio.gates };
  return [
    ...groupings.flatMap((grouping) => {
      const groups = rows
        .filter(({ attribute }) => attribute === grouping.field)
        .map(({ attribute: _, member, ...figures }) => ({
          group: nameOf(grouping, member),
          ...figures,
        }));
      return fairnessOf({ subject: grouping.field, ...span }, groups, limits, fewest);
    }),
    ...uncut.map((subject): Finding => {
      const why = `${subject} is a number that protected_groups cuts into no groups.`;
      return {
        kind: 'fairness',
        subject,
        metric: 'approval_ratio',
        figure: null,
        n: 0,
        ...span,
        why,
      };
    }),
  ];
}

async function groupsOf(
  { warehouse, sql, plan, portfolio }: Context,
  groupings: Parameters<typeof groupsInSql>[0],
  span: { readonly from: Date; readonly until: Date },
): Promise<GroupRow[]> {
  const groups = groupsInSql(groupings);
  const rows = await warehouse.run(plan.job('fairness'), {
    sql: fill(await sql('monitor/fairness.sql'), {
      key: identifier(portfolio.keys.application),
      time: identifier(portfolio.keys.time),
      groups: groups.sql,
    }),
    parameters: {
      ...bounds(span),
      ...groups.parameters,
      portfolio: portfolio.id,
      // An application may be decided some days after it was made.
      applied_from: timestamp(plan.appliedFrom),
    },
    types: {
      from: 'TIMESTAMP',
      until: 'TIMESTAMP',
      applied_from: 'TIMESTAMP',
      portfolio: 'STRING',
      ...groups.types,
    },
  });
  return rows as unknown as GroupRow[];
}
