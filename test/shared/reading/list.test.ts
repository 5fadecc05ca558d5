import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDate, parseRfc3339 } from '../../../shared/features/values/time_text.ts';
import { parseJson } from '../../../shared/http/json.ts';
import { type Contract, createCheck } from '../../../shared/portfolio/contract.ts';
import { createListReader } from '../../../shared/reading/list.ts';
import { REFUSED } from '../../../shared/reading/numbers.ts';
import { RecordReader } from '../../../shared/reading/record.ts';
import { bent, CONTRACTS, contractOf, plainJson, recordsOf } from './contracts.ts';

const MOST = 3;

type Values = (number | string | null)[];

/** A reader of lists, all of its texts wanted, and what it finds; undefined where it refuses. */
function readerOf(contract: Contract) {
  const reader = new RecordReader(contract, new Set(Object.keys(contract.properties)));
  const { names, types, numbers, texts } = reader.slots;
  const read = createListReader(reader, 'applications');
  return (bytes: Uint8Array): Values[] | undefined => {
    const found: Values[] = [];
    const count = read(bytes, MOST, (i) => {
      assert.equal(i, found.length);
      found.push(
        names.map((_, slot) => (types[slot] === 'STRING' ? texts[slot]! : numbers[slot]!)),
      );
      return true;
    });
    assert.ok(count === REFUSED || count === found.length);
    return count === REFUSED ? undefined : found;
  };
}

/** What the slots shall hold of a record that was parsed and passed the check. */
const expectedOf = ({ properties }: Contract, record: Record<string, unknown>): Values =>
  Object.entries(properties)
    .filter(([, field]) => !field.readOnly)
    .map(([name, field]) => {
      const value = record[name] ?? null;
      if (typeof value === 'string' && 'format' in field) {
        return (field.format === 'date' ? parseDate(value) : parseRfc3339(value)) ?? null;
      }
      if (typeof value === 'string') return value;
      const isText = !('format' in field) && [field.type].flat()[0] === 'string';
      return value === null ? (isText ? null : Number.NaN) : Number(value);
    });

/** What the other way makes of a body: parsed and checked; undefined where it is refused. */
function parserOf(contract: Contract) {
  const check = createCheck(contract, 'checkout');
  return (bytes: Uint8Array): Values[] | undefined => {
    try {
      const { applications, ...more } = parseJson(bytes) as { applications: unknown[] };
      assert.ok(Object.keys(more).length === 0);
      assert.ok(applications.length > 0 && applications.length <= MOST);
      return applications.map((item) => {
        const result = check(item);
        assert.ok(result.ok);
        return expectedOf(contract, result.value);
      });
    } catch {
      return undefined;
    }
  };
}

const same = (a: Values[], b: Values[]): boolean =>
  a.length === b.length &&
  a.every((record, i) => record.every((value, slot) => Object.is(value, b[i]![slot])));

/** Plain ASCII without escapes, no -0, times to the second: what the reader promises to take. */
const isPlain = (records: readonly (readonly [string, unknown])[][]): boolean =>
  records.flat().every(([, value]) => {
    if (typeof value === 'string') return /^[ !#-[\]-~]*$/.test(value);
    return !Object.is(value, -0);
  });

interface List {
  readonly records: [string, unknown][][];
  readonly text: string;
}

/** Lists for one reader, one after another. */
const LISTS: fc.Arbitrary<{ contract: Contract; lists: List[] }> = CONTRACTS.chain((contract) => {
  const list = fc
    .tuple(
      fc.array(recordsOf(contract), { minLength: 1, maxLength: MOST }),
      fc.constantFrom('' as const, ' ' as const),
    )
    .map(([records, space]) => ({ records, text: plainJson(records, space) }));
  return fc.record({
    contract: fc.constant(contract),
    lists: fc.array(list, { minLength: 1, maxLength: 6 }),
  });
});

describe('a list of records out of bytes', () => {
  it('is read as it is parsed and checked, wherever it is written plainly', () => {
    let seen = 0;
    fc.assert(
      fc.property(LISTS, ({ contract, lists }) => {
        const read = readerOf(contract);
        const parse = parserOf(contract);
        for (const { records, text } of lists) {
          const parsed = isPlain(records) ? parse(Buffer.from(text)) : undefined;
          if (!parsed) continue;
          const found = read(Buffer.from(text));
          assert.ok(found && same(found, parsed), text);
          seen++;
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(seen > 300, String(seen));
  });

  it('is refused, or read as it is parsed and checked, whatever the bytes are', () => {
    const seen = { read: 0, refused: 0, good: 0 };
    const bodies = LISTS.chain(({ contract, lists }) =>
      fc.tuple(
        fc.constant(contract),
        fc.tuple(...lists.map(({ text }) => bent(fc.constant(text)))),
      ),
    );
    fc.assert(
      fc.property(bodies, ([contract, texts]) => {
        const read = readerOf(contract);
        const parse = parserOf(contract);
        for (const bytes of texts) {
          const found = read(bytes);
          const parsed = parse(bytes);
          seen.good += Number(parsed !== undefined);
          seen[found ? 'read' : 'refused']++;
          if (found) assert.ok(parsed && same(found, parsed), bytes.toString());
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(
      seen.read > 300 && seen.refused > 1000 && seen.good > seen.read,
      JSON.stringify(seen),
    );
  });

  it('is refused where a listed value is not written as JSON writes it', () => {
    const values = ['low', 'a "quoted" one', 'na\u00efve', 'back\\slash'];
    const read = readerOf(
      contractOf({ band: { type: 'string', enum: values, description: 'a band' } }),
    );
    const listOf = (written: string, encoding: 'utf8' | 'latin1') =>
      Buffer.from(`{"applications":[{"band":${written}}]}`, encoding);
    assert.deepEqual(read(listOf('"low"', 'utf8')), [['low']]);
    for (const value of values.slice(1)) {
      assert.equal(read(listOf(`"${value}"`, 'latin1')), undefined, value);
    }
  });

  it('is refused where a text is longer than its contract or its pattern allows', () => {
    const text = { type: 'string', maxLength: 5, description: 'a text' };
    const fields = { a: text, b: { ...text, pattern: '^[a-z]{2,3}$' } };
    const read = readerOf(contractOf(fields));
    const listOf = (a: string, b: string) =>
      Buffer.from(JSON.stringify({ applications: [{ a, b }] }));
    assert.deepEqual(read(listOf('12345', 'abc')), [['12345', 'abc']]);
    assert.equal(read(listOf('123456', 'abc')), undefined);
    assert.equal(read(listOf('12345', 'abcd')), undefined);
    assert.equal(read(listOf('12345', 'a')), undefined);
  });
});
