/** WebAssembly as far as it is used; the types of Node leave it out. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: unknown;
  }
}

/** An address in a kernel's memory, in bytes. */
export type Address = number;

/** What every kernel exports. */
export interface Kernel {
  /** `buffer` changes whenever the memory grows. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): Address;
}

const PAGE = 65_536;
const LINE = 64;

/** Whether the runtime has WebAssembly at all: `node --jitless` has not. */
export const wasmIsThere = (): boolean => 'WebAssembly' in globalThis;

/** Compiles a kernel when it is first wanted; each call makes an instance with its own memory. */
export function kernelFactory<Exports extends Kernel>(base64: string): () => Exports {
  let module: WebAssembly.Module | undefined;
  return () => {
    module ??= new WebAssembly.Module(Buffer.from(base64, 'base64'));
    return new WebAssembly.Instance(module).exports as Exports;
  };
}

/**
 * Hands out a kernel's memory from its beginning, so much for each of `sizes`, on cache lines;
 * whatever was handed out before is overwritten. Views are to be made afterwards.
 */
export function takeMemory(kernel: Kernel, sizes: readonly number[]): Address[] {
  let top = kernel.heapBase();
  const addresses = sizes.map((bytes) => {
    const at = Math.ceil(top / LINE) * LINE;
    top = at + bytes;
    return at;
  });
  const missing = Math.ceil(top / PAGE) - kernel.memory.buffer.byteLength / PAGE;
  if (missing > 0) kernel.memory.grow(missing);
  return addresses;
}
