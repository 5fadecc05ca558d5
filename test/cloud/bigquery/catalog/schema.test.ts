import assert from 'node:assert/strict';
import { ApiError } from '../../errors.ts';
import { parseSchema } from './schema.ts';

const parse = (...fields: unknown[]) => parseSchema({ fields });

const CASES: readonly [what: string, field: unknown, status: number, message: RegExp][] = [
  ['a field without a name', { type: 'STRING' }, 400, /needs a name/],
  ['a type that does not exist', { name: 'a', type: 'VARCHAR' }, 400, /VARCHAR is not a valid/],
  ['a mode that does not exist', { name: 'a', type: 'STRING', mode: 'MANY' }, 400, /MANY is not/],
  ['a record without fields', { name: 'a', type: 'RECORD' }, 400, /^Field a is type RECORD but/],
  [
    'fields of what is no record',
    { name: 'a', type: 'STRING', fields: [{ name: 'b', type: 'STRING' }] },
    400,
    /^Field a is not a RECORD/,
  ],
  ['a name with a point', { name: 'a.b', type: 'STRING' }, 400, /^Invalid field name "a\.b"/],
  ['a name without a letter', { name: '', type: 'STRING' }, 400, /^Invalid field name ""/],
  ['a reserved prefix', { name: '_PARTITIONTIME', type: 'DATE' }, 400, /must not start/],
  [
    'a bad field inside a record',
    { name: 'a', type: 'RECORD', fields: [{ name: 'b', type: 'X' }] },
    400,
    /X is not a valid/,
  ],
  ['RANGE', { name: 'a', type: 'RANGE' }, 501, /type RANGE \(field a\)/],
  ['a length limit', { name: 'a', type: 'STRING', maxLength: '3' }, 501, /maxLength .*field a/],
  ['a policy tag', { name: 'a', type: 'STRING', policyTags: { names: ['x'] } }, 501, /policyTags/],
];

describe('reading a TableSchema', () => {
  it('takes any name of a type, in any case, and every mode', () => {
    const fields = parse(
      { name: 'a', type: 'INTEGER', mode: 'REQUIRED', description: 'an id' },
      { name: 'b', type: 'float64', mode: 'nullable', policyTags: { names: [] }, collation: '' },
      { name: 'c', type: 'STRUCT', mode: 'REPEATED', fields: [{ name: 'd', type: 'BOOL' }] },
    );
    assert.deepEqual(fields, [
      { name: 'a', type: { kind: 'INT64' }, required: true, description: 'an id' },
      { name: 'b', type: { kind: 'FLOAT64' } },
      {
        name: 'c',
        type: {
          kind: 'ARRAY',
          element: { kind: 'STRUCT', fields: [{ name: 'd', type: { kind: 'BOOL' } }] },
        },
      },
    ]);
  });

  it('takes no schema for one without fields', () => {
    assert.deepEqual([parseSchema(undefined), parseSchema({})], [[], []]);
  });

  for (const [what, field, status, message] of CASES) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parse(field),
        (error) => {
          assert.ok(error instanceof ApiError);
          assert.equal(error.status, status);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('refuses two fields of one name, whatever their case', () => {
    const twice = [
      { name: 'a', type: 'STRING' },
      { name: 'A', type: 'STRING' },
    ];
    assert.throws(() => parse(...twice), /^ApiError: Field A already exists in schema$/);
    assert.throws(() => parse({ name: 'r', type: 'RECORD', fields: twice }), /Field A already/);
  });

  it('refuses records nested deeper than fifteen', () => {
    const nested = (depth: number): object =>
      depth === 0
        ? { name: 'a', type: 'STRING' }
        : { name: 'a', type: 'RECORD', fields: [nested(depth - 1)] };
    parse(nested(15));
    assert.throws(() => parse(nested(16)), /nested more than 15/);
  });
});
