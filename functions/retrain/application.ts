import { type Contract, isNullable } from '../../shared/portfolio/contract.ts';

export type Application = Readonly<Record<string, unknown>>;

/** A row of the warehouse as the JSON that it came from: what may not be null was left out. */
export function toApplication(
  row: Readonly<Record<string, unknown>>,
  contract: Contract,
): Application {
  return Object.fromEntries(
    Object.entries(contract.properties).flatMap(([name, field]) => {
      const value = row[name] ?? null;
      if (value === null) return isNullable(field) ? [[name, null]] : [];
      const wrapped = typeof value === 'object' && 'value' in value;
      return [[name, wrapped ? value.value : value]];
    }),
  );
}
