import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDate, parseRfc3339 } from '../../../shared/features/values/time_text.ts';
import { createCheck } from '../../../shared/portfolio/contract.ts';
import { REFUSED } from '../../../shared/reading/numbers.ts';
import { readDate, readTime } from '../../../shared/reading/times.ts';
import { contractOf } from './contracts.ts';

const FIELDS = {
  time: { type: 'string', format: 'date-time', description: 'when' },
  date: { type: 'string', format: 'date', description: 'the day' },
} as const;
const READERS = { time: readTime, date: readDate };
const PARSERS = { time: parseRfc3339, date: parseDate };

const two = (most: number) =>
  fc
    .oneof(
      { weight: 15, arbitrary: fc.nat({ max: most - 1 }) },
      { weight: 1, arbitrary: fc.integer({ min: most, max: 99 }) },
    )
    .map((n) => `${n}`.padStart(2, '0'));
const YEARS = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1825, max: 2115 }) },
  fc.constantFrom(999, 1000, 0, 9999, 2000, 1900, 2024),
);
const DATES = fc
  .tuple(YEARS, two(13), fc.oneof(two(29), fc.constantFrom('28', '29', '30', '31')))
  .map(([year, month, day]) => `${`${year}`.padStart(4, '0')}-${month}-${day}`);
const ZONES = fc.oneof(
  fc.constantFrom('Z', 'Z', 'Z', 'z', '', '+00:00', '-00:00', '+14:00', '-14:59', '+15:00'),
  fc.tuple(fc.constantFrom('+', '-'), two(24), two(60)).map(([sign, h, m]) => `${sign}${h}:${m}`),
);
const TIMES = fc
  .tuple(
    DATES,
    fc.constantFrom('T', 'T', 'T', 't', ' '),
    fc.tuple(two(24), two(60), two(60)).map((parts) => parts.join(':')),
    fc.oneof(
      fc.constant(''),
      fc.array(fc.nat({ max: 9 }), { maxLength: 8 }).map((some) => `.${some.join('')}`),
    ),
    ZONES,
  )
  .map((parts) => parts.join(''));

/** Some as they are, some with a character changed, lost or added. */
const bent = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    texts,
    fc
      .tuple(texts, fc.nat(), fc.nat({ max: 2 }), fc.constantFrom(...'0129:-+.TZ /é'))
      .map(([text, place, kind, character]) => {
        const at = place % (text.length + 1);
        return (
          text.slice(0, at) + (kind > 0 ? character : '') + text.slice(kind === 1 ? at : at + 1)
        );
      }),
  );

/** Undefined where it is refused. */
function readOf(kind: 'time' | 'date', text: string): number | undefined {
  const numbers = new Float64Array(1);
  const end = READERS[kind](Buffer.from(`"${text}"}`), 1, numbers, 0);
  if (end === REFUSED) return undefined;
  assert.equal(end, text.length + 2, text);
  return numbers[0];
}

for (const kind of ['time', 'date'] as const) {
  describe(`a ${kind} out of bytes`, () => {
    const check = createCheck(contractOf({ value: FIELDS[kind] }), 'checkout');

    it('is one that the contract takes, and the number that features have for it', () => {
      const seen = { read: 0, refused: 0 };
      fc.assert(
        fc.property(bent(kind === 'time' ? TIMES : DATES), (text) => {
          const value = readOf(kind, text);
          seen[value === undefined ? 'refused' : 'read']++;
          if (value === undefined) return;
          assert.ok(check({ value: text }).ok, text);
          assert.ok(Object.is(value, PARSERS[kind](text)), text);
        }),
        { numRuns: 20_000 },
      );
      assert.ok(seen.read > 1000 && seen.refused > 1000, JSON.stringify(seen));
    });

    it('is read wherever the contract takes one in its usual form', () => {
      fc.assert(
        fc.property(kind === 'time' ? TIMES : DATES, (text) => {
          const parsed = PARSERS[kind](text);
          // Features know no zone beyond 14 hours, and the contract no small letters.
          if (parsed === undefined || !check({ value: text }).ok) return;
          assert.ok(Object.is(readOf(kind, text), parsed), text);
        }),
        { numRuns: 20_000 },
      );
    });

    it('is refused where the bytes end', () => {
      const whole = kind === 'time' ? '2026-06-01T12:30:00.25+02:00' : '2026-06-01';
      for (let length = 0; length < whole.length; length++) {
        const bytes = Buffer.from(`"${whole.slice(0, length)}}`);
        assert.equal(READERS[kind](bytes, 1, new Float64Array(1), 0), REFUSED);
      }
    });
  });
}
