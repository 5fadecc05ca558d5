import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePath } from './path.ts';
import { InvalidJson, jsonText, parseJson, prettyJson } from './text.ts';

describe("JSON's text", () => {
  it('comes back as it was, in short and in pretty form', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.equal(jsonText(parseJson(text)), text);
        assert.deepEqual(JSON.parse(prettyJson(parseJson(text))), JSON.parse(text));
      }),
    ));

  it('keeps numbers digit by digit', () => {
    const text = '[12345678901234567890,1.50,1e3,-0]';
    assert.equal(jsonText(parseJson(text)), text);
  });

  it('is refused where JSON.parse refuses it', () => {
    const broken = [
      '',
      '{',
      '[1,]',
      '{"a"}',
      '01',
      '1.',
      '+1',
      "'a'",
      '"\n"',
      '"\\x"',
      'nul',
      '1 2',
    ];
    for (const text of broken) {
      assert.throws(() => JSON.parse(text));
      assert.throws(() => parseJson(text), InvalidJson, text);
    }
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      'true',
      'null',
      ' ',
      '-',
      '.',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (tokens) => {
        const text = tokens.join('');
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        if (good) assert.doesNotThrow(() => parseJson(text));
        else assert.throws(() => parseJson(text), InvalidJson);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a JSONPath', () => {
  it('has names and places, quoted as its standard or its legacy form quotes them', () => {
    assert.deepEqual(parsePath('$', false), []);
    assert.deepEqual(parsePath('$.a.b[0]', false), ['a', 'b', 0]);
    assert.deepEqual(parsePath('$."a.b".c', false), ['a.b', 'c']);
    assert.deepEqual(parsePath("$['a.b'].c", true), ['a.b', 'c']);
  });

  it('is refused when it is none', () => {
    for (const path of ['', 'a', '$.', '$[', '$[a]', '$..a', '$[-1]']) {
      assert.throws(() => parsePath(path, false), path);
    }
  });
});
