import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recordedRequest } from '../../../shared/decision/request.ts';

const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);
const member = fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), value);
const space = fc.constantFrom('', ' ', '\n', '\t\r\n  ');

/** An object of members as they come, some perhaps twice, with white space anywhere. */
const texts = fc.tuple(fc.array(member, { maxLength: 8 }), space).map(([members, gap]) => {
  const parts = members.map(([name, content]) =>
    [JSON.stringify(name), ':', JSON.stringify(content)].join(gap),
  );
  return `${gap}{${gap}${parts.join(`${gap},${gap}`)}${gap}}${gap}`;
});

/** How many of the strings of a text are followed by a colon. */
const namesIn = (text: string): number =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/gs)].filter(([, colon]) => colon === ':').length;

describe('a request on record', () => {
  it('says what was decided on, and each name once', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const application = JSON.parse(text);
        const recorded = recordedRequest(application, text);
        assert.deepEqual(JSON.parse(recorded), application);
        assert.equal(namesIn(recorded), Object.keys(application).length);
      }),
      { numRuns: 1000 },
    );
  });

  it('is the text as it came, with its spaces and its numbers', () => {
    for (const text of [
      '{"a":1.0,"b":"x: \u00e9"}',
      '{ "a" : -0,\n "b" : null, "c": true }',
      '{"a":10000000000000000000000}',
      '{}',
    ]) {
      assert.equal(recordedRequest(JSON.parse(text), text), text);
    }
  });

  it('is written anew where a name comes twice, whatever its values are', () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":"x","a":2}',
      '{"a":1,"a":"x"}',
      '{"a":1,"b":"y","a":null}',
    ]) {
      const application = JSON.parse(text);
      assert.equal(recordedRequest(application, text), JSON.stringify(application));
    }
  });

  it('is written anew where escapes could hide a quote or a name', () => {
    assert.equal(recordedRequest({ a: 2 }, '{"a":1,"\\u0061":2}'), '{"a":2}');
    assert.equal(recordedRequest({ a: '"' }, '{"a":"\\""}'), '{"a":"\\""}');
    assert.equal(recordedRequest({ a: 'é' }, '{"a":"\\u00e9"}'), '{"a":"é"}');
  });

  it('is written where no text came', () => {
    assert.equal(recordedRequest({ a: 1 }, undefined), '{"a":1}');
  });
});
