import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellStarts } from '../../../shared/explain/cells.ts';

/** Every place whose cell is another than that of the place before. */
const startsOnPaper = (cells: readonly string[]): number[] =>
  [...cells.keys()].filter((place) => place > 0 && cells[place] !== cells[place - 1]);

describe('the cells on a way', () => {
  it('are all found where the way has at most 64 places, left and entered again or not', () => {
    const cell = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 65 }), (cells) => {
        const starts = cellStarts(cells.length - 1, (place) => cells[place]!);
        assert.deepEqual(starts, startsOnPaper(cells));
      }),
    );
  });

  it('are all found on any way where none is entered again, in few looks', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, (sizes) => {
        const cells = sizes.flatMap((size, i) => Array.from({ length: size }, () => String(i)));
        let looks = 0;
        const starts = cellStarts(cells.length - 1, (place) => {
          looks++;
          return cells[place]!;
        });
        assert.deepEqual(starts, startsOnPaper(cells));
        // Each start halves at most the distance of two looks, 60000 / 64.
        assert.ok(looks <= 65 + sizes.length * 10, `${looks} looks`);
      }),
    );
  });
});
