/** What openapi.json says of each path of `routes.ts`. */
import * as z from 'zod';
import { decisionAnswer } from '../../shared/decision/answer.ts';
import { explanationAnswer } from '../../shared/decision/explanation.ts';
import { MOST_APPLICATIONS, scoresAnswer } from '../../shared/decision/scores.ts';
import type { Operation, Parameter } from '../../shared/http/openapi.ts';
import { modelAnswer } from './model.ts';
import { readinessAnswer } from './readiness.ts';

/** An operation of the portfolio in its path. */
export interface ScoreOperation extends Operation {
  readonly id: string;
  /** What its body is, where it has one. */
  readonly takes?: 'application' | 'list';
}

/** Every error that a caller can meet, by its code. */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    means: 'The body or the query breaks the contract; `errors` names every fault of the body.',
  },
  not_found: { status: 404, means: 'There is no such path, portfolio or decision.' },
  version_not_loaded: { status: 404, means: 'The version that was asked for is not in memory.' },
  method_not_allowed: { status: 405, means: 'The path has other methods; `Allow` lists them.' },
  too_large: { status: 413, means: 'The body is larger than is allowed.' },
  unsupported_media_type: { status: 415, means: 'The body is not plain UTF-8 JSON.' },
  idempotency_key_reused: { status: 422, means: 'The key was used for another body.' },
  internal: { status: 500, means: 'A fault of the service’s own; its log has the rest.' },
  unavailable: { status: 503, means: 'What is needed is out of reach; nothing was decided.' },
} as const;

type Code = keyof typeof PROBLEMS;

const ANY: readonly Code[] = ['internal'];
const OF_A_BODY: readonly Code[] = [
  ...ANY,
  'invalid_request',
  'too_large',
  'unsupported_media_type',
];

const TRACE: Parameter = {
  in: 'header',
  name: 'traceparent',
  description: 'W3C trace context: ties the logs of the call, and problems, to the caller’s trace.',
  schema: { type: 'string' },
};

const IDEMPOTENCY_KEY: Parameter = {
  in: 'header',
  name: 'Idempotency-Key',
  description:
    'A name for this request, new for every new one: sent again with the same body, the first decision is the answer, and it can be had by its id.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const DECISION_ID: Parameter = {
  in: 'path',
  name: 'id',
  description: 'decision_id of a decision that was asked for with an Idempotency-Key.',
  schema: { type: 'string' },
};

const VERSION: Parameter = {
  in: 'query',
  name: 'version',
  description:
    'A version in memory: champion, challenger or shadow. Without it, the one that decides.',
  schema: { type: 'string', pattern: '^v\\d{8}_\\d{6}$' },
};

const IF_NONE_MATCH: Parameter = {
  in: 'header',
  name: 'If-None-Match',
  description: 'ETags that the caller has: answered 304 where one of them is still true.',
  schema: { type: 'string' },
};

const TAGGED = { ETag: 'Names this very answer.' };
const UNCHANGED = { description: 'As the caller has it.', headers: TAGGED };

const healthAnswer = z.object({ status: z.literal('ok') }).meta({ title: 'Health' });

const HEALTH: ScoreOperation = {
  id: 'health',
  summary: 'Whether the process lives',
  answers: { 200: { description: 'It does.', schema: healthAnswer } },
  problems: ANY,
};

const READINESS: ScoreOperation = {
  id: 'readiness',
  summary: 'Whether every portfolio has a model to decide with',
  answers: {
    200: { description: 'It has.', schema: readinessAnswer },
    503: { description: 'One has none, and is decided by policy alone.', schema: readinessAnswer },
  },
  problems: ANY,
};

/** By method and path. */
export const OPERATIONS: Readonly<Record<string, ScoreOperation>> = {
  'POST /v1/{portfolio}/decisions': {
    id: 'decide',
    summary: 'Decide on an application',
    description: 'The decision is on record before it is answered.',
    parameters: [IDEMPOTENCY_KEY, TRACE],
    takes: 'application',
    answers: {
      200: {
        description: 'The decision.',
        schema: decisionAnswer,
        headers: {
          'Idempotent-Replayed': '`true`: the first decision under the key.',
          'Server-Timing': 'Where its time went, by phase and in total, in milliseconds.',
        },
      },
    },
    problems: [...OF_A_BODY, 'idempotency_key_reused', 'unavailable'],
  },
  'GET /v1/{portfolio}/decisions/{id}': {
    id: 'decision',
    summary: 'A decision that was made under an Idempotency-Key',
    parameters: [DECISION_ID, TRACE],
    answers: { 200: { description: 'As it was answered.', schema: decisionAnswer } },
    problems: [...ANY, 'not_found', 'unavailable'],
  },
  'POST /v1/{portfolio}/explanations': {
    id: 'explain',
    summary: 'Explain what would be decided on an application',
    description:
      'Contributions, reasons and what could be changed. Decides nothing, records nothing. Takes tens of milliseconds: for desks, not for checkouts.',
    parameters: [VERSION, TRACE],
    takes: 'application',
    answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    problems: [...OF_A_BODY, 'version_not_loaded', 'unavailable'],
  },
  'POST /v1/{portfolio}/scores': {
    id: 'score',
    summary: 'Score a list of applications',
    description: `Up to ${MOST_APPLICATIONS} in at most 1 MiB. Decides nothing, records nothing, promises nothing: for lists to choose from, such as whom to offer a limit. Each is decided when it is asked for.`,
    parameters: [TRACE],
    takes: 'list',
    answers: { 200: { description: 'The scores.', schema: scoresAnswer } },
    problems: [...OF_A_BODY, 'unavailable'],
  },
  'GET /v1/{portfolio}/model': {
    id: 'model',
    summary: 'What decides, since when, and its model card',
    parameters: [VERSION, IF_NONE_MATCH, TRACE],
    answers: {
      200: { description: 'The model.', schema: modelAnswer, headers: TAGGED },
      304: UNCHANGED,
    },
    problems: [...ANY, 'invalid_request', 'version_not_loaded'],
  },
  'GET /openapi.json': {
    id: 'openapi',
    summary: 'This document',
    parameters: [IF_NONE_MATCH],
    answers: { 200: { description: 'OpenAPI 3.1.', headers: TAGGED }, 304: UNCHANGED },
    problems: [...ANY, 'unavailable'],
  },
  'GET /healthz': HEALTH,
  'GET /health': { ...HEALTH, id: 'health_alias' },
  'GET /readyz': READINESS,
  'GET /ready': { ...READINESS, id: 'readiness_alias' },
};
