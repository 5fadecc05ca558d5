/** `npm run kernels`: compiles the product's AssemblyScript and embeds its bytes beside the sources. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The kernels: `<path>.as.ts` becomes `<path>_wasm.ts`. */
export const KERNELS: readonly URL[] = [
  new URL('../bridge/kernel/forest', import.meta.url),
  new URL('../explain/kernel/shap', import.meta.url),
];

const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

export const sourceOf = (kernel: URL): string => fileURLToPath(`${kernel}.as.ts`);
export const embeddedOf = (kernel: URL): string => fileURLToPath(`${kernel}_wasm.ts`);

/**
 * Compiles in a process of its own, because the compiler leaves dozens of globals behind.
 * @throws {Error} with the compiler's words
 */
export function compileKernel(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  const compiler = join(
    dirname(fileURLToPath(import.meta.resolve('assemblyscript/package.json'))),
    'bin/asc.js',
  );
  const out = join(folder, 'kernel.wasm');
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--enable-source-maps', compiler, source, '--outFile', out, ...FLAGS],
      { cwd: dirname(source) },
    );
    if (status !== 0) throw new Error(`${source} does not compile:\n${stderr}`);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The module that carries a kernel's bytes as text. */
export function embed(name: string, wasm: Uint8Array): string {
  const text = Buffer.from(wasm).toString('base64');
  const lines = text.match(/.{1,88}/g)!.map((line) => `  '${line}'`);
  return [
    `/** ${name}.as.ts, compiled by \`npm run kernels\`: ${wasm.length} bytes of WebAssembly. */`,
    `export const ${name.toUpperCase()}_WASM =`,
    `${lines.join(' +\n')};\n`,
  ].join('\n');
}

/** What `<kernel>_wasm.ts` must hold. */
export const embedded = (kernel: URL): string =>
  embed(kernel.pathname.split('/').at(-1)!, compileKernel(sourceOf(kernel)));

if (import.meta.main) {
  for (const kernel of KERNELS) writeFileSync(embeddedOf(kernel), embedded(kernel));
}
