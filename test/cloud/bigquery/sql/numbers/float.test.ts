import assert from 'node:assert/strict';
import fc from 'fast-check';
import { doubleText, exponentialText, fixedText, general, parseDouble, wireText } from './float.ts';

describe('FLOAT64 as text', () => {
  it('is short where that reads back the same, in C’s %g form', () => {
    const shown = [1, 0.1, -0, 1e15, 1e14, 123456789012345680, 1e-5, 0.0001, 1 / 3, 2 ** -1074];
    assert.deepEqual(shown.map(doubleText), [
      '1',
      '0.1',
      '0',
      '1e+15',
      '100000000000000',
      '1.2345678901234568e+17',
      '1e-05',
      '0.0001',
      '0.33333333333333331',
      '4.94065645841247e-324',
    ]);
    assert.deepEqual(
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(doubleText),
      ['nan', 'inf', '-inf'],
    );
  });

  it('has 15 digits where they read back the same, 17 otherwise, however it is found', () => {
    const plain = fc.double({ min: 1e-5, max: 1e16, noNaN: true });
    const fractions = fc.nat().map((n) => n / 2 ** 20);
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true }), plain, fractions), (value) => {
        if (!Number.isFinite(value) || value === 0) return;
        const short = general(value, 15);
        assert.equal(doubleText(value), Number(short) === value ? short : general(value, 17));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back the same in both forms', () =>
    fc.assert(
      fc.property(fc.double(), (value) => {
        assert.ok(Object.is(parseDouble(doubleText(value)), value + 0) || value === 0);
        assert.ok(Object.is(Number(wireText(value)), value));
      }),
    ));

  it('looks on the wire as in Java', () => {
    const shown = [1, -0, 0.001, 0.0009, 9999999, 1e7, 1.5e-10, 123456789.25];
    assert.deepEqual(shown.map(wireText), [
      '1.0',
      '-0.0',
      '0.001',
      '9.0E-4',
      '9999999.0',
      '1.0E7',
      '1.5E-10',
      '1.2345678925E8',
    ]);
    assert.deepEqual([Number.NaN, Number.NEGATIVE_INFINITY].map(wireText), ['NaN', '-Infinity']);
  });

  it('goes to the even digit half way, and only there', () => {
    assert.deepEqual(
      [0.5, 1.5, 2.5, 3.5, -2.5, 0.51].map((value) => fixedText(value, 0)),
      ['0', '2', '2', '4', '-2', '1'],
    );
    assert.deepEqual(
      [0.125, 0.375, 1.005, 2.675, 0.045].map((value) => fixedText(value, 2)),
      ['0.12', '0.38', '1.00', '2.67', '0.04'],
    );
    assert.deepEqual(
      [2.5, 9.5, 8.5, 1.25e10].map((value) => exponentialText(value, 0)),
      ['2e+0', '1e+1', '8e+0', '1e+10'],
    );
    assert.equal(exponentialText(1.25e10, 1), '1.2e+10');
  });

  it('is rounded as exact arithmetic rounds it', () =>
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat({ max: 4 }), (eighths, digits) => {
        const scaled = BigInt(eighths < 0 ? -eighths : eighths) * 10n ** BigInt(digits);
        const [whole, rest] = [scaled / 8n, scaled % 8n];
        const up = rest > 4n || (rest === 4n && whole % 2n === 1n);
        const text = String(whole + (up ? 1n : 0n)).padStart(digits + 1, '0');
        const cut = text.length - digits;
        const expected = digits === 0 ? text : `${text.slice(0, cut)}.${text.slice(cut)}`;
        assert.equal(fixedText(Math.abs(eighths) / 8, digits), expected);
      }),
    ));

  it('is read with white space, signs, exponents and words, and nothing else', () => {
    const read = [' 1.5 ', '+.5', '5.', '1E2', 'INF', '-infinity'].map(parseDouble);
    const { POSITIVE_INFINITY: inf } = Number;
    assert.deepEqual(read, [1.5, 0.5, 5, 100, inf, -inf]);
    assert.ok(Number.isNaN(parseDouble('NaN')));
    for (const text of ['', '.', '1e', '0x1', '1_0', 'infinit', '1 2', 'e5']) {
      assert.equal(parseDouble(text), undefined, text);
    }
  });
});
