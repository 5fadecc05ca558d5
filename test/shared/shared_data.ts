import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A file or folder of the reference data that is kept beside the project, or undefined where it is
 * absent; then the test skips and says so.
 */
export function referenceData(path: string): string | undefined {
  const found = fileURLToPath(new URL(`../../../shared/${path}`, import.meta.url));
  return existsSync(found) ? found : undefined;
}

/** Skips the running test for want of reference data. */
export function skipWithout(context: Mocha.Context, path: string): string {
  const found = referenceData(path);
  if (found === undefined) {
    context.test!.title += ` (skipped: ../shared/${path} is absent)`;
    context.skip();
  }
  return found!;
}
