/** The statement that computes what a batch is scored from, by a version's own SQL. */
import type { Manifest } from '../bundle/manifest.ts';
import type { FeatureProgram } from '../features/program.ts';
import { withColumns } from '../features/sql_text.ts';
import { columnType, inputFields } from '../portfolio/contract.ts';
import { fill, identifier } from '../warehouse/sql.ts';
import { type FieldSql, faultsSql, fieldSql } from './contract_sql.ts';
import type { OpenSource } from './source.ts';

type Version = Pick<Manifest, 'contract' | 'features' | 'policy_columns' | 'portfolio' | 'sql'>;

/** Columns of the staged table. */
export const featureColumn = (name: string): string => `feature_${name}`;
export const policyColumn = (name: string): string => `policy_${name}`;

/** The fields without which a version can score nothing: what is read, and the key. */
export const neededFields = ({ features, policy_columns, portfolio }: Version): Set<string> =>
  new Set([
    portfolio.keys.application,
    ...[...features.inputs, ...policy_columns.inputs].map(({ name }) => name),
  ]);

/** @param template sql/batch/stage.sql */
export function stagingSql(template: string, version: Version, source: OpenSource): string {
  const { contract, features, policy_columns, sql } = version;
  const needed = neededFields(version);
  const present = [...source.has].map((name) => fieldSql(contract, name, source.isText));
  const names = [...needed];
  // Columns that no feature depends on may be named all the same.
  const others = inputFields(contract)
    .filter(({ name }) => !needed.has(name))
    .map(({ name, type }) => `CAST(NULL AS ${type}) AS ${identifier(name)}`);
  const policyNames = numbersOf(policy_columns).map(({ name }) => name);
  return fill(template, {
    source: source.sql,
    typed: list(typedColumns(version, source, present)),
    faults: faultsSql([
      ...(source.unreadable ? [{ ...source.unreadable, pointer: '' }] : []),
      ...present.flatMap(({ faults }) => faults),
    ]),
    fitted: list([
      ...names.flatMap((name) => {
        const value = `IF(batch_faults IS NULL, ${identifier(name)}, NULL)`;
        return [`${value} AS ${identifier(name)}`, `${value} AS ${carried(name)}`];
      }),
      ...others,
    ]),
    policy: withColumns(sql.policy, [
      'batch_key',
      'batch_faults',
      ...names.map((name) => `${carried(name)} AS ${kept(name)}`),
    ]),
    restored: list([
      ...names.map((name) => `${kept(name)} AS ${identifier(name)}`),
      ...policyNames.map((name) => `${identifier(name)} AS ${ruled(name)}`),
      ...others,
    ]),
    features: withColumns(sql.features, ['batch_key', 'batch_faults', ...policyNames.map(ruled)]),
    columns: list([
      ...features.features.map(({ name, type }) => {
        const value = type === 'STRING' ? identifier(name) : number(identifier(name), type);
        return `${value} AS ${identifier(featureColumn(name))}`;
      }),
      ...numbersOf(policy_columns).map(
        ({ name, type }) => `${number(ruled(name), type)} AS ${identifier(policyColumn(name))}`,
      ),
    ]),
  });
}

/** Fields as columns of their types; of a table they are columns already, and stay where they fit. */
function typedColumns(
  version: Version,
  source: OpenSource,
  present: readonly FieldSql[],
): string[] {
  const { contract, portfolio } = version;
  const absent = [...neededFields(version)].filter((name) => !source.has.has(name));
  const key = identifier(portfolio.keys.application);
  const keyField = present.find(({ name }) => name === portfolio.keys.application)!;
  return [
    ...(source.isText ? present.map(({ name, value }) => `${value} AS ${identifier(name)}`) : []),
    ...absent.map(
      (name) => `CAST(NULL AS ${columnType(contract.properties[name]!)}) AS ${identifier(name)}`,
    ),
    `CAST(${source.isText ? keyField.value : key} AS STRING) AS batch_key`,
  ];
}

const carried = (name: string): string => identifier(`batch_in_${name}`);
const kept = (name: string): string => identifier(`batch_kept_${name}`);
const ruled = (name: string): string => identifier(`batch_policy_${name}`);

const list = (items: readonly string[]): string => items.join(',\n      ');

/** What a policy computes with. */
export const numbersOf = ({ features }: FeatureProgram) =>
  features.filter(({ type }) => type !== 'STRING');

/** Every number is a FLOAT64, which holds all that a program can give; a BOOL is 0 or 1. */
const number = (sql: string, type: string): string =>
  type === 'BOOL' ? `CAST(CAST(${sql} AS INT64) AS FLOAT64)` : `CAST(${sql} AS FLOAT64)`;
