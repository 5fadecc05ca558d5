/** `GET /openapi.json`: the service described by what checks requests and types answers. */
import { MOST_APPLICATIONS } from '../../shared/decision/scores.ts';
import { tagged } from '../../shared/http/etag.ts';
import type { Answer, RouteCall } from '../../shared/http/handler.ts';
import { describeApi, type JsonSchema, type Placed } from '../../shared/http/openapi.ts';
import { type Contract, exampleOf, requestSchema } from '../../shared/portfolio/contract.ts';
import type { Deployments } from './deployments.ts';
import type { Fallbacks } from './fallbacks.ts';
import { obstacleOf } from './load.ts';
import { OPERATIONS, PROBLEMS, type ScoreOperation } from './operations.ts';

export interface OpenapiParts {
  readonly portfolios: ReadonlySet<string>;
  readonly deployments: Deployments;
  readonly fallbacks: Fallbacks;
}

const INFO = {
  title: 'flit-ml: credit decisions',
  version: '1',
  description: [
    'Additive only: under /v1, fields and codes are added and never renamed, removed or given another type. Ignore what you do not know.',
    'Requests hold what their schema lists and nothing else, in at most 64 KiB of UTF-8 JSON (lists 1 MiB), not compressed. Of a name that comes twice in an object the last counts, and is what is recorded.',
    'Every GET has a HEAD, every path an OPTIONS; another method is answered 405 and another path 404, as a Problem.',
  ].join('\n\n'),
};

export async function getOpenapi(parts: OpenapiParts, { headers }: RouteCall): Promise<Answer> {
  const contracts = await Promise.all(
    [...parts.portfolios].map(async (id) => [id, await contractOf(parts, id)] as const),
  );
  return tagged(descriptionOf(new Map(contracts)), headers['if-none-match']);
}

interface Description {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly document: JsonSchema;
}

/** Takes longer to make than a decision may wait: kept for as long as the contracts are the same. */
let last: Description | undefined;

function descriptionOf(contracts: Description['contracts']): JsonSchema {
  const isLast =
    last?.contracts.size === contracts.size &&
    [...contracts].every(([id, contract]) => last!.contracts.get(id) === contract);
  if (!isLast) last = { contracts, document: describeService(contracts) };
  return last!.document;
}

/** The contract that requests are checked by now. */
async function contractOf(parts: OpenapiParts, portfolio: string): Promise<Contract> {
  const serving = await parts.deployments.current(portfolio);
  return obstacleOf(serving) === undefined
    ? serving!.champion!.manifest.contract
    : (await parts.fallbacks.of(portfolio)).contract;
}

/** @param contracts by portfolio; each has paths of its own, as each takes another body */
export function describeService(contracts: ReadonlyMap<string, Contract>): JsonSchema {
  const entries = Object.entries(OPERATIONS);
  return describeApi({
    info: INFO,
    operations: entries.flatMap(([route, operation]) => placesOf(route, operation, contracts)),
    bodies: Object.fromEntries(
      [...contracts].flatMap(([id, contract]) => [
        [BODIES.application(id), body(contract)],
        [BODIES.list(id), listOf(id)],
      ]),
    ),
    problems: PROBLEMS,
  });
}

/** Names of the bodies' schemas. */
const BODIES = {
  application: (portfolio: string): string => `Application_${portfolio}`,
  list: (portfolio: string): string => `Applications_${portfolio}`,
};

const listOf = (portfolio: string): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required: ['applications'],
  properties: {
    applications: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_APPLICATIONS,
      items: { $ref: `#/components/schemas/${BODIES.application(portfolio)}` },
    },
  },
});

function body(contract: Contract): JsonSchema {
  const example = exampleOf(contract);
  return { ...requestSchema(contract), ...(example ? { examples: [example] } : {}) };
}

function placesOf(
  route: string,
  operation: ScoreOperation,
  contracts: ReadonlyMap<string, Contract>,
): Placed[] {
  const [method, path] = route.split(' ') as [string, string];
  if (!path.includes('{portfolio}')) return [{ ...operation, method, path, tag: 'service' }];
  return [...contracts.keys()].map((portfolio) => ({
    ...operation,
    id: `${portfolio}_${operation.id}`,
    method,
    path: path.replace('{portfolio}', portfolio),
    tag: portfolio,
    ...(operation.takes ? { body: BODIES[operation.takes](portfolio) } : {}),
  }));
}
