import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Field } from '../types.ts';
import { type AllowedChanges, evolve, sameLayout } from './evolution.ts';

const TABLE = { projectId: 'p', datasetId: 'd', tableId: 't' };
const ALL: AllowedChanges = { addition: true, relaxation: true, omission: true };
const NONE: AllowedChanges = { addition: false, relaxation: false, omission: false };

const field = (name: string, required = false): Field => ({
  name,
  type: { kind: 'INT64' },
  ...(required ? { required } : {}),
});

const record = (name: string, ...fields: Field[]): Field => ({
  name,
  type: { kind: 'STRUCT', fields },
});

const REFUSED: readonly [
  what: string,
  current: Field[],
  proposed: Field[],
  allowed: AllowedChanges,
  problem: string,
][] = [
  [
    'a missing field',
    [field('a'), field('b')],
    [field('a')],
    NONE,
    'Field b is missing in new schema',
  ],
  [
    'a missing required field, even where others may be left out',
    [field('a', true)],
    [],
    ALL,
    'Required field a is missing in new schema',
  ],
  ['a new field', [], [field('a')], NONE, 'Cannot add fields (field: a)'],
  [
    'a new required field',
    [],
    [field('a', true)],
    ALL,
    'Cannot add required fields to an existing schema. (field: a)',
  ],
  [
    'another type',
    [field('a')],
    [{ name: 'a', type: { kind: 'STRING' } }],
    ALL,
    'Field a has changed type from INTEGER to STRING',
  ],
  [
    'a stricter mode',
    [field('a')],
    [field('a', true)],
    ALL,
    'Field a has changed mode from NULLABLE to REQUIRED',
  ],
  [
    'a list in place of a value',
    [field('a')],
    [{ name: 'a', type: { kind: 'ARRAY', element: { kind: 'INT64' } } }],
    ALL,
    'Field a has changed mode from NULLABLE to REPEATED',
  ],
  [
    'a relaxed mode that was not allowed',
    [field('a', true)],
    [field('a')],
    NONE,
    'Field a has changed mode from REQUIRED to NULLABLE',
  ],
  [
    'a new field in a record, by its path',
    [record('r', field('a'))],
    [record('r', field('a'), field('b'))],
    NONE,
    'Cannot add fields (field: r.b)',
  ],
];

describe('how a schema may change', () => {
  for (const [what, current, proposed, allowed, problem] of REFUSED) {
    it(`refuses ${what}`, () => {
      assert.throws(() => evolve(TABLE, current, proposed, allowed), {
        message: `Provided Schema does not match Table p:d.t. ${problem}`,
      });
    });
  }

  it('relaxes, adds at the end and takes new descriptions, at any depth', () => {
    const current = [
      field('a', true),
      record('r', field('x')),
      { ...field('k'), description: 'old' },
    ];
    const proposed = [
      field('new'),
      { ...field('K'), description: 'now' },
      record('r', field('y'), field('x')),
      field('a'),
    ];
    assert.deepEqual(evolve(TABLE, current, proposed, ALL), [
      field('a'),
      record('r', field('x'), field('y')),
      { ...field('k'), description: 'now' },
      field('new'),
    ]);
  });

  it('leaves a schema as it is when given itself, or nothing', () => {
    const fields = fc.uniqueArray(
      fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), required: fc.boolean() }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(fields, (drawn) => {
        const schema = drawn.map(({ name, required }) => field(name, required));
        assert.deepEqual(evolve(TABLE, schema, schema, NONE), schema);
        const optional = schema.filter((f) => !f.required);
        assert.deepEqual(evolve(TABLE, optional, [], ALL), optional);
      }),
    );
  });

  it('tells layouts apart by names, types and order alone', () => {
    assert.ok(sameLayout([field('a', true)], [{ ...field('a'), description: 'x' }]));
    assert.ok(!sameLayout([field('a'), field('b')], [field('b'), field('a')]));
    assert.ok(!sameLayout([record('r', field('a'))], [record('r', field('b'))]));
    assert.ok(!sameLayout([field('a')], []));
  });
});
