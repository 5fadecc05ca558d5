import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainerKernel } from '../bqml/trees/kernels/trainer.ts';
import { compileKernel } from './compile.ts';

const TRAINER = new URL('../bqml/trees/kernels/trainer.as.ts', import.meta.url);

describe('compiling a kernel', () => {
  let compiled: string; // a cache as the first compilation leaves it
  let cache: string;
  before(() => {
    compiled = mkdtempSync(join(tmpdir(), 'kernels-'));
    compileKernel(TRAINER, compiled);
  });
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'kernels-'));
    cpSync(compiled, cache, { recursive: true });
  });
  afterEach(() => rmSync(cache, { recursive: true }));
  after(() => rmSync(compiled, { recursive: true }));

  it('keeps the result, whole, and uses it the next time', () => {
    const files = readdirSync(cache);
    assert.equal(files.length, 1);
    assert.match(files[0]!, /^trainer-[0-9a-f]{16}\.wasm$/);
    const { mtimeNs } = statSync(join(cache, files[0]!), { bigint: true });
    compileKernel(TRAINER, cache);
    assert.equal(statSync(join(cache, files[0]!), { bigint: true }).mtimeNs, mtimeNs);
  });

  it('compiles again what is kept but damaged', () => {
    const file = join(cache, readdirSync(cache)[0]!);
    const { size } = statSync(file);
    writeFileSync(file, 'not wasm');
    assert.ok(compileKernel<TrainerKernel>(TRAINER, cache)().heapBase() > 0);
    assert.equal(statSync(file).size, size);
  });

  it('gives each instance a memory of its own', () => {
    const create = compileKernel<TrainerKernel>(TRAINER, cache);
    const [a, b] = [create(), create()];
    new Uint8Array(a.memory.buffer)[40_000] = 7;
    assert.equal(new Uint8Array(b.memory.buffer)[40_000], 0);
  });

  it('says what does not compile, and keeps nothing of it', () => {
    const files = readdirSync(cache);
    assert.throws(
      () => compileKernel(new URL('./no_such_kernel.as.ts', import.meta.url), cache),
      /no_such_kernel\.as\.ts does not compile:\n.*not found/s,
    );
    assert.deepEqual(readdirSync(cache), files);
  });
});
