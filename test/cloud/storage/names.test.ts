import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkBucketName, checkObjectName, compareNames } from './names.ts';

describe('names of buckets', () => {
  for (const name of [
    'abc',
    'my-bucket_1',
    '0ab',
    'a'.repeat(63),
    'www.example.com',
    'x.'.repeat(60).concat('abc'),
  ]) {
    it(`may be ${name}`, () => checkBucketName(name));
  }
  for (const name of [
    'ab',
    'Upper',
    '-abc',
    'abc-',
    'a'.repeat(64),
    'a..b',
    '192.168.5.4',
    'goog-x',
    'my-g00gle',
    'a b',
    'ä-b',
    '',
  ]) {
    it(`may not be ${JSON.stringify(name)}`, () => {
      assert.throws(() => checkBucketName(name), /Invalid bucket name/);
    });
  }
});

describe('names of objects', () => {
  for (const name of ['a', 'a/b//c/', ' ', '…', '.hidden', '../x', 'ä'.repeat(512)]) {
    it(`may be ${JSON.stringify(name.slice(0, 20))}`, () => checkObjectName(name));
  }
  for (const name of [
    '',
    '.',
    '..',
    'a\nb',
    'a\r',
    '\ud800',
    'ä'.repeat(513),
    '.well-known/acme-challenge/x',
  ]) {
    it(`may not be ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.throws(() => checkObjectName(name), { status: 400 });
    });
  }

  it('are in the order of their UTF-8 bytes', () => {
    const near = fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{1f600}');
    const text = fc.oneof(fc.string({ unit: near }), fc.string({ unit: 'binary' }));
    const property = fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareNames(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
