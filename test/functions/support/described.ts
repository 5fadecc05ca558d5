/** What openapi.json promises, held against what is answered, by a validator that knows nothing of zod. */
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

// biome-ignore lint/suspicious/noExplicitAny: a document that is looked into.
export type Document = any;

export interface Given {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** Of the answer, where they are to be held against the description too. */
  readonly headers?: Headers;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
}

export interface Described {
  /** A component's schema. */
  schema(name: string): ValidateFunction<Document>;
  /** Whether a body is one that the path takes. */
  takes(path: string, body: unknown): boolean;
  /** @throws {assert.AssertionError} for an answer that is not as it is described */
  check(given: Given): void;
}

/** Headers that any answer of HTTP may have, and that say nothing of the service. */
const EVERYWHERE = new Set(
  'cache-control connection content-length content-type date keep-alive'.split(' '),
);

const TIME =
  /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const isDate = (text: string): boolean =>
  DATE.test(text) && new Date(text).toJSON()?.slice(0, 10) === text;

export function readDescription(document: Document): Described {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  ajv.addFormat('date-time', (text) => TIME.test(text) && isDate(text.slice(0, 10)));
  ajv.addFormat('date', isDate);
  ajv.addSchema({ $id: 'openapi', ...document });
  const compiled = new Map<string, ValidateFunction<Document>>();
  const at = (pointer: string): ValidateFunction<Document> => {
    const validate = compiled.get(pointer) ?? ajv.compile<Document>({ $ref: `openapi#${pointer}` });
    compiled.set(pointer, validate);
    return validate;
  };
  const fits = (pointer: string, value: unknown): void => {
    const validate = at(pointer);
    const isFit = validate(value);
    assert.ok(isFit, `${pointer}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
  };
  return {
    schema: (name) => at(`/components/schemas/${name}`),
    takes(path, body) {
      const content = `/paths/${escaped(path)}/post/requestBody/content/application~1json/schema`;
      return at(content)(body);
    },
    check({ method, path: asked, status, contentType, headers, body }) {
      const path = templateOf(document, asked);
      const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
      const operation = document.paths[path]?.[verb];
      const type = contentType?.split(';')[0] ?? null;
      if (!operation) {
        // There is no such path, or no such method of it.
        const code = document.paths[path] ? 'method_not_allowed' : 'not_found';
        assert.equal(type, 'application/problem+json');
        fits(`/components/responses/${code}/content/application~1problem+json/schema`, body);
        return;
      }
      const named = operation.responses[status];
      assert.ok(named, `${method} ${path} does not say that it answers ${status}`);
      const pointer = named.$ref?.slice(1) ?? `/paths/${escaped(path)}/${verb}/responses/${status}`;
      const response = lookUp(document, pointer);
      const said = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
      for (const name of headers?.keys() ?? []) {
        assert.ok(said.has(name) || EVERYWHERE.has(name), `${pointer} lacks the header ${name}`);
      }
      const types = Object.keys(response.content ?? {});
      if (body === undefined) return;
      if (types.length === 0) return assert.equal(type, 'application/json');
      assert.deepEqual([type], types);
      fits(`${pointer}/content/${escaped(type!)}/schema`, body);
    },
  };
}

/** The described path that a path is one of; itself where there is none. */
const templateOf = (document: Document, path: string): string =>
  Object.keys(document.paths).find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  ) ?? path;

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** What a JSON pointer leads to; undefined where it leads nowhere. */
export const lookUp = (document: Document, pointer: string): Document =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value, key) => value?.[key], document);
