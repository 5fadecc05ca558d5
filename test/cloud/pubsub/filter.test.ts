import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { type Attributes, compileFilter } from './filter.ts';
import { PubSubError } from './status.ts';

type Expression =
  | { kind: 'has'; key: string }
  | { kind: 'equal' | 'unequal' | 'prefix'; key: string; value: string }
  | { kind: 'not'; inner: Expression }
  | { kind: 'all' | 'any'; terms: Expression[] };

const text = fc.oneof(fc.constantFrom('a', 'b', 'ab', 'co'), fc.string({ maxLength: 5 }));

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant('has' as const), key: text }),
    fc.record({
      kind: fc.constantFrom('equal' as const, 'unequal' as const, 'prefix' as const),
      key: text,
      value: text,
    }),
    fc.record({ kind: fc.constant('not' as const), inner: tie('expression') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      terms: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

/** A string literal that JSON and the filter language both read, control characters aside. */
const literal = (value: string): string =>
  `"${[...value].map((c) => (/[\p{L}\p{N}]/u.test(c) ? c : `\\U${c.codePointAt(0)!.toString(16).padStart(8, '0')}`)).join('')}"`;

function write(node: Expression): string {
  switch (node.kind) {
    case 'has':
      return `attributes:${literal(node.key)}`;
    case 'equal':
      return `attributes.${literal(node.key)} = ${literal(node.value)}`;
    case 'unequal':
      return `attributes.${literal(node.key)}!=${literal(node.value)}`;
    case 'prefix':
      return `hasPrefix( attributes.${literal(node.key)},${literal(node.value)} )`;
    case 'not':
      return `NOT (${write(node.inner)})`;
    default:
      return node.terms
        .map((term) => `(${write(term)})`)
        .join(node.kind === 'all' ? ' AND ' : ' OR ');
  }
}

function evaluate(node: Expression, attributes: Attributes): boolean {
  switch (node.kind) {
    case 'has':
      return Object.keys(attributes).includes(node.key);
    case 'equal':
      return Object.entries(attributes).some(([k, v]) => k === node.key && v === node.value);
    case 'unequal':
      return !evaluate({ ...node, kind: 'equal' }, attributes);
    case 'prefix':
      return Object.entries(attributes).some(
        ([k, v]) => k === node.key && v.startsWith(node.value),
      );
    case 'not':
      return !evaluate(node.inner, attributes);
    case 'all':
      return node.terms.every((term) => evaluate(term, attributes));
    default:
      return node.terms.some((term) => evaluate(term, attributes));
  }
}

describe('filters', () => {
  it('mean what they say, however they are put together', () => {
    const attributes = fc.dictionary(text, text, { maxKeys: 4 });
    const property = fc.property(expression, attributes, (node, given) => {
      const written = write(node);
      fc.pre(Buffer.byteLength(written) <= 256);
      assert.equal(compileFilter(written)(given), evaluate(node, given));
    });
    fc.assert(property, { numRuns: 300 });
  });

  const CASES: readonly [string, Attributes, boolean][] = [
    ['', {}, true],
    ['attributes:name', { name: '' }, true],
    ['attributes:name', { Name: 'x' }, false],
    ['NOT attributes:name', {}, true],
    ['-attributes:name', { name: 'x' }, false],
    ['attributes.name = "com"', { name: 'com' }, true],
    ['attributes.name="com"', { name: 'COM' }, false],
    ['attributes.name != "com"', { name: 'org' }, true],
    ['attributes.name != "com"', {}, true],
    ['attributes.a-b_1 = "x"', { 'a-b_1': 'x' }, true],
    ['attributes."iana.org/language_tag" = "en"', { 'iana.org/language_tag': 'en' }, true],
    ['hasPrefix(attributes.name, "co")', { name: 'company' }, true],
    ['hasPrefix(attributes.name, "co")', {}, false],
    ['attributes:a AND attributes:b AND attributes:c', { a: '', b: '', c: '' }, true],
    ['attributes:a OR attributes:b', { b: '' }, true],
    ['NOT attributes:a AND attributes:b', { b: '' }, true],
    ['attributes:a AND (attributes:b OR attributes:c)', { a: '', c: '' }, true],
    ['attributes.x = "a\\"\\\\\\n\\x41\\101\\u2603\\U0001F600"', { x: 'a"\\\nAA☃😀' }, true],
    ['attributes:constructor', {}, false],
    ['attributes.AND = "x"', { AND: 'x' }, true],
  ];
  for (const [filter, attributes, expected] of CASES) {
    it(`${filter || '(none)'} ${expected ? 'lets' : 'does not let'} ${JSON.stringify(attributes)} through`, () => {
      assert.equal(compileFilter(filter)(attributes), expected);
    });
  }

  const WRONG: readonly [string, RegExp][] = [
    ['foo', /foo where attributes is expected, at character 1\.$/],
    ['attributes', /the end where \. is expected, at character 11\.$/],
    ['attributes.a', /the end where != is expected, at character 13\.$/],
    ['attributes.a = b', /b where a string in double quotes is expected, at character 16\.$/],
    ['attributes.a > "b"', /an unexpected character, at character 14\.$/],
    ['attributes.a = "b', /an unexpected character, at character 16\.$/],
    ['attributes:a attributes:b', /where AND, OR or the end is expected, at character 14\.$/],
    ['attributes:a AND', /the end where attributes is expected, at character 17\.$/],
    ['attributes:a and attributes:b', /and where AND, OR or the end/],
    ['(attributes:a', /the end where \) is expected/],
    ['attributes:a AND attributes:b OR attributes:c', /use parentheses.*at character 31\.$/],
    ['NOT NOT attributes:a', /NOT where attributes is expected/],
    ['hasSuffix(attributes.a, "b")', /hasSuffix where attributes/],
    ['hasPrefix(attributes.a "b")', /where , is expected/],
    ['attributes.a = "\\q"', /an unknown escape \\q, at character 16\.$/],
    ['attributes.a = "\\UFFFFFFFF"', /an unknown escape/],
  ];
  for (const [filter, problem] of WRONG) {
    it(`refuses ${filter} and says where`, () => {
      assert.throws(
        () => compileFilter(filter),
        (error) => {
          assert.ok(error instanceof PubSubError);
          assert.equal(error.code, status.INVALID_ARGUMENT);
          assert.match(error.message, problem);
          return true;
        },
      );
    });
  }

  it('refuses more than 256 bytes', () => {
    const longest = `attributes:"${'é'.repeat(121)}"`.padEnd(256);
    assert.equal(Buffer.byteLength(`${longest.trim()} `), 256);
    compileFilter(`${longest.trim()} `);
    assert.throws(() => compileFilter(`${longest.trim()}  `), /filter_size is too large.*257/);
  });
});
