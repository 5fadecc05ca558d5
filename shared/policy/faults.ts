/** What is wrong between `policy.json`, `policy.sql` and the contract. */
import type { FeatureProgram } from '../features/program.ts';
import { type Contract, scaleOf } from '../portfolio/contract.ts';
import type { Reason } from '../portfolio/documents.ts';
import { segmentsOf } from './checks.ts';
import type {
  CounterOffers,
  PolicyDocument,
  PolicyVersion,
  Scale,
  TermChange,
} from './document.ts';

interface Parts {
  readonly policy: PolicyDocument;
  /** Compiled from policy.sql. */
  readonly columns: FeatureProgram;
  readonly application: Contract;
  /** Fields that no offer may change: who asks, when, and what nobody may be judged by. */
  readonly fixed: readonly string[];
}

type Use = 'yes or no' | 'a number' | 'an amount' | 'a share';

/** Every fault, by version and column. */
export function policyFaults({ policy, columns, application, fixed }: Parts): string[] {
  const uses = policy.versions.map(usesOf);
  const used = new Set(uses.flatMap((all) => all.map(({ column }) => column)));
  return [
    ...columns.features
      .filter(({ nullable }) => nullable)
      .map(
        ({ name }) =>
          `policy.sql: ${name} can be NULL; say what then holds, with IFNULL or COALESCE`,
      ),
    ...columns.features
      .filter(({ name }) => !used.has(name))
      .map(({ name }) => `policy.json: no version uses the column ${name} of policy.sql`),
    ...policy.versions.flatMap((version, i) => [
      ...uses[i]!.flatMap(({ column, use }) =>
        columnFaults(columns, column, use).map((fault) => inVersion(version, fault)),
      ),
      ...nameFaults(version).map((fault) => inVersion(version, fault)),
      ...offerFaults(version.counter_offers, application, fixed).map((fault) =>
        inVersion(version, fault),
      ),
    ]),
  ];
}

const inVersion = ({ version }: PolicyVersion, fault: string): string =>
  `policy.json, version ${version}: ${fault}`;

/** Each column that a version names, and what it must be there. */
function usesOf(version: PolicyVersion): { column: string; use: Use }[] {
  const { cut_offs, rules, limits, economics, counter_offers } = version;
  const { exposure_at_default, loss_given_default, merchant_fee, customer_fee } = economics;
  const { funding, cost_per_plan } = economics;
  const conditions = [...cut_offs, ...Object.values(limits).flatMap(({ at_most }) => at_most)];
  const named = (use: Use, figures: readonly (string | number)[]) =>
    figures.filter((figure) => typeof figure === 'string').map((column) => ({ column, use }));
  return [
    ...named('yes or no', [...Object.keys(rules), ...segmentsOf(version)]),
    ...named('a number', [
      ...Object.values(limits).map(({ figure }) => figure),
      ...conditions.flatMap(({ when }) => [
        ...Object.keys(when?.at_least ?? {}),
        ...Object.keys(when?.below ?? {}),
      ]),
      ...(counter_offers ? [counter_offers.amount] : []),
    ]),
    ...named('an amount', [exposure_at_default, merchant_fee.of, customer_fee]),
    ...named('an amount', [funding.of, funding.days, cost_per_plan]),
    ...named('a share', [loss_given_default]),
  ];
}

function columnFaults({ features }: FeatureProgram, column: string, use: Use): string[] {
  const feature = features.find(({ name }) => name === column);
  if (!feature) return [`it names ${column}, which policy.sql lacks`];
  const { type, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = feature;
  if (use === 'yes or no') {
    return type === 'BOOL' ? [] : [`${column} is ${type}; a rule or segment is BOOL`];
  }
  if (type !== 'INT64' && type !== 'FLOAT64') return [`${column} is ${type}, which is no number`];
  if (use !== 'a number' && minimum < 0) {
    return [`${column} can be as low as ${minimum}; money, days and shares are at least 0`];
  }
  if (use === 'a share' && maximum > 1)
    return [`${column} can be ${maximum}; a share is at most 1`];
  return [];
}

/** Everything that a version itself can tell an applicant. */
export const reasonsOf = (version: PolicyVersion): Reason[] => [
  ...[...Object.values(version.rules), ...Object.values(version.limits)].map(
    ({ reason }) => reason,
  ),
  ...(version.profit_floor ? [version.profit_floor.reason] : []),
  version.cut_off_reason,
  version.fallback_reason,
];

/** In the record of a decision each must stand for one thing. */
function nameFaults({ rules, limits }: PolicyVersion): string[] {
  return Object.keys(limits)
    .filter((name) => name in rules || name === 'expected_profit')
    .map((name) => `the limit ${name} has the name of another rule`);
}

function offerFaults(
  offers: CounterOffers | undefined,
  application: Contract,
  fixed: readonly string[],
): string[] {
  const fields = (offers?.changes ?? []).flatMap((change) => [
    change.field,
    ...scalesOf(change).map(({ field }) => field),
  ]);
  return fields.flatMap((field, i) => {
    const property = application.properties[field];
    const scale = property && scaleOf(property);
    const faults = [
      ...when(!property, 'which application.schema.json lacks'),
      ...when(fields.indexOf(field) !== i, 'more than once'),
      ...when(fixed.includes(field), 'a key or a protected attribute'),
      ...when(property?.readOnly === true, 'which is the lender’s own'),
      ...when(property !== undefined && scale?.kind !== 'number', 'which is no number'),
    ];
    return faults.map((fault) => `counter_offers change ${field}, ${fault}`);
  });
}

/** The fields that shrink with the changed one. */
export const scalesOf = (change: TermChange): readonly Scale[] =>
  'scales' in change ? change.scales : [];

const when = (isFault: boolean, fault: string): string[] => (isFault ? [fault] : []);
