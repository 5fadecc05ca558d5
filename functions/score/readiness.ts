import * as z from 'zod';
import type { Answer } from '../../shared/http/handler.ts';
import type { Deployments } from './deployments.ts';
import { obstacleOf } from './load.ts';

export interface ReadinessParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
}

export const readinessAnswer = z
  .object({
    status: z.enum(['ready', 'not ready']),
    portfolios: z
      .record(z.string(), z.string())
      .describe('The champion of each portfolio, or why it has none.'),
    guards: z
      .record(
        z.string(),
        z.object({
          version: z.string(),
          test: z.enum(['errors', 'latency', 'scores']),
          figure: z.number(),
          limit: z.number(),
          decisions: z.int(),
        }),
      )
      .describe('By portfolio: the challenger that this instance has taken out, and why.'),
  })
  .meta({ title: 'Readiness' });

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
  const guards = Object.fromEntries(
    states.flatMap(({ portfolio, serving }) => {
      const trip = serving?.guard?.trip;
      return trip
        ? [[portfolio, { version: serving!.deployment.challenger!.version, ...trip }]]
        : [];
    }),
  );
  const body: z.infer<typeof readinessAnswer> = {
    status: ready ? 'ready' : 'not ready',
    portfolios,
    guards,
  };
  return { status: ready ? 200 : 503, body };
}
