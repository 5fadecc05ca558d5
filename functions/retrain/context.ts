import type { Objects } from '../../shared/google/objects.ts';
import type { Log } from '../../shared/log.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import type { EventCopy } from '../../shared/registry/event_copy.ts';
import type { SqlFiles } from '../../shared/warehouse/sql.ts';
import type { Warehouse } from '../../shared/warehouse/warehouse.ts';

/** What a run works with. */
export interface Context {
  readonly portfolio: Portfolio;
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  readonly models: { readonly bucket: string; readonly objects: Objects };
  readonly registryEvents: EventCopy;
  readonly log: Log;
  readonly now: () => Date;
  /** Milliseconds that only go forward, to time things with. */
  readonly clock: () => number;
}
