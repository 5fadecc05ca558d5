import assert from 'node:assert/strict';
import { createLog } from '../../shared/log.ts';
import { isGrave, logText, parseLogLine } from './log_line.ts';

/** What the functions' own log writes. */
const lines: string[] = [];
const log = createLog((line) => lines.push(line.trimEnd()));

const entryOf = (write: () => void) => {
  write();
  return parseLogLine(lines.at(-1)!)!;
};

describe('a line of a function’s log', () => {
  it('is read back, and told to people', () => {
    const entry = entryOf(() => log.info('landing', { received: 25_000 }));
    assert.equal(entry.message, 'landing');
    assert.equal(entry.received, 25_000);
    assert.equal(logText(entry), 'INFO: landing');
    assert.equal(isGrave(entry), false);
  });

  it('is grave as an error, with the whole chain of causes', () => {
    const cause = new Error('ECONNREFUSED');
    const entry = entryOf(() => log.error('request failed', {}, new Error('no answer', { cause })));
    assert.match(
      logText(entry),
      /^ERROR: request failed\nError: no answer\n[\s\S]*Caused by: Error: ECONNREFUSED/,
    );
    assert.ok(isGrave(entry));
    assert.ok(isGrave(entryOf(() => log.critical('lost'))));
  });

  it('is none where a library printed an object, or where it was cut off', () => {
    for (const line of [
      '',
      '{',
      "  code: 'x'",
      '}',
      '{"severity":"INFO","mess',
      'Serving function…',
    ]) {
      assert.equal(parseLogLine(line), undefined, line);
    }
  });
});
