import assert from 'node:assert/strict';
import { randomBits } from '../random.ts';
import { sampleRows } from './row_sampling.ts';

describe('sampling rows', () => {
  it('clears both numbers of the pairs that are left out, and keeps about the asked part', () => {
    const pairs = Float32Array.from({ length: 20_000 }, (_, i) => i + 1);
    sampleRows(pairs, 0.3, randomBits(1));
    let kept = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      const pair = [pairs[i], pairs[i + 1]];
      if (pairs[i] === 0) assert.deepEqual(pair, [0, 0]);
      else {
        assert.deepEqual(pair, [i + 1, i + 2]);
        kept++;
      }
    }
    assert.ok(Math.abs(kept - 3000) < 200, `${kept}`);
  });

  it('draws anew each time', () => {
    const random = randomBits(1);
    const draw = () => {
      const pairs = new Float32Array(200).fill(1);
      sampleRows(pairs, 0.5, random);
      return pairs.join();
    };
    assert.notEqual(draw(), draw());
  });
});
