/** `POST /v1/{portfolio}/explanations`: an application in, why it would be decided as it would. */
import { explain } from '../../shared/decision/explanation.ts';
import { unavailable } from '../../shared/errors.ts';
import type { Answer, RouteCall } from '../../shared/http/handler.ts';
import { askedVersion, checked, portfolioOf, refuseUnreadable } from './applications.ts';
import type { Deployments } from './deployments.ts';
import { obstacleOf } from './load.ts';

export interface ExplanationParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly now: () => Date;
}

/**
 * Decides nothing and records nothing. A version that is asked for by name is explained under the
 * kill switch too: that is when somebody wants to know.
 */
export async function postExplanation(parts: ExplanationParts, call: RouteCall): Promise<Answer> {
  const portfolio = portfolioOf(parts.portfolios, call);
  const occasion = { at: parts.now(), log: call.log };
  return parts.deployments.use(portfolio, async (serving) => {
    const chosen = askedVersion(serving, call);
    const obstacle = chosen ? undefined : obstacleOf(serving);
    if (obstacle !== undefined) throw unavailable(`There is no model to explain: ${obstacle}.`);
    const application = checked((chosen ?? serving!.champion!).check, call.body);
    return { body: await explain(application, serving!, chosen, occasion).catch(refuseUnreadable) };
  });
}
