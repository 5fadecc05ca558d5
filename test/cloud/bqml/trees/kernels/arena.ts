import type { KernelMemory } from '../../../kernels/compile.ts';

const PAGE = 65_536;
const MOST_PAGES = 65_536; // 4 GiB: all that a 32-bit address reaches
const LINE = 64; // everything starts on a cache line of its own

/**
 * Hands out a kernel's memory from the bottom up. What was taken last is given back first:
 * `mark`, take, `release`. Growing the memory makes earlier views useless, so views are made when
 * they are needed and not kept.
 */
export class Arena {
  readonly #memory: KernelMemory;
  #top: number;

  /** `base` is where the kernel's own data ends. */
  constructor(memory: KernelMemory, base: number) {
    this.#memory = memory;
    this.#top = base + LINE; // kernels may read a few slots in front of a histogram
  }

  /** Takes so many bytes, not cleared. RangeError where 4 GiB are not enough. */
  take(bytes: number): number {
    const address = Math.ceil(this.#top / LINE) * LINE;
    const top = address + Math.max(bytes, 1);
    const wanted = Math.ceil((top + LINE) / PAGE);
    const missing = wanted - this.#memory.buffer.byteLength / PAGE;
    if (missing > 0) {
      if (wanted > MOST_PAGES) {
        throw new RangeError(
          `Training needs more than the 4 GiB of memory that it can address (${(top / 2 ** 30).toFixed(1)} GiB so far): use fewer rows or features.`,
        );
      }
      this.#memory.grow(missing);
    }
    this.#top = top;
    return address;
  }

  /** Takes memory and fills it with a copy of the numbers. */
  put(numbers: Float32Array | Uint32Array | Int32Array): number {
    const address = this.take(numbers.byteLength);
    const Type = numbers.constructor as Float32ArrayConstructor;
    new Type(this.#memory.buffer, address, numbers.length).set(numbers);
    return address;
  }

  mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  float64(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length);
  }

  int32(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }

  uint32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }
}
