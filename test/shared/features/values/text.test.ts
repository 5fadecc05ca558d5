import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compareText,
  lengthOf,
  parseInteger,
  positionOf,
  substring,
  trimEnd,
  trimStart,
  WHITE_SPACE,
} from '../../../../shared/features/values/text.ts';

/** Well-formed text with many repeated characters, some of them outside the basic plane. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'b', 'é', '\uffff', '😀', '𝒳', ' '),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    ),
  )
  .map((parts) => parts.join(''));

const utf8 = (value: string) => Buffer.from(value, 'utf8');

describe('text by characters', () => {
  it('is ordered as its UTF-8 bytes are', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareText(a, b)), Buffer.compare(utf8(a), utf8(b)));
        assert.equal(compareText(a, a), 0);
      }),
    );
  });

  it('is as long as it has characters', () => {
    fc.assert(fc.property(text, (a) => assert.equal(lengthOf(a), [...a].length)));
  });

  it('is cut where its characters are', () => {
    const position = fc.integer({ min: -12, max: 12 });
    fc.assert(
      fc.property(text, position, fc.nat(12), (a, from, length) => {
        const characters = [...a];
        const start = from > 0 ? from - 1 : from < 0 ? Math.max(0, characters.length + from) : 0;
        const expected = characters.slice(start, start + length).join('');
        assert.equal(substring(a, from, length), expected);
      }),
    );
  });

  it('finds a part at the character where it first begins', () => {
    fc.assert(
      fc.property(text, text, text, (before, part, after) => {
        const whole = before + part + after;
        const at = positionOf(whole, part);
        assert.ok(at >= 1 && at <= [...before].length + 1);
        assert.ok(
          [...whole]
            .slice(at - 1)
            .join('')
            .startsWith(part),
        );
      }),
    );
  });

  it('is trimmed of characters, never of halves', () => {
    fc.assert(
      fc.property(text, fc.array(fc.constantFrom('a', ' ', '😀')), (a, characters) => {
        const set = new Set<string>(characters);
        let expected = [...a];
        while (expected.length > 0 && set.has(expected[0]!)) expected = expected.slice(1);
        assert.equal(trimStart(a, set), expected.join(''));
        expected = [...a];
        while (expected.length > 0 && set.has(expected.at(-1)!)) expected.pop();
        assert.equal(trimEnd(a, set), expected.join(''));
      }),
    );
  });

  it('knows the white space of Unicode', () => {
    for (let point = 0; point < 0x11000; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const character = String.fromCodePoint(point);
      const expected = /\p{White_Space}/u.test(character);
      assert.equal(WHITE_SPACE.has(character), expected, `U+${point.toString(16)}`);
    }
  });
});

describe('integers in text', () => {
  it('are read in either base, with a sign and space around', () => {
    const short = fc.integer({ min: -(10 ** 9), max: 10 ** 9 });
    fc.assert(
      fc.property(short, fc.constantFrom('', ' ', '   '), (value, space) => {
        const sign = value < 0 ? '-' : '';
        const hexadecimal = `${sign}0x${Math.abs(value).toString(16)}`;
        assert.equal(parseInteger(`${space}${value}${space}`), value);
        assert.equal(parseInteger(`${space}${hexadecimal}${space}`), value);
        assert.equal(parseInteger(`${space}${hexadecimal.toUpperCase()}`), value);
      }),
    );
  });

  for (const none of [
    '',
    ' ',
    '-',
    '+-1',
    '1 2',
    '1_0',
    '1e3',
    '0x',
    '0x-1',
    '\t0x1',
    '\u00a01',
    'NaN',
  ]) {
    it(`are none in ${JSON.stringify(none)}`, () => assert.ok(Number.isNaN(parseInteger(none))));
  }
});
