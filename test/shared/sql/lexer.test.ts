import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SqlSyntaxError, type Token, tokenize } from '../../../shared/sql/lexer.ts';

/** Kinds and values without the closing `end`. */
const read = (source: string) =>
  tokenize(source)
    .slice(0, -1)
    .map(({ kind, value }) => `${kind} ${value}`);

const refusal = (source: string): string => {
  try {
    tokenize(source);
  } catch (error) {
    assert.ok(error instanceof SqlSyntaxError);
    return error.message;
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(source)} was accepted` });
};

describe('tokenize', () => {
  const cases: [what: string, source: string, ...tokens: string[]][] = [
    ['words, case kept', 'Select _a1', 'identifier Select', 'identifier _a1'],
    ['backticked names with escapes', '`a b\\`c`', 'quoted a b`c'],
    ['decimal and hexadecimal integers', '12 0xFf', 'integer 12', 'integer 0xFf'],
    ['floats', '1. .5 1.5e-3 2E+7', 'float 1.', 'float .5', 'float 1.5e-3', 'float 2E+7'],
    ['a point after a name as a path', 'a.1', 'identifier a', 'operator .', 'integer 1'],
    ['parameters', '@a @`b c` ? @@d', 'parameter a', 'parameter b c', 'parameter ', 'variable d'],
    ['the longest operator', 'a||<=', 'identifier a', 'operator ||', 'operator <='],
    ['nothing of comments', 'a--b\rc# d\n/*\n*/f', 'identifier a', 'identifier c', 'identifier f'],
    ['backspace as white space', 'a\bb', 'identifier a', 'identifier b'],
    ['either quote', `'it"s' "it's"`, 'string it"s', "string it's"],
    [
      'simple escapes',
      `'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\"\\'\\\`'`,
      'string \x07\b\f\n\r\t\v\\?"\'`',
    ],
    ['coded escapes', `'\\x41\\101\\u00e9\\U0001F600'`, 'string AAé😀'],
    ['raw strings as they stand', `r'a\\'b\\n'`, "string a\\'b\\n"],
    ['triple quotes over lines, line ends as newlines', `'''a'\r\nb''\rc'''`, "string a'\nb''\nc"],
    ['bytes as UTF-8, one char a byte', `b'é\\xff'`, 'bytes Ã©ÿ'],
    ['raw bytes with either prefix order', `rb'\\x' Br"\\y"`, 'bytes \\x', 'bytes \\y'],
  ];
  for (const [what, source, ...tokens] of cases) {
    it(`reads ${what}`, () => assert.deepEqual(read(source), tokens));
  }

  const refused: [source: string, message: string][] = [
    ["SELECT 'abc", 'Unclosed string literal at [1:8]'],
    ["'a\nb'", 'Unclosed string literal at [1:1]'],
    ["'a\\\nb'", 'Unclosed string literal at [1:1]'],
    ["r'a\\'", 'Unclosed string literal at [1:1]'],
    ['`a', 'Unclosed identifier literal at [1:1]'],
    ['`a\nb`', 'Unclosed identifier literal at [1:1]'],
    ['``', 'Invalid empty identifier at [1:1]'],
    ['/* a', 'Unclosed comment at [1:1]'],
    ['1a', 'Missing whitespace between literal and alias at [1:1]'],
    ['@ a', 'A parameter needs a name at [1:1]'],
    ["'a\\q'", 'Illegal escape sequence: \\q at [1:3]'],
    ["'\\😀'", 'Illegal escape sequence: \\😀 at [1:2]'],
    ["'\\ud800'", 'Illegal escape sequence: \\u at [1:2]'],
    ["'\\x4'", 'Illegal escape sequence: \\x at [1:2]'],
    ["b'\\u00e9'", 'Illegal escape sequence: \\u at [1:3]'],
    ['a 😀', 'Illegal input character "😀" at [1:3]'],
  ];
  for (const [source, message] of refused) {
    it(`refuses ${JSON.stringify(source)}`, () => assert.equal(refusal(source), message));
  }

  it('counts lines by any line end, columns by characters, tabs to the next multiple of 8', () => {
    const tokens = tokenize('a\r\nb\rc\n\td /*é*/\te');
    assert.deepEqual(
      tokens.map(({ text, line, column }) => `${text}@${line}:${column}`),
      ['a@1:1', 'b@2:1', 'c@3:1', 'd@4:9', 'e@4:17', '@4:18'],
    );
  });

  it('counts a character outside the basic plane once', () => {
    const [, after] = tokenize("'😀' e");
    assert.deepEqual([after?.line, after?.column], [1, 5]);
  });

  it('gives every token its exact slice, with only space and comments between', () => {
    fc.assert(
      fc.property(fc.array(spaced), (parts) => {
        const source = parts.map(([space, text]) => space + text).join('');
        const tokens = tokenize(source);
        let at = 0;
        tokens.forEach((token, i) => {
          assert.equal(source.slice(token.start, token.end), token.text);
          const gap = source.slice(at, token.start);
          assert.equal(tokenize(gap).length, 1, `a token is lost in ${JSON.stringify(gap)}`);
          assert.equal(token.text, parts[i]?.[1] ?? '');
          at = token.end;
        });
        assert.equal(tokens.at(-1)?.kind, 'end');
      }),
    );
  });

  it('places every token where a count from the start does', () => {
    fc.assert(
      fc.property(fc.array(spaced), (parts) => {
        const source = parts.map(([space, text]) => space + text).join('');
        for (const token of tokenize(source)) {
          assert.deepEqual({ line: token.line, column: token.column }, counted(source, token));
        }
      }),
    );
  });

  it('gives back any text that was written as a literal', () => {
    fc.assert(
      fc.property(text, fc.constantFrom("'", '"', "'''", '"""'), (value, quote) => {
        assert.deepEqual(read(quote + escaped(value) + quote), [`string ${value}`]);
      }),
    );
  });

  it('throws nothing but SqlSyntaxError, whatever the text', () => {
    const soup = fc.array(
      fc.oneof(fc.constantFrom(...'\'"`\\@#?-/*.xrbe10\n\r\t 😀'), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(soup, (parts) => {
        const source = parts.join('');
        try {
          const tokens = tokenize(source);
          assert.equal(tokens.at(-1)?.start, tokens.at(-1)?.end);
        } catch (error) {
          if (!(error instanceof SqlSyntaxError)) throw error;
          assert.ok(error.line >= 1 && error.column >= 1);
        }
      }),
    );
  });

  it('reads a long single line in one pass', () => {
    const count = 20_000;
    const tokens = tokenize('ab '.repeat(count));
    assert.equal(tokens.at(-2)?.column, 3 * (count - 1) + 1);
  });
});

