import assert from 'node:assert/strict';
import { NATIVES } from '../natives/all.ts';
import { existsElsewhere, findFunction, functionNames } from './catalogue.ts';
import { OPERATORS, UNARY_OPERATORS } from './operators.ts';
import type { Overload } from './overload.ts';
import { parseSignature } from './signature.ts';

type Written = readonly [signature: string, sql: Overload[1], ...rest: unknown[]];

function overloads(name: string): readonly Written[] {
  const found = findFunction(name)!;
  return found.kind === 'scalar' ? found.overloads : found.definition.overloads;
}

const all = (): Written[] => [
  ...functionNames().flatMap(overloads),
  ...Object.values(OPERATORS).flat(),
  ...Object.values(UNARY_OPERATORS).flat(),
];

describe('the catalogue of functions', () => {
  it('has signatures that can be read', () => {
    for (const [signature] of all()) assert.doesNotThrow(() => parseSignature(signature));
    for (const { signature } of NATIVES) assert.doesNotThrow(() => parseSignature(signature));
  });

  it('calls no function of ours that is not there', () => {
    const natives = new Set(NATIVES.map(({ name }) => name));
    const called = all().flatMap(([, sql]) =>
      typeof sql === 'string'
        ? Array.from(sql.matchAll(/\bbqs?_(\w+)\(/g), ([, name]) => name!)
        : [],
    );
    assert.ok(called.length > 100);
    assert.deepEqual(
      called.filter((name) => !natives.has(name)),
      [],
    );
  });

  it('has each of our functions once', () => {
    const names = NATIVES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it('knows a function, or knows that BigQuery has it, never both', () => {
    assert.deepEqual(functionNames().filter(existsElsewhere), []);
    assert.equal(findFunction('CONSTRUCTOR'), undefined);
    assert.equal(findFunction('constructor'), undefined);
    assert.equal(findFunction('LIST_SORT'), undefined);
    assert.ok(existsElsewhere('ST_DISTANCE') && existsElsewhere('NET.HOST'));
    assert.ok(!existsElsewhere('LIST_SORT'));
  });
});

describe('a signature', () => {
  it('tells what is required, optional, repeated and given by name', () => {
    const { result, parameters } = parseSignature('ARRAY<T>(T, [INT64], mode => STRING, BOOL...)');
    assert.deepEqual(result, { kind: 'ARRAY OF', element: { kind: 'TEMPLATE', name: 'T' } });
    assert.deepEqual(
      parameters.map(({ form, name }) => [form, name]),
      [
        ['required', undefined],
        ['optional', undefined],
        ['required', 'mode'],
        ['repeated', undefined],
      ],
    );
  });

  it('that cannot be read is a TypeError that shows it', () => {
    for (const text of ['INT64', 'INT64(', 'WHAT(INT64)', 'ARRAY INT64()', 'INT64(INT64 STRING)']) {
      assert.throws(() => parseSignature(text), {
        name: 'TypeError',
        message: new RegExp(`^No signature: ${text.replace(/[()]/g, '\\$&')} \\(`),
      });
    }
  });
});
