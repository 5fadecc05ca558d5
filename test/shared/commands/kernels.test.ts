import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileKernel, embedded, embeddedOf, KERNELS } from '../../../shared/commands/kernels.ts';

describe('the embedded kernels', () => {
  for (const kernel of KERNELS) {
    it(`${kernel.pathname.split('/').at(-1)} is what its source compiles to`, () => {
      assert.equal(readFileSync(embeddedOf(kernel), 'utf8'), embedded(kernel));
    });
  }

  it("names the source and quotes the compiler's words where one does not compile", () => {
    const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
    const source = join(folder, 'broken.as.ts');
    writeFileSync(source, 'export function f(): i32 { return nothing; }');
    try {
      assert.throws(
        () => compileKernel(source),
        /broken\.as\.ts does not compile:.*Cannot find name 'nothing'/s,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
