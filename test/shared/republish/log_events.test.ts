import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type LogItem, logItems } from '../../../shared/republish/log_events.ts';

async function read(...chunks: string[]): Promise<LogItem[]> {
  async function* source() {
    yield* chunks;
  }
  const items: LogItem[] = [];
  for await (const item of logItems(source())) items.push(item);
  return items;
}

const EVENT = { decision_id: 'd-1', request: '{"name":"Ann\\nLee"}' };
const entry = (event: object) => ({ insertId: 'x', jsonPayload: { decision_event: event } });

describe('decision events in a log', () => {
  const forms: Record<string, string> = {
    'an array as gcloud prints it': JSON.stringify([entry(EVENT), entry(EVENT)], null, 2),
    'an array after a blank line': `\n  ${JSON.stringify([entry(EVENT), entry(EVENT)])}\n`,
    'an entry a line': `${JSON.stringify(entry(EVENT))}\n${JSON.stringify(entry(EVENT))}\n`,
    'lines of a function’s own output': [EVENT, EVENT]
      .map((decision_event) => JSON.stringify({ severity: 'CRITICAL', decision_event }))
      .join('\r\n'),
  };
  for (const [what, text] of Object.entries(forms)) {
    it(`are read from ${what}, wherever it is cut`, async () => {
      const whole = await read(text);
      assert.deepEqual(
        whole.map((item) => item.kind === 'event' && item.event),
        [EVENT, EVENT],
      );
      await fc.assert(
        fc.asyncProperty(fc.nat(text.length), async (at) => {
          assert.deepEqual(await read(text.slice(0, at), text.slice(at)), whole);
        }),
      );
    });
  }

  it('are read from dead letters as they are pulled', async () => {
    const letter = (data: string) => ({
      ackId: 'a',
      message: { data: Buffer.from(data).toString('base64'), messageId: '1' },
    });
    const text = JSON.stringify([letter(JSON.stringify(EVENT)), letter('{"decision')], null, 2);
    assert.deepEqual(await read(text), [
      { kind: 'event', place: 'entry 1', event: EVENT },
      { kind: 'unreadable', place: 'entry 2', problem: 'its data is not JSON' },
    ]);
  });

  it('are told from other entries, which are passed over', async () => {
    const others = [
      { message: 'now serving' },
      { textPayload: 'decision_event' },
      { jsonPayload: null },
      { jsonPayload: { message: 'x' } },
    ];
    const text = others.map((other) => JSON.stringify(other)).join('\n');
    assert.deepEqual(
      (await read(text)).map(({ kind }) => kind),
      ['other', 'other', 'other', 'other'],
    );
  });

  it('are not lost for a line that can’t be read, which is named and not quoted', async () => {
    const good = JSON.stringify(entry(EVENT));
    const items = await read(
      [good, good.slice(0, -3), '', 'Serving function...', '7', good].join('\n'),
    );
    assert.deepEqual(items, [
      { kind: 'event', place: 'line 1', event: EVENT },
      { kind: 'unreadable', place: 'line 2', problem: 'is not JSON' },
      { kind: 'unreadable', place: 'line 4', problem: 'is not JSON' },
      { kind: 'unreadable', place: 'line 5', problem: 'is no log entry' },
      { kind: 'event', place: 'line 6', event: EVENT },
    ]);
  });

  it('are not taken for an array by a line in the middle', async () => {
    const good = JSON.stringify(entry(EVENT));
    assert.deepEqual(
      (await read(`${good}\n[warn] x\n${good}`)).map(({ kind }) => kind),
      ['event', 'unreadable', 'event'],
    );
  });

  it('are missing from an array that is cut short, and that is said', async () => {
    const text = JSON.stringify([entry(EVENT)]).slice(0, -1);
    assert.deepEqual(await read(text), [
      { kind: 'unreadable', place: 'the array', problem: 'is not JSON' },
    ]);
  });

  it('are none in nothing', async () => {
    assert.deepEqual(await read(''), []);
    assert.deepEqual(await read('[]\n'), []);
  });
});
