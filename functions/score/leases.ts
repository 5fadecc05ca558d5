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
  /** @returns whether nobody wants the model any more */
  const leave = (model: ServingModel): boolean => {
    const others = holders.get(model)! - 1;
    if (others > 0) holders.set(model, others);
    else holders.delete(model);
    return others === 0 && dropped.has(model);
  };
  return {
    async hold(models, work) {
      for (const model of models) holders.set(model, (holders.get(model) ?? 0) + 1);
      try {
        return await work();
      } finally {
        const unwanted = models.filter(leave);
        if (unwanted.length > 0) await Promise.all(unwanted.map(close));
      }
    },
    async drop(models) {
      for (const model of models) dropped.add(model);
      await Promise.all(models.filter((model) => !holders.has(model)).map(close));
    },
  };
}
