import type { Answer } from '../../shared/http/handler.ts';
import type { Deployments } from './deployments.ts';
import { obstacleOf } from './load.ts';

export interface ReadinessParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
}

/** Ready when every portfolio's champion is loaded: an instance that is not still decides by policy. */
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
  return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not ready', portfolios } };
}
