import assert from 'node:assert/strict';
import { type Evaluated, openEngine, type TestEngine } from '../testing.ts';
import { AREAS } from './cases/all.ts';
import type { Case } from './cases/case.ts';
import { functionNames } from './catalogue.ts';

describe('GoogleSQL expressions have the type and the value that BigQuery gives them', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await openEngine();
  });
  after(() => engine.close());

  for (const [area, cases] of Object.entries(AREAS)) {
    describe(area, () => {
      let found: (Evaluated | Error)[];
      before(async () => {
        found = await evaluated(engine, cases);
      });
      cases.forEach(([expression, type, value], i) => {
        it(expression, () => assert.deepEqual(found[i], { type, value }));
      });
    });
  }
});

describe('the cases of the functions', () => {
  it('call every function of the catalogue', () => {
    const text = Object.values(AREAS)
      .flat()
      .map(([expression]) => expression)
      .join('\n');
    const called = new Set(
      Array.from(text.matchAll(/\b([A-Z][A-Z0-9_]*) ?\(/g), ([, name]) => name),
    );
    assert.deepEqual(
      functionNames().filter((name) => !called.has(name)),
      [],
    );
  });

  it('are each there once', () => {
    const all = Object.values(AREAS)
      .flat()
      .map(([expression]) => expression);
    assert.deepEqual(
      all.filter((expression, i) => all.indexOf(expression) !== i),
      [],
    );
  });
});

/** All in one query; one by one when that fails, so that only the guilty case does. */
async function evaluated(engine: TestEngine, cases: readonly Case[]) {
  try {
    return await engine.evaluateAll(cases.map(([expression]) => expression));
  } catch {
    const alone: (Evaluated | Error)[] = [];
    for (const [expression] of cases) {
      alone.push(await engine.evaluate(expression).catch((error: Error) => error));
    }
    return alone;
  }
}
