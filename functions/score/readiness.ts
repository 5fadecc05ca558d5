import type { Answer } from '../../shared/http/handler.ts';
import type { Deployments } from './deployments.ts';
import { obstacleOf } from './load.ts';

export interface ReadinessParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
}

/**
 * Ready when every portfolio's champion is loaded: an instance that is not still decides by policy.
 * `guards` says which challengers this instance has taken out, and why.
 */
export async function readiness(parts: ReadinessParts): Promise<Answer> {
  const states = await Promise.all(
    [...parts.portfolios].map(async (portfolio) => {
      const serving = await parts.deployments.current(portfolio);
      return { portfolio, serving, obstacle: obstacleOf(serving) };
    }),
  );
  const ready = states.every(({ obstacle }) => obstacle === undefined);
  const portfolios = Object.fromEntries(
    states.map(({ portfolio, serving, obstacle }) => [
      portfolio,
      obstacle ?? serving!.champion!.ref.version,
    ]),
  );
  const guards = Object.fromEntries(
    states.flatMap(({ portfolio, serving }) => {
      const trip = serving?.guard?.trip;
      return trip
        ? [[portfolio, { version: serving!.deployment.challenger!.version, ...trip }]]
        : [];
    }),
  );
  return {
    status: ready ? 200 : 503,
    body: { status: ready ? 'ready' : 'not ready', portfolios, guards },
  };
}
