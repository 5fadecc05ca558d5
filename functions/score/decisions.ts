/** `POST /v1/{portfolio}/decisions`: an application in, a durable decision out. */
import { answerOf } from '../../shared/decision/answer.ts';
import { type DecisionEvent, decide, decideWithoutModel } from '../../shared/decision/decide.ts';
import { AppError, badRequest, notFound } from '../../shared/errors.ts';
import { RowError } from '../../shared/features/errors.ts';
import type { Answer, RouteCall } from '../../shared/http/handler.ts';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';
import type { Application } from '../../shared/serving/serving_model.ts';
import type { Deployments } from './deployments.ts';
import type { RecordDecision } from './events.ts';
import type { Fallbacks } from './fallbacks.ts';
import { obstacleOf } from './load.ts';

const UNFIT = 'The application does not fit the contract.';

export interface DecisionParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly fallbacks: Fallbacks;
  readonly record: RecordDecision;
  readonly now: () => Date;
  readonly newId: () => string;
}

export async function postDecision(parts: DecisionParts, call: RouteCall): Promise<Answer> {
  const portfolio = call.params.portfolio!;
  if (!parts.portfolios.has(portfolio)) throw notFound(`There is no portfolio "${portfolio}".`);
  const event = await makeDecision(parts, portfolio, call).catch(refuseUnreadable);
  await parts.record(event, call.log);
  return { body: answerOf(event) };
}

async function makeDecision(
  parts: DecisionParts,
  portfolio: string,
  { body, log }: RouteCall,
): Promise<DecisionEvent> {
  const occasion = { decisionId: parts.newId(), at: parts.now(), log };
  const serving = await parts.deployments.current(portfolio);
  let why = obstacleOf(serving);
  if (why === undefined) {
    const champion = serving!.champion!;
    try {
      const application = checked(champion.check, body);
      return await decide(application, { ...serving!, champion }, occasion);
    } catch (error) {
      if (error instanceof AppError || error instanceof RowError) throw error;
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

/** Features may be proven for less than the contract allows. */
function refuseUnreadable(error: unknown): never {
  if (!(error instanceof RowError)) throw error;
  throw badRequest(UNFIT, [{ pointer: `/${error.field}`, problem: error.message }]);
}

function checked(check: RecordCheck, body: unknown): Application {
  const result = check(body);
  if (result.ok) return result.value;
  throw badRequest(UNFIT, result.faults);
}
