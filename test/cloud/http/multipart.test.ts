import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ApiError } from '../errors.ts';
import { readMultipart } from './multipart.ts';

const TYPE = 'multipart/related; boundary="-cut-"';

/** The bytes, cut into pieces of the given lengths, over and over. */
async function* pieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, n = 0; start < bytes.length; n += 1) {
    const end = start + (lengths[n % lengths.length] ?? bytes.length);
    yield bytes.subarray(start, end);
    start = end;
  }
}

function body(
  eol: string,
  metadata: string,
  media: Uint8Array,
  head = 'Content-Type: a/b',
): Buffer {
  const before = [
    '---cut-',
    'Content-Type: application/json',
    '',
    metadata,
    '---cut-',
    head,
    '',
    '',
  ];
  return Buffer.concat([
    Buffer.from(before.join(eol)),
    media,
    Buffer.from(`${eol}---cut---${eol}`),
  ]);
}

const read = async (bytes: Uint8Array, lengths = [64], type = TYPE) => {
  const { metadata, headers, media } = await readMultipart(pieces(bytes, lengths), type);
  const chunks: Uint8Array[] = [];
  for await (const chunk of media) chunks.push(chunk);
  return { metadata, headers, media: Buffer.concat(chunks) };
};

const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof ApiError && error.status === 400 && pattern.test(error.message);

describe('multipart/related bodies', () => {
  for (const [name, eol] of [
    ['CRLF', '\r\n'],
    ['LF', '\n'],
  ] as const) {
    it(`with ${name} lines come apart wherever the wire cuts them`, async () => {
      const tricky = fc.constantFrom('\r\n---cut', '\n--', '\r', '\n', '-cut-', 'x', '\0');
      const media = fc.array(tricky, { maxLength: 12 }).map((parts) => Buffer.from(parts.join('')));
      const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
      const property = fc.asyncProperty(media, lengths, async (bytes, cuts) => {
        // What holds the very delimiter can't be told from it: no client sends that.
        fc.pre(!bytes.includes(`${eol}---cut-`));
        const parts = await read(body(eol, '{"name":"ä"}', bytes), cuts);
        assert.deepEqual(parts.metadata, { name: 'ä' });
        assert.deepEqual(parts.headers, { 'content-type': 'a/b' });
        assert.deepEqual(parts.media, bytes);
      });
      await fc.assert(property, { numRuns: 200 });
    });
  }

  it('have their boundary bare, or between double or single quotes', async () => {
    for (const boundary of ['-cut-', '"-cut-"', "'-cut-'"]) {
      const type = `multipart/related; boundary=${boundary}`;
      const { media } = await read(body('\n', '{}', Buffer.from('x')), [7], type);
      assert.equal(String(media), 'x');
    }
  });

  it('may have a preamble, no metadata, no headers and no media', async () => {
    const bytes = Buffer.from('hello\r\n---cut-\r\n\r\n\r\n---cut-\r\n\r\n\r\n---cut---');
    assert.deepEqual(await read(bytes), { metadata: {}, headers: {}, media: Buffer.alloc(0) });
  });

  it('name what is wrong with them', async () => {
    const good = body('\r\n', '{}', Buffer.from('media'));
    await assert.rejects(read(good, [9], 'text/plain'), refused(/Content-Type is text\/plain/));
    await assert.rejects(read(good, [9], 'multipart/related'), refused(/with a boundary/));
    await assert.rejects(read(good.subarray(0, -12), [9]), refused(/it ends before/));
    await assert.rejects(read(good.subarray(0, 30), [9]), refused(/it ends before/));
    await assert.rejects(read(body('\n', '{"a":', Buffer.alloc(0))), refused(/Parse Error/));
    await assert.rejects(read(body('\n', '[]', Buffer.alloc(0))), refused(/not a JSON object/));
    await assert.rejects(
      read(body('\n', '{}', Buffer.alloc(0), 'oops')),
      refused(/no colon: oops/),
    );
    const base64 = body('\n', '{}', Buffer.alloc(0), 'Content-Transfer-Encoding: base64');
    await assert.rejects(read(base64), refused(/base64 is not supported/));
    const xml = Buffer.from('---cut-\nContent-Type: text/xml\n\n<a/>\n---cut---');
    await assert.rejects(read(xml), refused(/not JSON/));
    await assert.rejects(read(Buffer.alloc(2_000_000), [65536]), refused(/too long/));
  });
});
