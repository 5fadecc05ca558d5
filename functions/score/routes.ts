/** What the service answers at which path. What no checkout asks is loaded when somebody does. */
import type { Route } from '../../shared/http/handler.ts';
import { type DecisionParts, getDecision, postDecision } from './decisions.ts';
import { readiness } from './readiness.ts';
import { postScores, SCORES_BODY_LIMIT } from './scores.ts';

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
    {
      method: 'POST',
      path: '/v1/{portfolio}/explanations',
      handle: async (call) => (await import('./explanations.ts')).postExplanation(parts, call),
    },
    {
      method: 'POST',
      path: '/v1/{portfolio}/scores',
      isRaw: true,
      bodyLimit: SCORES_BODY_LIMIT,
      handle: (call) => postScores(parts, call),
    },
    {
      method: 'GET',
      path: '/v1/{portfolio}/model',
      handle: async (call) => (await import('./model.ts')).getModel(parts, call),
    },
    {
      method: 'GET',
      path: '/openapi.json',
      handle: async (call) => (await import('./openapi.ts')).getOpenapi(parts, call),
    },
    // Google's front end keeps /healthz on run.app to itself: the second name reaches us there too.
    ...['/healthz', '/health'].map((path) => ({
      method: 'GET' as const,
      path,
      handle: () => ({ body: { status: 'ok' } }),
    })),
    ...['/readyz', '/ready'].map((path) => ({
      method: 'GET' as const,
      path,
      handle: () => readiness(parts),
    })),
  ];
}
