import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tokenize } from '../../../shared/sql/lexer.ts';
import { fill, identifier, literal } from '../../../shared/warehouse/sql.ts';

describe('SQL from files', () => {
  it('fills every place of a statement', () => {
    assert.equal(
      fill('SELECT ${a} FROM ${t} WHERE ${a}', { a: 'x', t: '`y`' }),
      'SELECT x FROM `y` WHERE x',
    );
  });

  it('puts texts in as they are, dollar signs included', () => {
    assert.equal(fill('${a}', { a: "'$&$1${b}'" }), "'$&$1${b}'");
  });

  it('refuses a place without a text and a text without a place', () => {
    assert.throws(() => fill('${a} ${b}', { a: '1' }), /\$\{b\}/);
    assert.throws(() => fill('${a}', { a: '1', c: '2' }), /no place for c/);
  });

  it('takes plain words as identifiers and nothing else', () => {
    assert.equal(identifier('model_v20260830_063000'), '`model_v20260830_063000`');
    for (const name of ['', '1a', 'a-b', 'a.b', 'a`; DROP', 'x'.repeat(300)]) {
      assert.throws(() => identifier(name), /is no name/);
    }
  });

  it('writes option values as one GoogleSQL literal of the same value', () => {
    assert.equal(literal(true), 'TRUE');
    assert.equal(literal(0.05), '0.05');
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [token, end, ...rest] = tokenize(literal(text));
        assert.deepEqual([token!.kind, token!.value, end!.kind, rest], ['string', text, 'end', []]);
      }),
    );
  });
});
