import { compileKernel, type KernelMemory } from '../../../kernels/compile.ts';

interface FarmKernel {
  readonly memory: KernelMemory;
  heapBase(): number;
  fingerprint(at: number, length: number): bigint;
}

const { memory, heapBase, fingerprint } = compileKernel<FarmKernel>(
  new URL('./farm.as.ts', import.meta.url),
)();

const PAGE = 65_536;
const START = heapBase();
let view = new Uint8Array(memory.buffer);

/** The fingerprint as a signed 64-bit integer. */
export function farmFingerprint(bytes: Uint8Array): bigint {
  const missing = START + bytes.length - view.length;
  if (missing > 0) {
    memory.grow(Math.ceil(missing / PAGE));
    view = new Uint8Array(memory.buffer);
  }
  view.set(bytes, START);
  return fingerprint(START, bytes.length);
}
