import assert from 'node:assert/strict';
import fc from 'fast-check';
import { waysOf } from '../../../shared/explain/moves.ts';
import type { Contract } from '../../../shared/portfolio/contract.ts';
import type { Actionable } from '../../../shared/portfolio/documents.ts';

const about = { description: 'A field.' };
const CONTRACT: Contract = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An application',
  description: 'What is asked.',
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    amount: { ...about, type: 'number', minimum: -1.005, maximum: 1.005 },
    term: { ...about, type: 'integer', minimum: 2, maximum: 12 },
    tier: { ...about, type: ['string', 'null'], enum: ['low', 'middle', 'high'] },
    insured: { ...about, type: 'boolean' },
  },
};

type Action = Omit<Actionable, 'text'>;

/** Values on the ways of one field, place 0 first, and the size of the whole way. */
const waysOn = (action: Action, value: unknown) =>
  waysOf({ [action.field]: value }, CONTRACT, [{ ...action, text: 'Do.' }]).map((way) => ({
    values: Array.from({ length: way.places + 1 }, (_, place) => way.valueAt(place)),
    size: way.sizeAt(way.places),
  }));

describe('the ways out of an application', () => {
  it('run over a list from its beginning to its end, false before true', () => {
    assert.deepEqual(waysOn({ field: 'tier', direction: 'any' }, 'middle'), [
      { values: ['middle', 'low'], size: 0.5 },
      { values: ['middle', 'high'], size: 0.5 },
    ]);
    assert.deepEqual(waysOn({ field: 'insured', direction: 'higher', span: 4 }, false), [
      { values: [false, true], size: 0.25 },
    ]);
  });

  it('run over multiples of a step to the bound of the portfolio, or else of the contract', () => {
    const action = { field: 'term', direction: 'any', step: 5 } as const;
    assert.deepEqual(waysOn(action, 7), [
      { values: [7, 5], size: 0.2 },
      { values: [7, 10], size: 0.3 },
    ]);
    assert.deepEqual(waysOn({ field: 'term', direction: 'higher', maximum: 9, span: 1 }, 6), [
      { values: [6, 7, 8, 9], size: 3 },
    ]);
    assert.deepEqual(waysOn({ field: 'term', direction: 'lower', minimum: 5 }, 6), [
      { values: [6, 5], size: 0.1 },
    ]);
  });

  it('are none at the end of a field, beyond its bound, and where it is NULL or absent', () => {
    for (const [action, value] of [
      [{ field: 'term', direction: 'lower' }, 2],
      [{ field: 'term', direction: 'higher', maximum: 9 }, 11],
      [{ field: 'insured', direction: 'higher' }, true],
      [{ field: 'tier', direction: 'any' }, null],
      [{ field: 'tier', direction: 'any' }, undefined],
    ] as const) {
      assert.deepEqual(waysOn(action, value), []);
    }
  });

  it('have every multiple beyond the value once, exactly as it is written', () => {
    const hundredths = Array.from({ length: 201 }, (_, i) => Number(((i - 100) / 100).toFixed(2)));
    const value = fc.oneof(
      fc.constantFrom(...hundredths),
      fc.double({ min: -1.005, max: 1.005, noNaN: true }),
    );
    fc.assert(
      fc.property(value, (from) => {
        const ways = [-1, 1].map((sign) => hundredths.filter((x) => sign * (x - from) > 0));
        const expected = [ways[0]!.reverse(), ways[1]!]
          .filter((values) => values.length > 0)
          .map((values) => [from, ...values].map((x) => x + 0));
        const found = waysOn({ field: 'amount', direction: 'any', step: 0.01 }, from);
        assert.deepEqual(
          found.map(({ values }) => values.map((x) => (x as number) + 0)),
          expected,
        );
      }),
    );
  });
});
