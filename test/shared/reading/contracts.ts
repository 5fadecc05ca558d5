/** Arbitrary contracts, records that they allow, and the many ways in which JSON writes one. */
import fc from 'fast-check';
import { type Contract, contractSchema, isNullable } from '../../../shared/portfolio/contract.ts';

type Property = Contract['properties'][string];
type Properties = Readonly<Record<string, unknown>>;

/** A contract of these fields, all required unless said. */
export const contractOf = (properties: Properties, required = Object.keys(properties)): Contract =>
  contractSchema.parse({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A test',
    description: 'A record.',
    type: 'object',
    additionalProperties: false,
    required,
    properties,
  });

const TEXTS = [
  'a',
  'low',
  'high',
  'very_high',
  '',
  '<25k',
  'a "quoted" one',
  'naïve',
  'back\\slash',
];
const PATTERNS = ['^[A-Za-z0-9_-]+$', '^[A-Z]{2}$', '^[a-z]{1,3}$', '^[ab]*$', '^a|b$', '^.{2,}$'];

const bounds = (arbitrary: fc.Arbitrary<number>) =>
  fc
    .tuple(arbitrary, arbitrary)
    .map(([a, b]) => ({ minimum: Math.min(a, b), maximum: Math.max(a, b) }));

const KINDS = fc.oneof(
  bounds(fc.integer({ min: -1000, max: 100_000 })).map((range) => ({ type: 'integer', ...range })),
  bounds(fc.double({ min: -1e6, max: 1e6, noNaN: true })).map((range) => ({
    type: 'number',
    ...range,
  })),
  fc.constant({ type: 'number', minimum: -1e300, maximum: 1e300 }),
  fc.constant({ type: 'boolean' }),
  fc.uniqueArray(fc.constantFrom(...TEXTS), { minLength: 1 }).map((values) => ({
    type: 'string',
    enum: values,
  })),
  fc.record(
    {
      type: fc.constant('string'),
      maxLength: fc.integer({ min: 1, max: 12 }),
      pattern: fc.constantFrom(...PATTERNS),
    },
    { requiredKeys: ['type', 'maxLength'] },
  ),
  fc.constantFrom({ type: 'string', format: 'date-time' }, { type: 'string', format: 'date' }),
);

const FIELD = fc
  .tuple(KINDS, fc.boolean(), fc.boolean(), fc.integer({ min: 0, max: 9 }))
  .map(([kind, nullable, required, lot]) => ({
    ...kind,
    type: nullable ? [kind.type, 'null'] : kind.type,
    description: 'a field',
    readOnly: lot === 0,
    required,
  }));

export const CONTRACTS: fc.Arbitrary<Contract> = fc
  .dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,11}$/), FIELD, {
    minKeys: 1,
    maxKeys: 9,
    noNullPrototype: true,
  })
  .map((fields) => {
    const names = Object.keys(fields).filter((name) => !(name in Object.prototype));
    const required = names.filter((name) => fields[name]!.required);
    const properties = names.map((name) => {
      const { required: _, ...field } = fields[name]!;
      return [name, field];
    });
    return contractOf(Object.fromEntries(properties), required);
  })
  .filter(({ properties }) => Object.values(properties).some(({ readOnly }) => !readOnly));

/** Values that mostly fit: plain, at the bounds, a little beyond, now and then of another kind. */
function memberOf(field: Property): fc.Arbitrary<unknown> {
  const odd = fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e300,
    '',
    'a',
    '2026-06-01',
    'é\n',
    [],
    {},
  );
  const usual = isNullable(field)
    ? fc.oneof(
        { weight: 4, arbitrary: presentOf(field) },
        { weight: 1, arbitrary: fc.constant(null) },
      )
    : presentOf(field);
  return fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

