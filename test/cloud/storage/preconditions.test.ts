import assert from 'node:assert/strict';
import { ApiError } from '../errors.ts';
import { checkPreconditions, preconditionsOf, type Subject } from './preconditions.ts';

const LIVE: Subject = { liveGeneration: 7, metageneration: 2, etag: 'tag' };
const ABSENT: Subject = {};

function outcome(query: string, subject: Subject, headers = {}): number {
  try {
    checkPreconditions(preconditionsOf(new URLSearchParams(query), headers), subject);
    return 200;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error.status;
  }
}

describe('preconditions', () => {
  for (const [query, live, absent] of [
    ['', 200, 200],
    ['ifGenerationMatch=7', 200, 412],
    ['ifGenerationMatch=8', 412, 412],
    ['ifGenerationMatch=0', 412, 200],
    ['ifGenerationNotMatch=7', 304, 304],
    ['ifGenerationNotMatch=8', 200, 304],
    ['ifGenerationNotMatch=0', 200, 304],
    ['ifMetagenerationMatch=2', 200, 412],
    ['ifMetagenerationMatch=3', 412, 412],
    ['ifMetagenerationNotMatch=2', 304, 200],
    ['ifMetagenerationNotMatch=3', 200, 200],
    ['ifGenerationMatch=7&ifMetagenerationMatch=2', 200, 412],
    ['ifGenerationMatch=7&ifMetagenerationMatch=1', 412, 412],
  ] as const) {
    it(`${query || 'none'}: ${live} for a live object, ${absent} for none`, () => {
      assert.equal(outcome(query, LIVE), live);
      assert.equal(outcome(query, ABSENT), absent);
    });
  }

  it('look at entity tags', () => {
    assert.equal(outcome('', LIVE, { 'if-match': '"tag"' }), 200);
    assert.equal(outcome('', LIVE, { 'if-match': 'x, W/"tag"' }), 200);
    assert.equal(outcome('', LIVE, { 'if-match': '*' }), 200);
    assert.equal(outcome('', LIVE, { 'if-match': '"other"' }), 412);
    assert.equal(outcome('', ABSENT, { 'if-match': '*' }), 412);
    assert.equal(outcome('', LIVE, { 'if-none-match': 'tag' }), 304);
    assert.equal(outcome('', LIVE, { 'if-none-match': 'other' }), 200);
    assert.equal(outcome('', ABSENT, { 'if-none-match': '*' }), 200);
  });

  it('of the source of a copy have names of their own', () => {
    const query = new URLSearchParams('ifGenerationMatch=1&ifSourceGenerationMatch=2');
    assert.deepEqual(preconditionsOf(query, {}, 'ifSource'), { generationMatch: 2 });
  });

  it('are refused where they are no numbers', () => {
    for (const value of ['', 'x', '-1', '1.5', '1'.repeat(17)]) {
      assert.equal(outcome(`ifGenerationMatch=${value}`, LIVE), 400, value);
    }
  });
});
