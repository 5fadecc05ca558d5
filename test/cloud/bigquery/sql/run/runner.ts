/** What the runners of statements share. */
import type { Turns } from '../../../state/turns.ts';
import type { Session } from '../../duckdb/database.ts';
import type { Catalog, MlEngine, QueryContext, QueryOutcome } from '../../ports.ts';
import type { Resolver } from '../resolve/context.ts';

export interface Runner {
  /** Of this statement alone, interrupted when its context is aborted. */
  readonly session: Session;
  readonly catalog: Catalog;
  readonly ml: MlEngine | undefined;
  readonly context: QueryContext;
  readonly resolver: Resolver;
  /** Changes of the rows of one table, by its DuckDB name. */
  readonly turns: Turns;
  /** A name for a table in the making. */
  nextId(): string;
}

/** A statement that is resolved: what it is, and what running it does. */
export interface Plan {
  readonly analysis: Analysis;
  run(): Promise<
    Omit<QueryOutcome, keyof Analysis> & Partial<Pick<Analysis, 'statementType' | 'ddl'>>
  >;
}

export type Analysis = Pick<
  QueryOutcome,
  'statementType' | 'referencedTables' | 'bytesProcessed' | 'ddl'
> & {
  readonly fields?: NonNullable<QueryOutcome['result']>['fields'];
};
