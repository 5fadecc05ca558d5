import assert from 'node:assert/strict';
import { mergePatch } from './merge_patch.ts';

describe('fields under a merge patch', () => {
  it('are merged, and taken away by null', () => {
    const before = { a: 1, labels: { x: '1', y: '2' }, list: [1, 2] };
    const change = {
      a: null,
      labels: { x: null, z: '3' },
      list: [3],
      made: { deep: { er: 1, no: null } },
    };
    assert.deepEqual(mergePatch(before, change), {
      labels: { y: '2', z: '3' },
      list: [3],
      made: { deep: { er: 1 } },
    });
    assert.deepEqual(before, { a: 1, labels: { x: '1', y: '2' }, list: [1, 2] });
  });
});
