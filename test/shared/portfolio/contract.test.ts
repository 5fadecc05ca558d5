import assert from 'node:assert/strict';
import {
  type Contract,
  contractSchema,
  createCheck,
  inputFields,
  tableSchema,
} from '../../../shared/portfolio/contract.ts';

const CONTRACT: Contract = contractSchema.parse({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A test',
  description: 'A record with every kind of field.',
  type: 'object',
  additionalProperties: false,
  required: ['id', 'amount', 'count', 'band', 'trusted', 'at', 'status'],
  properties: {
    id: { type: 'string', maxLength: 8, pattern: '^[a-z]+$', description: 'key' },
    amount: { type: 'number', minimum: 0, maximum: 100.5, description: 'money' },
    count: { type: 'integer', minimum: -2, maximum: 9, description: 'a count' },
    band: { type: 'string', enum: ['low', 'high'], description: 'a band' },
    trusted: { type: 'boolean', description: 'a flag' },
    at: { type: 'string', format: 'date-time', description: 'a time' },
    day: { type: ['string', 'null'], format: 'date', description: 'a day' },
    note: { type: ['integer', 'null'], minimum: 0, maximum: 5, description: 'maybe' },
    status: { type: 'string', enum: ['done'], readOnly: true, description: "the lender's own" },
  },
});

const RECORD = {
  id: 'abc',
  amount: 12.5,
  count: 3,
  band: 'low',
  trusted: true,
  at: '2026-08-30T06:30:00.123456+02:00',
};

const check = createCheck(CONTRACT, 'checkout');

function faults(change: object): [string, string][] {
  const result = check({ ...RECORD, ...change });
  return result.ok ? [] : result.faults.map(({ pointer, problem }) => [pointer, problem]);
}

describe('a contract', () => {
  it('lets through what it describes, optional and null fields included', () => {
    assert.deepEqual(faults({}), []);
    assert.deepEqual(faults({ day: '2024-02-29', note: null }), []);
    assert.deepEqual(faults({ amount: 100.5, count: -2, note: 0 }), []);
  });

  const refused: [string, object, string, RegExp][] = [
    ['a missing field', { band: undefined }, '/band', /is missing/],
    ['a wrong type', { amount: '12.5' }, '/amount', /expected number, received string/],
    ['a number out of range', { amount: 100.6 }, '/amount', /<=100.5/],
    ['a fraction for an integer', { count: 1.5 }, '/count', /int/],
    ['null where it is not allowed', { count: null }, '/count', /received null/],
    ['an unknown category', { band: 'mid' }, '/band', /"low"\|"high"/],
    ['a text that is too long', { id: 'abcdefghi' }, '/id', /at most 8/],
    ['half a character', { id: 'abc\ud800' }, '/id', /surrogates/],
    ['a text of another pattern', { id: 'ABC' }, '/id', /pattern/],
    ['a time without offset', { at: '2026-08-30T06:30:00' }, '/at', /RFC 3339/],
    [
      'a finer time than a microsecond',
      { at: '2026-08-30T06:30:00.1234567Z' },
      '/at',
      /six digits/,
    ],
    ['a day that does not exist', { day: '2026-02-29' }, '/day', /YYYY-MM-DD/],
    ['a day before the calendar’s', { day: '0999-12-31' }, '/day', /year 1000/],
    ['a time before 1830', { at: '1830-01-01T00:00:00+00:01' }, '/at', /1830 to 2109/],
    ['a time after 2109', { at: '2109-12-31T23:59:59-00:01' }, '/at', /1830 to 2109/],
    ['an unknown field', { 'a/b~c': 1 }, '/a~1b~0c', /not in the contract/],
    ["a field that is the lender's own", { status: 'done' }, '/status', /not in the contract/],
    ['infinity', { amount: Number.POSITIVE_INFINITY }, '/amount', /number/],
  ];
  for (const [what, change, pointer, problem] of refused) {
    it(`refuses ${what} and says where`, () => {
      const [fault, ...others] = faults(change);
      assert.deepEqual(others, []);
      assert.equal(fault![0], pointer);
      assert.match(fault![1], problem);
    });
  }

  it('names every fault at once', () => {
    assert.equal(faults({ amount: -1, count: 99, extra: 1, other: 2 }).length, 4);
  });

  it('refuses what is no object at all', () => {
    for (const body of [undefined, null, [], 'text', 3]) assert.equal(check(body).ok, false);
  });

  it("demands the lender's own fields of the lender", () => {
    const lender = createCheck(CONTRACT, 'lender');
    assert.equal(lender(RECORD).ok, false);
    assert.equal(lender({ ...RECORD, status: 'done' }).ok, true);
  });

  it('is the table that keeps the records', () => {
    assert.deepEqual(
      tableSchema(CONTRACT).map(({ name, type, mode }) => `${name} ${type} ${mode}`),
      [
        'id STRING REQUIRED',
        'amount FLOAT64 REQUIRED',
        'count INT64 REQUIRED',
        'band STRING REQUIRED',
        'trusted BOOL REQUIRED',
        'at TIMESTAMP REQUIRED',
        'day DATE NULLABLE',
        'note INT64 NULLABLE',
        'status STRING REQUIRED',
      ],
    );
  });

  it("bounds what features are compiled against, without the lender's own fields", () => {
    const fields = new Map(inputFields(CONTRACT).map((field) => [field.name, field]));
    assert.equal(fields.has('status'), false);
    assert.deepEqual(fields.get('count'), {
      name: 'count',
      type: 'INT64',
      nullable: false,
      minimum: -2,
      maximum: 9,
    });
    assert.equal(fields.get('note')!.nullable, true);
    assert.equal(fields.get('day')!.nullable, true);
    assert.deepEqual(fields.get('band')!.values, ['low', 'high']);
  });

  it('must bound every number and text, and require only what it has', () => {
    const document = (properties: object, required: string[] = []) => ({
      ...CONTRACT,
      required,
      properties,
    });
    assert.throws(() =>
      contractSchema.parse(document({ x: { type: 'number', description: 'x' } })),
    );
    assert.throws(() =>
      contractSchema.parse(document({ x: { type: 'string', description: 'x' } })),
    );
    assert.throws(() => contractSchema.parse(document({}, ['y'])), /y/);
  });
});
