/**
 * Randomness that is addressed, not consumed: a key splits into any number of child keys, and each
 * key starts a stream of its own. What one stream draws never moves another, so that any part of
 * the world can be generated alone and comes out the same.
 */

/** 64 bits that name a stream. */
export interface Key {
  readonly a: number;
  readonly b: number;
}

/** The finaliser of MurmurHash3: a bijection of 32 bits in which every bit moves every other. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The key of a whole world. @param seed a whole number, 0 to 2^53−1 */
export const rootKey = (seed: number): Key => split({ a: 0x243f6a88, b: 0x85a308d3 }, seed);

/** The child number `n` (a whole number, 0 to 2^53−1) of a key; siblings below 2^32 never clash. */
export function split(key: Key, n: number): Key {
  const a = mix(key.a ^ n);
  const high = Math.floor(n / 0x1_0000_0000);
  return { a, b: mix((key.b + Math.imul(a, 0x9e3779b1)) ^ mix(high + 0x7f4a7c15)) };
}

/** log k!, by Stirling's series above 9 (error < 1e-10). */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i += 1) product *= i;
    return Math.log(product);
  }
  const n = k + 1;
  return (n - 0.5) * Math.log(n) - n + 0.9189385332046727 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** One stream of draws: Chris Doty-Humphrey's sfc32 (“small fast counting”, PractRand). */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 0;

  constructor(key: Key) {
    this.start(key);
  }

  /** Makes this the stream of another key, from its beginning. */
  start(key: Key): this {
    this.a = key.a;
    this.b = key.b;
    this.c = 0x13198a2e;
    this.counter = 1;
    // The author's advice for a 64-bit seed is 12 rounds before the first use.
    for (let round = 0; round < 12; round += 1) this.bits();
    return this;
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum;
  }

  /** Uniform in the open interval (0, 1), in steps of 2^−32. */
  uniform(): number {
    return ((this.bits() >>> 0) + 0.5) / 0x1_0000_0000;
  }

  /** True with this probability; one draw. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** Standard normal (Box and Muller 1958); always two draws. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(this.uniform());
  }

  /** An index into `weights`, with chances in their proportion; they need not sum to 1. */
  weighted(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i += 1) total += weights[i]!;
    let left = this.uniform() * total;
    for (let i = 0; i < weights.length - 1; i += 1) {
      left -= weights[i]!;
      if (left < 0) return i;
    }
    return weights.length - 1;
  }

  /** One of the items, all alike; one draw. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.uniform() * items.length)]!;
  }

  /** Poisson: by multiplication for small means, else PTRS (Hörmann 1993). */
  poisson(mean: number): number {
    if (mean >= 10) return this.poissonByRejection(mean);
    const limit = Math.exp(-mean);
    let k = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) k += 1;
    return k;
  }

  private poissonByRejection(mean: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const edge = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
      if (edge >= 0.07 && v <= squeeze) return k;
      if (k < 0 || (edge < 0.013 && v > edge)) continue;
      const bound = k * Math.log(mean) - mean - logFactorial(k);
      if (Math.log((v * inverseAlpha) / (a / (edge * edge) + b)) <= bound) return k;
    }
  }
}
