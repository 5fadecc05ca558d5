/** `POST /v1/{portfolio}/scores`: a list of applications in, what each would be answered. */
import {
  MOST_APPLICATIONS,
  scoreAll,
  scoreBytes,
  unreadable,
} from '../../shared/decision/scores.ts';
import { badRequest, type Fault, unavailable } from '../../shared/errors.ts';
import { RowError } from '../../shared/features/errors.ts';
import type { RawBody } from '../../shared/http/body.ts';
import type { Answer, RouteCall } from '../../shared/http/handler.ts';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';
import type { Application, ServingModel } from '../../shared/serving/serving_model.ts';
import { portfolioOf } from './applications.ts';
import type { Deployments } from './deployments.ts';
import { obstacleOf } from './load.ts';

/** Bytes of a whole list. */
export const SCORES_BODY_LIMIT = 1024 * 1024;

const UNFIT = 'The list does not fit the contract.';
const FORM = `must be an object with nothing but "applications", an array of 1 to ${MOST_APPLICATIONS}`;

export interface ScoresParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly now: () => Date;
}

/**
 * By the champion, whoever's turn it would be: one list is measured by one model. Its bytes are read
 * as they are; where that will not do, and before anything else is refused, they are parsed.
 */
export async function postScores(parts: ScoresParts, call: RouteCall<RawBody>): Promise<Answer> {
  const { body } = call;
  if (!parts.portfolios.has(call.params.portfolio!)) body.parse();
  const portfolio = portfolioOf(parts.portfolios, call);
  return parts.deployments.use(portfolio, async (serving) => {
    const obstacle = obstacleOf(serving);
    if (obstacle !== undefined) {
      body.parse();
      throw unavailable(`There is no model to score with: ${obstacle}.`);
    }
    const model = serving!.champion!;
    const at = parts.now();
    return { body: scoreBytes(model, body.bytes, at) ?? (await scoreParsed(model, call, at)) };
  });
}

/** @throws {AppError} 400 naming every fault of every application by JSON pointer */
async function scoreParsed(model: ServingModel, call: RouteCall<RawBody>, at: Date) {
  const applications = checkedList(model.check, call.body.parse());
  try {
    return await scoreAll(model, applications, { at, log: call.log });
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw badRequest(UNFIT, within(await unreadable(model, applications)));
  }
}

/** @throws {AppError} 400 naming every fault of every application by JSON pointer */
function checkedList(check: RecordCheck, body: unknown): Application[] {
  const list = listOf(body);
  const faults: Fault[] = [];
  const applications: Application[] = [];
  for (const [i, item] of list.entries()) {
    const result = check(item);
    if (result.ok) applications.push(result.value);
    else {
      for (const { pointer, problem } of result.faults) {
        faults.push({ pointer: `/${i}${pointer}`, problem });
      }
    }
  }
  if (faults.length > 0) throw badRequest(UNFIT, within(faults));
  return applications;
}

function listOf(body: unknown): readonly unknown[] {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const { applications, ...others } = (isObject ? body : {}) as Record<string, unknown>;
  if (!Array.isArray(applications) || Object.keys(others).length > 0) {
    throw badRequest(UNFIT, [{ pointer: '', problem: FORM }]);
  }
  if (applications.length === 0 || applications.length > MOST_APPLICATIONS) {
    const problem = `has ${applications.length} applications; 1 to ${MOST_APPLICATIONS} are allowed`;
    throw badRequest(UNFIT, [{ pointer: '/applications', problem }]);
  }
  return applications;
}

const within = (faults: readonly Fault[]): Fault[] =>
  faults.map(({ pointer, problem }) => ({ pointer: `/applications${pointer}`, problem }));
