import assert from 'node:assert/strict';
import fc from 'fast-check';
import { REFUSED, readInteger, readNumber } from '../../../shared/reading/numbers.ts';

/** JSON's grammar of numbers (RFC 8259 §6). */
const GRAMMAR = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const digits = (least: number, most: number) =>
  fc
    .array(fc.constantFrom(...'0123456789'), { minLength: least, maxLength: most })
    .map((some) => some.join(''));

/** Numbers as printed by somebody: short, long, with zeros at both ends, huge and tiny. */
const WRITTEN = fc
  .tuple(
    fc.constantFrom('', '', '-'),
    fc
      .oneof(digits(1, 3), digits(14, 19), digits(1, 400))
      .map((text) => text.replace(/^0+(?=.)/, '')),
    fc.oneof(
      fc.constant(''),
      fc.oneof(digits(1, 4), digits(14, 24), digits(1, 400)).map((text) => `.${text}`),
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc
        .tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), fc.nat({ max: 400 }))
        .map(([letter, size]) => letter + size),
    ),
  )
  .map((parts) => parts.join(''));

const PRINTED = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ min: 0, max: 1, noNaN: true }).map(String),
  fc.integer({ min: 0, max: 10_000_000 }).map((cents) => String(cents / 100)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x.toExponential(20)),
  fc.maxSafeInteger().map(String),
  fc.constantFrom(...['9007199254740991', '9007199254740992', '9007199254740993', '1e22', '1e23']),
);

/** Nearly one: a character more, less, or another one. */
const BENT = fc
  .tuple(
    fc.oneof(WRITTEN, PRINTED),
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom(...'0.-+eEx, "}'),
  )
  .map(([text, place, kind, character]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + (kind > 0 ? character : '') + text.slice(kind === 1 ? at : at + 1);
  });

const NUMBERS = fc.oneof(
  WRITTEN,
  PRINTED,
  BENT,
  fc.constantFrom('', '-', '-0', '-0.0', '00', '.5'),
);

/** What is read of a text that another value follows; undefined where it is not read to its end. */
function readBy(read: typeof readNumber, text: string): number | undefined {
  const numbers = Float64Array.of(7, 7, 7);
  const end = read(Buffer.from(`[${text}}`), 1, numbers, 1);
  assert.deepEqual([numbers[0], numbers[2]], [7, 7]);
  return end === text.length + 1 && text !== '' ? numbers[1] : undefined;
}

describe('a number out of bytes', () => {
  it('has the bits that JSON.parse gives it, and is read wherever JSON has one, but for -0', () => {
    fc.assert(
      fc.property(NUMBERS, (text) => {
        const isNumber = GRAMMAR.test(text) && !Object.is(JSON.parse(text), -0);
        const expected = isNumber ? JSON.parse(text) : undefined;
        assert.ok(Object.is(readBy(readNumber, text), expected), text);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is an integer wherever it is whole, and a float64 tells it from its neighbours', () => {
    fc.assert(
      fc.property(NUMBERS, (text) => {
        const number = GRAMMAR.test(text) ? Number(text) : Number.NaN;
        const expected =
          Number.isSafeInteger(number) && !Object.is(number, -0) ? number : undefined;
        assert.ok(Object.is(readBy(readInteger, text), expected), text);
      }),
      { numRuns: 20_000 },
    );
  });

  it('ends where something else begins', () => {
    const numbers = new Float64Array(1);
    assert.equal(readNumber(Buffer.from('12.5.5}'), 0, numbers, 0), 4);
    assert.equal(readInteger(Buffer.from('12.0.5}'), 0, numbers, 0), 4);
    assert.equal(readInteger(Buffer.from('12.5}'), 0, numbers, 0), REFUSED);
    assert.equal(readNumber(Buffer.from('null}'), 0, numbers, 0), REFUSED);
  });
});
