import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '../../../shared/errors.ts';
import { parseJson } from '../../../shared/http/json.ts';

const MOST_LEVELS = 8;

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;

/** Lists and objects around each other, with plain values beside what is inside. */
const NESTED = fc
  .tuple(
    fc.array(fc.constantFrom('list', 'object'), { maxLength: MOST_LEVELS + 3 }),
    fc.jsonValue({ maxDepth: 1 }),
  )
  .map(([around, inside]) =>
    around.reduce<unknown>(
      (inner, kind) => (kind === 'list' ? [null, 1, inner] : { a: null, b: inner, c: 'x' }),
      inside,
    ),
  );

const refused = (bytes: Uint8Array): AppError => {
  try {
    parseJson(bytes);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.status, 400);
    return error;
  }
  return assert.fail('it was taken');
};

describe('a body of JSON', () => {
  it('is what JSON.parse makes of it, down to eight levels, and refused below', () => {
    fc.assert(
      fc.property(NESTED, (value) => {
        const text = JSON.stringify(value);
        const bytes = Buffer.from(text);
        // Not the value itself: JSON has no -0.
        if (depthOf(value) <= MOST_LEVELS) assert.deepEqual(parseJson(bytes), JSON.parse(text));
        else assert.match(refused(bytes).message, /deeper than the 8 levels/);
      }),
    );
  });

  it('may begin with a byte order mark', () => {
    assert.deepEqual(parseJson(Buffer.from('\ufeff{"a":1}')), { a: 1 });
  });

  it('has the last of two values of one name', () => {
    assert.deepEqual(parseJson(Buffer.from('{"a":1,"a":[2]}')), { a: [2] });
  });

  it('is refused where it is no UTF-8, without a word of what is in it', () => {
    assert.match(refused(Buffer.from([0x22, 0xff, 0x22])).message, /not JSON/);
    const { message } = refused(Buffer.from('{"card": 4111111111111111'));
    assert.match(message, /not JSON/);
    assert.doesNotMatch(message, /4111/);
  });
});
