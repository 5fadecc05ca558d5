import assert from 'node:assert/strict';
import fc from 'fast-check';
import { serverSentEvents } from '../../../functions/ingest/events.ts';

async function* chunks(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function parse(text: string, sizes: readonly number[] = [7]) {
  const events = [];
  for await (const some of serverSentEvents(chunks(Buffer.from(text), sizes))) events.push(...some);
  return events;
}

describe('server-sent events', () => {
  it('are read line by line, whatever the chunks cut through', async () => {
    const datum = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify(text));
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(datum), sizes, async (data, cuts) => {
        const text = data.map((d) => `data: ${d}\n\n`).join('');
        const events = await parse(text, cuts);
        assert.deepEqual(
          events,
          data.map((d) => ({ event: 'message', data: d })),
        );
      }),
    );
  });

  it('carry a name, several data lines, comments and Windows line ends', async () => {
    const text =
      ': hello\r\nevent: end\r\ndata: {"records":\r\ndata: 2}\r\nid: 9\r\n\r\ndata:x\n\n';
    assert.deepEqual(await parse(text), [
      { event: 'end', data: '{"records":\n2}' },
      { event: 'message', data: 'x' },
    ]);
  });

  it('do not count an event that was cut off before its empty line', async () => {
    assert.deepEqual(await parse('data: 1\n\ndata: 2\n'), [{ event: 'message', data: '1' }]);
  });
});
