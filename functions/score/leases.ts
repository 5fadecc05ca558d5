/** Which models requests still use: one that serves no longer is closed when the last of them is done. */
import type { Log } from '../../shared/log.ts';
import type { ServingModel } from '../../shared/serving/serving_model.ts';

export interface Leases {
  /** Keeps models open until the work is done. */
  hold<T>(models: readonly ServingModel[], work: () => Promise<T>): Promise<T>;
  /** Closes models: at once, or when the last who holds one is done. */
  drop(models: readonly ServingModel[]): Promise<void>;
}

export function createLeases(log: Log): Leases {
  const holders = new Map<ServingModel, number>();
  const dropped = new Set<ServingModel>();
  const close = async (model: ServingModel) => {
    dropped.delete(model);
    try {
      await model.close();
    } catch (error) {
      // Memory that is not given back is no reason to refuse anybody.
      log.error('a model could not be closed', { version: model.ref.version }, error);
    }
  };
  const leave = async (model: ServingModel) => {
    const others = holders.get(model)! - 1;
    if (others > 0) holders.set(model, others);
    else {
      holders.delete(model);
      if (dropped.has(model)) await close(model);
    }
  };
  return {
    async hold(models, work) {
      for (const model of models) holders.set(model, (holders.get(model) ?? 0) + 1);
      try {
        return await work();
      } finally {
        await Promise.all(models.map(leave));
      }
    },
    async drop(models) {
      for (const model of models) dropped.add(model);
      await Promise.all(models.filter((model) => !holders.has(model)).map(close));
    },
  };
}
