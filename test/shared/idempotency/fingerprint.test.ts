import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { fingerprint } from '../../../shared/idempotency/fingerprint.ts';

const of = (text: string) => fingerprint(JSON.parse(text));

/** The same JSON with the members of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, item]) => [name, reversed(item)]);
  return Object.fromEntries(members.reverse());
}

describe('the fingerprint of a body', () => {
  it('is the SHA-256 of its canonical JSON', () => {
    // printf '{"a":1,"b":["x",null]}' | sha256sum
    assert.equal(
      of('{ "b": ["x", null], "a": 1.0 }'),
      '18c018603b12c4beed8593acb6ad65cdc9667cce853e8b6dffd035fe3a0fb4de',
    );
  });

  it('does not depend on the order of members, however deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (body) => {
        assert.equal(fingerprint(reversed(body)), fingerprint(body));
      }),
    );
  });

  it('is another for another value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (a, b) => {
        const sent = [a, b].map((body) => JSON.parse(JSON.stringify(body)));
        fc.pre(!isDeepStrictEqual(sent[0], sent[1]));
        assert.notEqual(fingerprint(a), fingerprint(b));
      }),
    );
  });

  const different: [string, string][] = [
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":null}', '{}'],
    ['{"a":1e309}', '{"a":null}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":{"b":1}}', '{"a":{},"b":1}'],
    ['{"__proto__":{}}', '{}'],
    ['[]', '{}'],
    ['{"a,\\"b":1}', '{"a":1,"b":1}'],
  ];
  for (const [one, other] of different) {
    it(`tells ${one} from ${other}`, () => assert.notEqual(of(one), of(other)));
  }

  it('takes half a character and no body at all', () => {
    assert.notEqual(of('"\\ud800"'), of('"\\ud801"'));
    assert.equal(fingerprint(undefined), fingerprint(null));
  });
});
