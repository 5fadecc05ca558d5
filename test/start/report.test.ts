import assert from 'node:assert/strict';
import fc from 'fast-check';
import { count, createReport, percent } from './report.ts';

/** A report whose clock goes on by 1250 ms whenever it is read. */
function recorded(columns?: number) {
  let text = '';
  let time = 0;
  const report = createReport(
    (part) => {
      text += part;
    },
    () => columns,
    () => {
      time += 1250;
      return time;
    },
  );
  return { report, text: () => text };
}

/** What a terminal shows in the end: a return goes back, and what follows clears the line. */
const shown = (text: string) =>
  text
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r\x1b[K') + 1).replace('\x1b[K', ''));

describe('a report', () => {
  it('tells line by line of a step, its progress and its time, where there is no terminal', async () => {
    const { report, text } = recorded();
    const result = await report.step('Load', async (progress) => {
      progress('1 of 2');
      progress('2 of 2');
      return 42;
    });
    assert.equal(result, 42);
    assert.equal(text(), '  Load …\n      1 of 2\n      2 of 2\n✓ Load  1.3 s\n');
  });

  it('overwrites progress on a terminal', async () => {
    const { report, text } = recorded(80);
    await report.step('Load', async (progress) => progress('1 of 2'));
    assert.ok(text().includes('\r\x1b[K  Load … 1 of 2'));
    assert.deepEqual(shown(text()), ['✓ Load  1.3 s', '']);
  });

  it('never lets progress wrap, for a wrapped line could not be overwritten', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 60 }), fc.string(), async (columns, said) => {
        const { report, text } = recorded(columns);
        await report.step('Train', async (progress) =>
          progress(`iteration ${'='.repeat(99)}${said}`),
        );
        const lines = text().split('\r\x1b[K').slice(1, -1);
        assert.ok(lines.every((line) => line.length < columns));
      }),
    );
  });

  it('names the step that failed and keeps the cause', async () => {
    const { report, text } = recorded();
    const cause = new Error('The disk is full.');
    await assert.rejects(
      report.step('Load', async () => {
        throw cause;
      }),
      { message: 'Load: The disk is full.', cause },
    );
    assert.ok(!text().includes('✓'));
  });

  it('aligns the columns of a table', () => {
    const { report, text } = recorded();
    report.table(
      ['a', 'long head', 'c'],
      [
        ['wide cell', 'x', ''],
        ['', 'y', 'z'],
      ],
    );
    assert.equal(text(), '  a          long head  c\n  wide cell  x\n             y          z\n');
  });

  it('prints a table without rows as its head', () => {
    const { report, text } = recorded();
    report.table(['a', 'b'], []);
    assert.equal(text(), '  a  b\n');
  });

  it('writes shares and counts as people do', () => {
    assert.equal(percent(0.12345), '12.3 %');
    assert.equal(percent(0.12345, 2), '12.35 %');
    assert.equal(percent(1), '100.0 %');
    assert.equal(count(1_234_567), '1,234,567');
    assert.equal(count(0), '0');
  });
});
