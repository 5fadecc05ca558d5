import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '../../../shared/errors.ts';
import {
  idempotencyKeyOf,
  isKeyedDecisionId,
  keyDigest,
  keyedDecisionId,
} from '../../../shared/idempotency/key.ts';

const keyOf = (text: string | string[]) => idempotencyKeyOf({ 'idempotency-key': text });

describe('an Idempotency-Key', () => {
  it('is none where the header is missing', () => {
    assert.equal(idempotencyKeyOf({}), undefined);
  });

  const taken: [string, string][] = [
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['order:17/a+b=', 'order:17/a+b='],
    ['"with, a comma; and a space"', 'with, a comma; and a space'],
    ['"a \\"quote\\" and a \\\\"', 'a "quote" and a \\'],
    ['1', '1'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ];
  for (const [text, key] of taken) {
    it(`is read from ${text.slice(0, 40)}`, () => assert.equal(keyOf(text), key));
  }

  const refused: Record<string, string | string[]> = {
    'an empty header': '',
    'an empty string': '""',
    'one of 256 characters': 'x'.repeat(256),
    'one of 256 characters in quotes': `"${'x'.repeat(256)}"`,
    'two headers as Node joins them': 'a, b',
    'two headers of strings': '"a", "b"',
    'a list of headers': ['a', 'b'],
    'a parameter': '"a";ttl=5',
    'a space without quotes': 'a b',
    'a quote that does not end': '"a',
    'a quote in the middle': '"a"b"',
    'a backslash before something else': '"a\\b"',
    'a letter beyond ASCII': 'clé',
    'a letter beyond ASCII in quotes': '"clé"',
    'a control character': 'a\tb',
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`is refused for ${what}`, () => {
      assert.throws(
        () => keyOf(text),
        (error) => error instanceof AppError && error.status === 400,
      );
    });
  }

  it('is the same key in quotes as bare, and every printable text can be one', () => {
    const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 });
    fc.assert(
      fc.property(printable, (key) => {
        const quoted = `"${key.replace(/["\\]/g, '\\$&')}"`;
        assert.equal(keyOf(quoted), key);
        if (!/[ ",;\\]/.test(key)) assert.equal(keyOf(key), key);
      }),
    );
  });
});

describe('the id of a keyed decision', () => {
  it('is a UUID of version 8 out of portfolio and key, in all releases the same', () => {
    // printf 'bnpl:order-17' | sha256sum, with version and variant set.
    assert.equal(keyedDecisionId('bnpl', 'order-17'), 'becaa688-1c4d-8d58-a8a5-9f1c7621af0c');
    assert.ok(isKeyedDecisionId(keyedDecisionId('bnpl', 'order-17')));
  });

  it('is another for another key or portfolio', () => {
    const ids = ['a', 'b', 'a:b'].flatMap((key) =>
      ['bnpl', 'cards'].map((portfolio) => keyedDecisionId(portfolio, key)),
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  it('is told from the id of a decision without a key, and from what is none', () => {
    for (const id of [crypto.randomUUID(), '', '../../x', `${keyedDecisionId('a', 'b')}/..`]) {
      assert.equal(isKeyedDecisionId(id), false, id);
    }
  });

  it('stands beside a digest that SQL can compute', () => {
    assert.equal(
      keyDigest('abc'),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
