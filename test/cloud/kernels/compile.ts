import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

/** What is used of WebAssembly; the types of Node leave it out. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: unknown;
  }
  function validate(bytes: Uint8Array): boolean;
}

/** The memory of an instance; `buffer` changes whenever it grows. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
const PACKAGE = fileURLToPath(import.meta.resolve('assemblyscript/package.json'));
const COMPILER = ['--enable-source-maps', join(dirname(PACKAGE), 'bin/asc.js')];
const CACHE = join(dirname(PACKAGE), '../.cache/flit-ml');

/**
 * Compiles `<name>.as.ts` and what it imports of its folder, and keeps the result in a folder of
 * node_modules under a name that says what it was made of: the compiler's version, the flags and all
 * sources of that folder. Answers a function that makes a fresh instance with its own memory.
 */
export function compileKernel<Exports>(source: URL, cache: string = CACHE): () => Exports {
  const path = fileURLToPath(source);
  const cached = join(cache, `${basename(path, '.as.ts')}-${fingerprint(dirname(path))}.wasm`);
  let bytes = readIfThere(cached);
  if (bytes === undefined || !WebAssembly.validate(bytes)) {
    compile(path, cached);
    bytes = readFileSync(cached);
  }
  const module = new WebAssembly.Module(bytes);
  return () => new WebAssembly.Instance(module).exports as Exports;
}

function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  hash.update(JSON.parse(readFileSync(PACKAGE, 'utf8')).version).update(FLAGS.join(' '));
  const sources = readdirSync(folder).filter((file) => file.endsWith('.as.ts'));
  for (const file of sources.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

// In a process of its own, because the compiler leaves dozens of globals behind.
function compile(path: string, cached: string): void {
  mkdirSync(dirname(cached), { recursive: true });
  const partial = `${cached}.${process.pid}-${threadId}`; // whole or not there, whoever else compiles
  const parameters = [basename(path), '--outFile', partial, ...FLAGS];
  const { status, stderr } = spawnSync(process.execPath, [...COMPILER, ...parameters], {
    cwd: dirname(path),
  });
  if (status !== 0) throw new Error(`${basename(path)} does not compile:\n${stderr}`);
  renameSync(partial, cached);
}
