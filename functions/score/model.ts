/** `GET /v1/{portfolio}/model`: what decides, since when and by whose hand, and its model card. */
import * as z from 'zod';
import { shareAt } from '../../shared/arms/arm.ts';
import { cardAnswer, cardOf } from '../../shared/bundle/card.ts';
import { tagged } from '../../shared/http/etag.ts';
import type { Answer, RouteCall } from '../../shared/http/handler.ts';
import { askedVersion, portfolioOf } from './applications.ts';
import type { Deployments } from './deployments.ts';
import { modelsOf, OBSTACLES, obstacleOf, type Serving } from './load.ts';

export interface ModelParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly now: () => Date;
}

const deployed = z.object({
  version: z.string(),
  loaded: z.boolean().describe('False where it cannot be used; the champion stands in.'),
});

const deploymentAnswer = z.object({
  generation: z.int().describe('Of deployment.json; every change makes a new one.'),
  champion: deployed.nullable(),
  challenger: deployed
    .extend({
      share: z.number().describe('Of the entities, that it decides for now.'),
      steps: z
        .array(z.object({ from: z.string(), share: z.number() }))
        .describe('Of a gradual rollout: the share from each moment on.'),
      taken_out: z
        .enum(['errors', 'latency', 'scores'])
        .nullable()
        .describe('The test for which the guard of this instance took it out.'),
    })
    .nullable(),
  shadows: z.array(deployed),
  kill_switch: z.boolean().describe('True: the policy alone decides.'),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
  reason: z.string(),
});

export const modelAnswer = z
  .object({
    portfolio: z.string(),
    version: z.string().nullable().describe('Which decides; the challenger’s share apart.'),
    policy_version: z.string().nullable().describe('Of its policies, the one in force now.'),
    obstacle: z.enum(OBSTACLES).nullable().describe('Why no version decides.'),
    deployment: deploymentAnswer.nullable(),
    card: cardAnswer.nullable().describe('Of the champion, or of the version that was asked for.'),
  })
  .meta({ title: 'Model' });

export type ModelAnswer = z.infer<typeof modelAnswer>;

/** Whoever has this answer by its ETag is told so, without the card. */
export async function getModel(parts: ModelParts, call: RouteCall): Promise<Answer> {
  const portfolio = portfolioOf(parts.portfolios, call);
  const serving = await parts.deployments.current(portfolio);
  const model = askedVersion(serving, call) ?? serving?.champion;
  const obstacle = obstacleOf(serving) ?? null;
  const champion = obstacle === null ? serving!.champion : undefined;
  const now = parts.now();
  const body: ModelAnswer = {
    portfolio,
    version: champion?.ref.version ?? null,
    policy_version: champion?.policies.at(now).document.version ?? null,
    obstacle,
    deployment: serving ? deploymentOf(serving, now) : null,
    card: model ? cardOf(model.manifest) : null,
  };
  return tagged(body, call.headers['if-none-match']);
}

/** The salt stays out: who knows it can choose an arm. */
function deploymentOf(serving: Serving, at: Date): z.infer<typeof deploymentAnswer> {
  const { generation, deployment, guard } = serving;
  const { champion, challenger, shadows, kill_switch, updated_at, updated_by, reason } = deployment;
  const loaded = new Set(modelsOf(serving).map(({ ref }) => ref.version));
  const state = ({ version }: { version: string }) => ({ version, loaded: loaded.has(version) });
  return {
    generation,
    champion: champion && state(champion),
    challenger: challenger && {
      ...state(challenger),
      share: shareAt(challenger, at),
      steps: challenger.steps ?? [],
      taken_out: guard?.trip?.test ?? null,
    },
    shadows: shadows.map(state),
    kill_switch,
    updated_at,
    updated_by,
    reason,
  };
}
