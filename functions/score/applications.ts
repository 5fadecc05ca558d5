/** What every path that takes an application does with it first. */
import { AppError, badRequest, notFound, pointerTo } from '../../shared/errors.ts';
import { RowError } from '../../shared/features/errors.ts';
import type { RouteCall } from '../../shared/http/handler.ts';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';
import type { Application, ServingModel } from '../../shared/serving/serving_model.ts';
import { modelsOf, type Serving } from './load.ts';

const UNFIT = 'The application does not fit the contract.';

/** The portfolio that a path names. @throws {AppError} 404 */
export function portfolioOf(portfolios: ReadonlySet<string>, { params }: RouteCall): string {
  const portfolio = params.portfolio!;
  if (!portfolios.has(portfolio)) throw notFound(`There is no portfolio "${portfolio}".`);
  return portfolio;
}

/** @throws {AppError} 400 naming every fault by JSON pointer */
export function checked(check: RecordCheck, body: unknown): Application {
  const result = check(body);
  if (result.ok) return result.value;
  throw badRequest(UNFIT, result.faults);
}

/** Features may be proven for less than the contract allows. */
export function refuseUnreadable(error: unknown): never {
  if (!(error instanceof RowError)) throw error;
  throw badRequest(UNFIT, [{ pointer: pointerTo([error.field]), problem: error.message }]);
}

/**
 * The version that `?version=` names; undefined where the query is empty.
 * @throws {AppError} 400 for any other query, 404 for a version that is not loaded
 */
export function askedVersion(
  serving: Serving | undefined,
  { query }: RouteCall,
): ServingModel | undefined {
  const [first, ...more] = [...query];
  if (!first) return undefined;
  const [name, version] = first;
  if (name !== 'version' || more.length > 0) {
    throw badRequest('The query may name one version, as in ?version=v20261121_000000.');
  }
  const models = modelsOf(serving);
  const found = models.find(({ ref }) => ref.version === version);
  if (found) return found;
  const loaded = models.map(({ ref }) => ref.version).join(', ') || 'none';
  throw new AppError(
    'version_not_loaded',
    404,
    `The version "${version}" is not loaded here; loaded: ${loaded}.`,
  );
}
