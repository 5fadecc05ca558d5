import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Contract,
  contractSchema,
  createCheck,
  recordSchema,
} from '../../../shared/portfolio/contract.ts';

const CONTRACT: Contract = contractSchema.parse({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A test',
  description: 'A record with every kind of field.',
  type: 'object',
  additionalProperties: false,
  required: ['id', 'text', 'amount', 'count', 'band', 'trusted', 'at', 'status'],
  properties: {
    id: { type: 'string', maxLength: 4, pattern: '^[a-z]+$', description: 'key' },
    text: { type: 'string', maxLength: 3, description: 'free' },
    amount: { type: 'number', minimum: 0, maximum: 100.5, description: 'money' },
    count: { type: 'integer', minimum: -2, maximum: 9, description: 'a count' },
    band: { type: 'string', enum: ['low', 'high'], description: 'a band' },
    trusted: { type: 'boolean', description: 'a flag' },
    at: { type: 'string', format: 'date-time', description: 'a time' },
    day: { type: ['string', 'null'], format: 'date', description: 'a day' },
    note: { type: ['integer', 'null'], minimum: 0, maximum: 5, description: 'maybe' },
    flag: { type: ['boolean', 'null'], description: 'maybe' },
    status: { type: 'string', enum: ['done'], readOnly: true, description: "the lender's own" },
  },
});

const FITTING: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.constantFrom('a', 'abcd'),
  text: fc.constantFrom('', 'abc', '🏦🏦🏦'),
  amount: fc.constantFrom(0, 100.5, 12.25),
  count: fc.constantFrom(-2, 9, 0),
  band: fc.constantFrom('low', 'high'),
  trusted: fc.boolean(),
  at: fc.constantFrom('2026-08-30T06:30:00.123456+02:00', '2024-02-29T00:00:00Z'),
  day: fc.constantFrom(null, '2024-02-29'),
  note: fc.constantFrom(null, 5),
  flag: fc.constantFrom(null, true),
  status: fc.constant('done'),
};

const ODD = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, '', 'a', 'low', 'abcde', 'A', '\ud800', '🏦🏦🏦🏦', '2023-02-29', '0999-12-31'],
    ...['2026-06-01T00:00:00', '2026-02-30T00:00:00Z', '2200-01-01T00:00:00Z', 'done'],
    ...['2026-06-01T00:00:00.1234567Z', '2026-06-01T24:00:00Z', [], {}, ['a'], [1]],
    ...[-0, -1, 0.5, 6, 10, 100.51, 1e300, -1e-300, 2 ** 53, Number.MAX_SAFE_INTEGER],
  ),
  fc.jsonValue({ maxDepth: 1 }),
);

/** Days and times, and what looks like them. */
const DAYS = fc.stringMatching(/^(1[89]|2[01])\d\d-(0[0-9]|1[0-3])-([0-2]\d|3[0-2])$/);
const CLOCKS = fc.stringMatching(/^([01]\d|2[0-4]):[0-6]\d:([0-5]\d|60)(\.\d{0,7})?(Z|z|\+00:00)$/);

const NAMES = [...Object.keys(CONTRACT.properties), 'more', '__proto__', 'constructor', ''];

/** Records as JSON brings them: mostly right, with some fields changed, gone or added. */
const RECORDS = fc
  .tuple(
    fc.record(FITTING, { requiredKeys: CONTRACT.required.filter((name) => name !== 'status') }),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.option(ODD, { nil: undefined })), {
      maxLength: 2,
    }),
  )
  .map(([record, changes]) => {
    const texts = new Map(Object.entries(record).map(([k, v]) => [k, JSON.stringify(v)]));
    for (const [name, value] of changes) {
      const text = JSON.stringify(value);
      if (text === undefined) texts.delete(name);
      else texts.set(name, text);
    }
    const members = [...texts].map(([name, text]) => `${JSON.stringify(name)}:${text}`);
    return `{${members.join()}}`;
  });

describe('the quick check of records', () => {
  it('takes days and times where the schema does, and only there', () => {
    const check = createCheck(CONTRACT, 'lender');
    const schema = recordSchema(CONTRACT, 'lender');
    fc.assert(
      fc.property(fc.record(FITTING), DAYS, CLOCKS, (record, day, clock) => {
        for (const time of [{ day }, { at: `${day}T${clock}` }]) {
          const dated = { ...record, ...time };
          assert.equal(check(dated).ok, schema.safeParse(dated).success, `${day} ${clock}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  for (const sender of ['checkout', 'lender'] as const) {
    it(`says yes where the schema does, and only there, to a ${sender}`, () => {
      const check = createCheck(CONTRACT, sender);
      const schema = recordSchema(CONTRACT, sender);
      const seen = { yes: 0, no: 0 };
      fc.assert(
        fc.property(RECORDS, (text) => {
          const record = JSON.parse(text);
          const result = check(record);
          // What the schema has passed is a copy.
          const quick = result.ok && result.value === record;
          assert.equal(quick, schema.safeParse(record).success, text);
          assert.equal(result.ok, quick);
          seen[quick ? 'yes' : 'no']++;
        }),
        { numRuns: 3000 },
      );
      assert.ok(seen.yes > 100 && seen.no > 100, JSON.stringify(seen));
    });
  }

  it('says no to what is no record', () => {
    const check = createCheck(CONTRACT, 'checkout');
    for (const value of [undefined, null, 1, 'a', [], [{}], true]) assert.ok(!check(value).ok);
  });
});
