import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CsvError, csvLine, csvRecords } from '../../../shared/batch/csv.ts';

const read = (text: string) => [...csvRecords(text)].map(({ cells }) => cells);

describe('comma-separated values', () => {
  it('come back as they were written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' ') });
    const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(records, fc.constantFrom('\n', '\r\n'), (given, end) => {
        assert.deepEqual(read(given.map(csvLine).join(end)), given);
      }),
    );
  });

  it('say on which line each record begins', () => {
    const lines = [...csvRecords('\uFEFFa,b\n\n"x\ny",2\r\n3,4')].map(({ line }) => line);
    assert.deepEqual(lines, [1, 3, 5]);
  });

  it('are refused where a quote is not closed or stands within a cell, with the line', () => {
    for (const text of ['a\n"b', 'a\nb"c', 'a\n"b"c']) {
      assert.throws(
        () => read(text),
        (error) => error instanceof CsvError && /line 2/.test(error.message),
      );
    }
  });
});
