/** Uniform random 32-bit numbers. */
export type RandomBits = () => number;

/**
 * xoshiro128** of Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c). The state is
 * mixed from the seed, so that any seed will do.
 */
export function randomBits(seed: number, state: readonly number[] = stateOf(seed)): RandomBits {
  let [a, b, c, d] = state as [number, number, number, number];
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** Four words by splitmix32. */
function stateOf(seed: number): number[] {
  let state = seed >>> 0;
  return Array.from({ length: 4 }, () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  });
}

const RANGE = 2 ** 32;

/** A uniform number in [0, 1). */
export function uniform(random: RandomBits): number {
  return random() / RANGE;
}
