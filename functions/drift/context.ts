import type { Bundle } from '../../shared/bundle/bundle.ts';
import type { Log } from '../../shared/log.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import type { Deployment } from '../../shared/registry/deployment.ts';
import type { SqlFiles } from '../../shared/warehouse/sql.ts';
import type { Warehouse } from '../../shared/warehouse/warehouse.ts';
import type { Plan } from './plan.ts';

/** The versions that decide, each once. */
export const decidingVersions = ({ champion, challenger }: Context): Bundle[] =>
  [champion, challenger].filter(
    (bundle, i, all): bundle is Bundle =>
      bundle !== undefined && all.findIndex((one) => one?.ref.version === bundle.ref.version) === i,
  );

/** What a run watches with. */
export interface Context {
  readonly portfolio: Portfolio;
  /** The portfolio's dataset; statements name `flit` where they read decisions. */
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  readonly log: Log;
  readonly plan: Plan;
  /** What decides now; undefined where nothing was ever deployed. */
  readonly deployment: Deployment | undefined;
  readonly champion: Bundle | undefined;
  readonly challenger: Bundle | undefined;
}
