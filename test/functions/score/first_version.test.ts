/**
 * What the first callers sent and were answered, as it was recorded then. Whoever breaks one of these
 * breaks a caller: a field may be added to an answer, none taken away. The recordings never change.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createEvaluator } from '../../../shared/features/evaluate.ts';
import { createCheck } from '../../../shared/portfolio/contract.ts';
import { loadPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, storeVersion } from '../support/versions.ts';

interface Exchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    /** A body that is no JSON, or not as JSON.stringify has it; … */
    readonly text?: string;
    /** … with spaces up to so many bytes. */
    readonly padded_to?: number;
  };
  readonly status: number;
  readonly type: string;
  readonly answer: Json;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const FOLDER = 'test/functions/score/first_version';
const FILES = ['decisions', 'keyed', 'explanations', 'scores', 'model'];

/** In order: what a later one asks for an earlier one may have made. */
const exchangesOf = (file: string): Record<'model' | 'kill_switch', Exchange[]> =>
  JSON.parse(readFileSync(`${FOLDER}/${file}.json`, 'utf8'));

/** What programs compare with a constant: it stays, and not only its type. */
const CONSTANT = /^\/(code|status|arm|errors\/\d+\/pointer)$/;

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** What a reader of the old answer misses in the new one, by place. */
function broken(old: Json, now: unknown, place = ''): string[] {
  const [was, is] = [typeOf(old), typeOf(now)];
  // Of what was null callers know nothing else.
  if (was === 'null') return is === 'undefined' ? [`${place} is gone`] : [];
  if (is === 'undefined') return [`${place} is gone`];
  if (was !== is) return [`${place} was ${was} and is ${is}`];
  if (CONSTANT.test(place) && old !== now) return [`${place} was ${old} and is ${now}`];
  if (Array.isArray(old)) return brokenItems(old, now as unknown[], place);
  if (was !== 'object') return [];
  const members = now as Record<string, unknown>;
  return Object.entries(old as Record<string, Json>).flatMap(([key, value]) =>
    broken(value, members[key], `${place}/${key}`),
  );
}

/** An item must be as one of the old ones: which comes first is no promise. */
function brokenItems(old: readonly Json[], now: readonly unknown[], place: string): string[] {
  if (old.length > 0 && now.length === 0) return [`${place} is empty`];
  return now.flatMap((item, i) => {
    const faults = old.map((one) => broken(one, item, `${place}/${i}`));
    return faults.some(({ length }) => length === 0) ? [] : (faults[0] ?? []);
  });
}

describe('a caller of the first version', () => {
  let service: Service;

  before(async () => {
    service = await startService();
    const champion = await storeVersion(service.objects, service.portfolio, 'v20260601_000000');
    await deploy(service.objects, 'loans', { champion });
  });
  after(() => service.stop());

  async function send({ request }: Exchange) {
    const { method, path, headers, body, text, padded_to = 0 } = request;
    const sent = (text ?? JSON.stringify(body))?.padEnd(padded_to);
    const response = await fetch(service.url + path, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: sent! }),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      answer: await response.json(),
    };
  }

  for (const [file, state, exchanges] of FILES.flatMap((name) =>
    Object.entries(exchangesOf(name)).map((entry) => [name, ...entry] as const),
  )) {
    describe(`of ${file}, ${state === 'model' ? 'with a model' : 'under the kill switch'}`, () => {
      before(() => deploy(service.objects, 'loans', { kill_switch: state === 'kill_switch' }));

      for (const exchange of exchanges) {
        it(`is answered as then: ${exchange.name}`, async () => {
          const { status, type, answer } = await send(exchange);
          assert.equal(status, exchange.status, JSON.stringify(answer));
          assert.equal(type, exchange.type);
          assert.deepEqual(broken(exchange.answer, answer), []);
        });
      }
    });
  }

  for (const id of ['bnpl', 'cards']) {
    it(`may still send every request that ${id} took, at every edge of its contract`, async () => {
      const portfolio = await loadPortfolio('sql', id);
      const check = createCheck(portfolio.application, 'checkout');
      const [features, columns] = [portfolio.features, portfolio.policy_columns].map((program) =>
        createEvaluator(program),
      );
      const lines = readFileSync(`${FOLDER}/${id}.ndjson`, 'utf8').trim().split('\n');
      assert.ok(lines.length >= 9);
      for (const line of lines) {
        const result = check(JSON.parse(line));
        assert.ok(result.ok, JSON.stringify(result));
        features!.record(result.value);
        columns!.record(result.value);
      }
    });
  }
});

describe('the comparison with the first version', () => {
  const old: Json = { a: 1, code: 'x', list: [{ b: 'text', c: null }], none: [], gone: null };
  const same = {
    a: 2,
    code: 'x',
    list: [
      { b: 'y', c: 3 },
      { b: 'z', c: null },
    ],
    none: [1],
    gone: 0,
  };

  it('allows more fields, other values and more items', () => {
    assert.deepEqual(broken(old, { ...same, more: true }), []);
  });

  const breaks: [string, object, string][] = [
    ['a field that is gone', { a: undefined }, '/a is gone'],
    ['a field of another type', { a: '1' }, '/a was number and is string'],
    ['a field that is null now', { a: null }, '/a was number and is null'],
    ['a field that was null and is gone', { gone: undefined }, '/gone is gone'],
    ['another code', { code: 'y' }, '/code was x and is y'],
    ['an object in place of a list', { list: {} }, '/list was array and is object'],
    ['a list that is empty now', { list: [] }, '/list is empty'],
    ['an item without a field', { list: [{ b: 'y', c: 1 }, { c: 1 }] }, '/list/1/b is gone'],
  ];
  for (const [what, change, expected] of breaks) {
    it(`finds ${what}`, () => {
      assert.deepEqual(broken(old, { ...same, ...change }), [expected]);
    });
  }
});