/** Text without lone surrogates, with plenty of what a lexer trips over. */
const text = fc
  .array(fc.oneof(fc.constantFrom(...'\'"`\\\n\r\té😀ab'), fc.string({ unit: 'grapheme' })))
  .map((parts) => parts.join(''));

const escaped = (value: string): string =>
  value
    .replace(/[\\'"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');

const space = fc
  .array(fc.constantFrom(' ', '\t', '\n', '\r\n', '\r', '-- a\n', '# é\r', '/* 😀\n */'), {
    minLength: 1,
  })
  .map((parts) => parts.join(''));

const lexeme = fc.oneof(
  fc.constantFrom('SELECT', 'a', '`b c`', '12', '0x1F', '1.5e3', '@p', '?', '(', '||', '<=', '.'),
  text.map((value) => `'${escaped(value)}'`),
);

const spaced = fc.tuple(space, lexeme);

/** The place of a token by the rule itself: lines split, characters counted, tabs to 8. */
function counted(source: string, token: Token): { line: number; column: number } {
  const lines = source.slice(0, token.start).split(/\r\n|\r|\n/);
  let column = 1;
  for (const c of lines.at(-1) ?? '')
    column = c === '\t' ? Math.ceil(column / 8) * 8 + 1 : column + 1;
  return { line: lines.length, column };
}
