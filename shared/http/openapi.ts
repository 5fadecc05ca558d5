/** OpenAPI 3.1 out of the schemas that type the answers: https://spec.openapis.org/oas/v3.1.1.html. */
import * as z from 'zod';
import { problemAnswer } from './problem.ts';

/** JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** What a path answers with a status that is no error; its schema is named by its title. */
export interface Described {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Headers of the answer, by name, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly answers: Readonly<Record<number, Described>>;
  /** Codes of the errors that it can answer. */
  readonly problems: readonly string[];
}

/** An operation at its place, and the component schema that its body has. */
export interface Placed extends Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly body?: string;
}

export interface Api {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly operations: readonly Placed[];
  /** Schemas of bodies, by name. */
  readonly bodies: Readonly<Record<string, JsonSchema>>;
  /** Every error by its code. */
  readonly problems: Readonly<Record<string, { readonly status: number; readonly means: string }>>;
}

/** An OpenAPI document; a value for JSON. */
export function describeApi({ info, operations, bodies, problems }: Api): JsonSchema {
  const answers = operations.flatMap((operation) => Object.values(operation.answers));
  const schemas = answers.flatMap(({ schema }) => (schema ? [schema] : []));
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method.toLowerCase()] = operationOf(operation, problems);
  }
  return {
    openapi: '3.1.0',
    info,
    security: [{ google: [] }],
    paths,
    components: {
      schemas: {
        ...bodies,
        ...Object.fromEntries([problemAnswer, ...schemas].map((s) => [nameOf(s), schemaOf(s)])),
      },
      responses: Object.fromEntries(
        Object.keys(problems).map((code) => [code, problemResponse([code], problems)]),
      ),
      securitySchemes: {
        google: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An ID token of Google for an account with roles/run.invoker.',
        },
      },
    },
  };
}

function operationOf(operation: Placed, problems: Api['problems']): JsonSchema {
  const { id, tag, summary, description, parameters = [], body, answers } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: parameters.map((parameter) => ({
      ...parameter,
      required: parameter.in === 'path',
    })),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': refTo(body) } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([s, a]) => [s, responseOf(a)])),
      ...problemResponses(operation.problems, problems),
    },
  };
}

const responseOf = ({ description, schema, headers = {} }: Described): JsonSchema => ({
  description,
  headers: headersOf(headers),
  ...(schema ? { content: { 'application/json': refTo(nameOf(schema)) } } : {}),
});

const headersOf = (headers: Readonly<Record<string, string>>): JsonSchema =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );

/** One response a status: an error's own, or one of several that share it. */
function problemResponses(codes: readonly string[], problems: Api['problems']): JsonSchema {
  const byStatus = Map.groupBy(codes, (code) => String(problems[code]!.status));
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      some.length === 1
        ? { $ref: `#/components/responses/${some[0]}` }
        : problemResponse(some, problems),
    ]),
  );
}

const problemResponse = (codes: readonly string[], problems: Api['problems']): JsonSchema => ({
  description: codes.map((code) => `\`${code}\`: ${problems[code]!.means}`).join('\n\n'),
  headers: headersOf(PROBLEM_HEADERS[problems[codes[0]!]!.status] ?? {}),
  content: {
    'application/problem+json': {
      schema: {
        $ref: `#/components/schemas/${nameOf(problemAnswer)}`,
        properties: { code: { enum: codes } },
      },
    },
  },
});

const PROBLEM_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  405: { Allow: 'The methods that there are.' },
  503: { 'Retry-After': 'Seconds to wait.' },
};

const refTo = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });

/** A component's name: its title in one word. */
const nameOf = (schema: z.ZodType): string =>
  z.globalRegistry.get(schema)!.title!.replaceAll(/\W/g, '');

/** As a client must read it: it may come to hold more fields. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override({ jsonSchema }) {
      // The format says it; zod's expression for it is for machines.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return rest;
}
