/** What the service answers at which path. */
import type { Route } from '../../shared/http/handler.ts';
import { type DecisionParts, getDecision, postDecision } from './decisions.ts';
import { readiness } from './readiness.ts';

export type ScoreParts = DecisionParts;

export function scoreRoutes(parts: ScoreParts): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/{portfolio}/decisions',
      handle: (call) => postDecision(parts, call),
    },
    {
      method: 'GET',
      path: '/v1/{portfolio}/decisions/{id}',
      handle: (call) => getDecision(parts, call),
    },
    { method: 'GET', path: '/health', handle: () => ({ body: { status: 'ok' } }) },
    { method: 'GET', path: '/ready', handle: () => readiness(parts) },
  ];
}
