import assert from 'node:assert/strict';
import { ApiError } from '../errors.ts';
import { contentRange, requestedRange } from './ranges.ts';

const status = (code: number) => (error: unknown) =>
  error instanceof ApiError && error.status === code;

describe('the Range of a download', () => {
  for (const [header, start, end] of [
    ['bytes=0-0', 0, 1],
    ['bytes=2-5', 2, 6],
    ['bytes=7-', 7, 10],
    ['bytes=7-99', 7, 10],
    ['bytes=-3', 7, 10],
    ['bytes=-99', 0, 10],
  ] as const) {
    it(`${header} of 10 bytes is ${start} to before ${end}`, () => {
      assert.deepEqual(requestedRange(header, 10), { start, end });
    });
  }

  for (const header of [
    undefined,
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,4-5',
    'lines=1-2',
    'bytes=a-b',
  ]) {
    it(`${header} asks for the whole`, () => {
      assert.equal(requestedRange(header, 10), undefined);
    });
  }

  for (const [header, size] of [
    ['bytes=10-', 10],
    ['bytes=10-12', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
  ] as const) {
    it(`${header} of ${size} bytes is not satisfiable`, () => {
      assert.throws(() => requestedRange(header, size), status(416));
    });
  }
});

describe('the Content-Range of an upload', () => {
  for (const [header, expected] of [
    ['bytes 0-9/10', { first: 0, last: 9, total: 10 }],
    ['bytes 5-9/*', { first: 5, last: 9 }],
    ['bytes 0-*/*', { first: 0 }],
    ['bytes 0-*/0', { first: 0, total: 0 }],
    ['bytes */10', { total: 10 }],
    ['bytes */*', {}],
  ] as const) {
    it(`${header} is understood`, () => {
      assert.deepEqual(contentRange(header), expected);
    });
  }

  for (const header of ['', 'bytes', 'bytes 5-2/10', 'bytes 0-10/10', '0-9/10', 'bytes -9/10']) {
    it(`${JSON.stringify(header)} is refused`, () => {
      assert.throws(() => contentRange(header), status(400));
    });
  }
});
