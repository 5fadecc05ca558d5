import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isText, knownTexts } from '../../../shared/reading/words.ts';

const TEXTS = fc.array(
  fc.string({ unit: fc.constantFrom('a', 'b', '~'), minLength: 1, maxLength: 12 }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

describe('texts that are known beforehand', () => {
  it('are found where the bytes have them, and nowhere else', () => {
    let found = 0;
    fc.assert(
      fc.property(
        TEXTS,
        fc.nat(),
        fc.array(fc.nat({ max: 255 }), { maxLength: 9 }),
        (texts, pick, junk) => {
          const known = knownTexts(texts);
          const text = texts[pick % texts.length]!;
          const bytes = Buffer.from([...junk, ...Buffer.from(text), 0, 0x80, 0xff]);
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
          for (let i = 0; i < texts.length; i++) {
            assert.equal(known.lengths[i], texts[i]!.length);
            for (let at = 0; at <= junk.length; at++) {
              const there = bytes.toString('latin1', at, at + texts[i]!.length) === texts[i];
              assert.equal(isText(known, i, view, at), there);
              found += Number(there);
            }
          }
        },
      ),
      { numRuns: 5000 },
    );
    assert.ok(found > 1000);
  });

  it('are not looked for beyond the end, where bytes of somebody else begin', () => {
    const bytes = Buffer.from('abcdef');
    const view = new DataView(bytes.buffer, bytes.byteOffset, 3);
    assert.equal(isText(knownTexts(['abcdef']), 0, view, 0), false);
    assert.equal(isText(knownTexts(['a']), 0, view, 2), false);
  });
});
