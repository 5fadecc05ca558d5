/** Where figures come from: column by column, as the feature compiler proved it. */
import type { Manifest } from '../bundle/manifest.ts';
import type { Feature } from '../features/program.ts';

export interface Source {
  /** Of the raw table. */
  readonly column: string;
  /** As the contract describes it. */
  readonly description: string;
  /** How it is kept from analysts, where it is personal data. */
  readonly personal: 'identifier' | 'content' | null;
}

export interface Derived {
  readonly name: string;
  /** Its expression as the SQL has it. */
  readonly sql: string;
  /** Every raw column that it depends on, however indirectly. */
  readonly columns: readonly Source[];
}

/** @param feature of features.sql or of policy.sql */
export const derivedOf = (
  { contract, portfolio }: Pick<Manifest, 'contract' | 'portfolio'>,
  { name, sql, reads }: Feature,
): Derived => ({
  name,
  sql,
  columns: reads.map((column) => ({
    column,
    description: contract.properties[column]?.description ?? '',
    personal: portfolio.personal[column] ?? null,
  })),
});