function presentOf(field: Property): fc.Arbitrary<unknown> {
  if ('enum' in field) return fc.constantFrom(...field.enum);
  if ('format' in field) {
    const times = fc.date({
      min: new Date('1830-01-01T00:00:00Z'),
      max: new Date('2109-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    return field.format === 'date'
      ? times.map((time) => time.toISOString().slice(0, 10))
      : fc
          .tuple(times, fc.constantFrom('Z', '+00:00', '-03:30'), fc.constantFrom(19, 21, 23))
          .map(([time, zone, length]) => time.toISOString().slice(0, length) + zone);
  }
  if ('minimum' in field) {
    const { minimum: min, maximum: max } = field;
    const isInteger = field.type === 'integer' || field.type[0] === 'integer';
    const within = isInteger ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
    return fc.oneof(fc.constantFrom(min, max), within);
  }
  if (!('maxLength' in field)) return fc.boolean();
  const { pattern, maxLength } = field;
  const free = fc.oneof(
    { weight: 9, arbitrary: fc.string({ maxLength }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('a', 'A').map((letter) => letter.repeat(maxLength + 1)),
    },
  );
  if (pattern === undefined) return fc.oneof(free, fc.string({ unit: 'grapheme', maxLength }));
  const matching = fc.stringMatching(new RegExp(pattern, 'u'), { size: 'xsmall' });
  return fc.oneof({ weight: 5, arbitrary: matching.map((text) => text.slice(0, maxLength)) }, free);
}

/** Records of a contract as a checkout sends them: members by name, in any order, some of them left out. */
export const recordsOf = ({
  properties,
  required,
}: Contract): fc.Arbitrary<[string, unknown][]> => {
  const asked = Object.entries(properties).filter(([, field]) => !field.readOnly);
  const record = fc.record(
    Object.fromEntries(asked.map(([name, field]) => [name, memberOf(field)])),
    { requiredKeys: required.filter((name) => !properties[name]!.readOnly), noNullPrototype: true },
  );
  return record.chain((values) => {
    const members = Object.entries(values);
    const shuffled = fc.shuffledSubarray(members, { minLength: members.length });
    return fc.oneof({ weight: 2, arbitrary: fc.constant(members) }, shuffled);
  });
};

/** Written plainly, as JSON.stringify or json.dumps does. */
export const plainJson = (records: readonly [string, unknown][][], space: '' | ' '): string => {
  const texts = records.map((members) => {
    const inner = members.map(
      ([name, value]) => `${JSON.stringify(name)}:${space}${JSON.stringify(value)}`,
    );
    return `{${inner.join(`,${space}`)}}`;
  });
  return `{"applications":${space}[${texts.join(`,${space}`)}]}`;
};

/** Ways to write the same otherwise, or nearly the same. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/:/, ' :\n'],
  [/,/, '\t,\r\n '],
  [/[{[]/, '$& '],
  [/[}\]]/, ' $&'],
  [/"/, '\\u0022'],
  [/"([a-z_])/, '"\\u0061$1'],
  [/[a-z]/, '\\u0061'],
  [/(\d)([,}])/, '$1.0$2'],
  [/(\d)([,}])/, '$1e0$2'],
  [/(\d)([,}])/, '$1e-400$2'],
  [/:(\d)/, ':0$1'],
  [/:(\d)/, ':-$1'],
  [/:(\d)/, ':-0.0$1'],
  [/null/, 'nul'],
  [/true/, 'false'],
  [/true/, '1'],
  [/("[^"]*"):([^,{}[\]]*)/, '$1:$2,$1:$2'],
  [/("[^"]*"):([^,{}[\]]*)/, '"more":1,$1:$2'],
  [/("[^"]*"):([^,{}[\]]*),/, ''],
  [/}$/, ',"more":[]}'],
  [/^/, '\ufeff'],
  [/$/, '\n'],
  [/$/, '}'],
  [/\[/, '[{},'],
  [/\[.*\]/s, '[]'],
  [/applications/, 'application'],
  [/,/, ',,'],
  [/}/, ',}'],
];

/** One or two things changed at some place: spelling, members, bytes that fell over or were lost. */
export const bent = (texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      texts,
      fc.array(fc.tuple(fc.constantFrom(...REPLACEMENTS), fc.nat()), { maxLength: 2 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 }), fc.nat({ max: 5 })), { maxLength: 1 }),
    )
    .map(([text, replacements, damages]) => {
      let changed = text;
      for (const [[pattern, by], place] of replacements) {
        const from = place % (changed.length + 1);
        changed = changed.slice(0, from) + changed.slice(from).replace(pattern, by);
      }
      const bytes = Buffer.from(changed);
      for (const [place, bit, kind] of damages) {
        const at = place % (bytes.length + 1);
        if (kind === 0) return bytes.subarray(0, at);
        if (kind === 1) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + bit)]);
        if (at < bytes.length) bytes[at]! ^= 1 << bit;
      }
      return bytes;
    });
