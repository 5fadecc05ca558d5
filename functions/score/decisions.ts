/** `POST /v1/{portfolio}/decisions`: an application in, a durable decision out. */
import { answerOf } from '../../shared/decision/answer.ts';
import {
  type DecisionEvent,
  decide,
  decideWithoutModel,
  type Occasion,
} from '../../shared/decision/decide.ts';
import { AppError } from '../../shared/errors.ts';
import { RowError } from '../../shared/features/errors.ts';
import type { Answer, RouteCall } from '../../shared/http/handler.ts';
import { idempotencyKeyOf } from '../../shared/idempotency/key.ts';
import { checked, portfolioOf, refuseUnreadable } from './applications.ts';
import type { Deployments } from './deployments.ts';
import type { RecordDecision } from './events.ts';
import type { Fallbacks } from './fallbacks.ts';
import type { KeyedDecisions } from './keyed.ts';
import { obstacleOf, type Serving } from './load.ts';

export interface DecisionParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly fallbacks: Fallbacks;
  readonly record: RecordDecision;
  readonly keyed: KeyedDecisions;
  readonly now: () => Date;
  readonly newId: () => string;
}

export async function postDecision(parts: DecisionParts, call: RouteCall): Promise<Answer> {
  const portfolio = portfolioOf(parts.portfolios, call);
  const key = idempotencyKeyOf(call.headers);
  const { log, timing } = call;
  const decideAs = async (decisionId: string, keyDigest?: string) => {
    const occasion = { decisionId, keyDigest, at: parts.now(), log, timing };
    timing.enter('load');
    const event = await parts.deployments.use(portfolio, (serving) =>
      makeDecision(parts, portfolio, serving, call.body, occasion),
    );
    timing.enter('record');
    return event;
  };
  if (key !== undefined) {
    return parts.keyed.once({ ...call, portfolio, key }, async (decisionId, keyDigest) => {
      const event = await decideAs(decisionId, keyDigest);
      return { event, answer: answerOf(event) };
    });
  }
  const event = await decideAs(parts.newId());
  await parts.record(event, log);
  return { body: answerOf(event) };
}

/** `GET /v1/{portfolio}/decisions/{id}`: what was answered under an Idempotency-Key. */
export async function getDecision(parts: DecisionParts, call: RouteCall): Promise<Answer> {
  const portfolio = portfolioOf(parts.portfolios, call);
  return { body: await parts.keyed.find(portfolio, call.params.id!, call.log) };
}

async function makeDecision(
  parts: DecisionParts,
  portfolio: string,
  serving: Serving | undefined,
  body: unknown,
  occasion: Occasion,
): Promise<DecisionEvent> {
  const { log, timing } = occasion;
  timing?.enter('validate');
  let why: string | undefined = obstacleOf(serving);
  if (why === undefined) {
    const champion = serving!.champion!;
    try {
      const application = checked(champion.check, body);
      return await decide(application, { ...serving!, champion }, occasion);
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (error instanceof RowError) refuseUnreadable(error);
      log.critical('the champion failed', { portfolio, version: champion.ref.version }, error);
      why = 'champion failed';
    }
  }
  const fallback = await parts.fallbacks.of(portfolio);
  const application = checked(fallback.check, body);
  log.error('deciding by policy alone', { portfolio, why });
  const generation = serving?.generation ?? null;
  return decideWithoutModel(application, fallback, occasion, { why, generation });
}
