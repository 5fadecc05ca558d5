/** How often an instance that serves collects its old objects. */
import { setFlagsFromString } from 'node:v8';

/** By how much the old generation may outgrow what of it lived last, in percent: some 150 MB in all. */
const GROWTH = 400;

/** Milliseconds from the start: everything that a decision needs is compiled then. */
const DELAY_MS = 3000;

/**
 * Lets the heap grow further between full collections, which otherwise come twice a second under load
 * and take a tenth of the processor. It is no option that Node could be started with: V8 takes nothing
 * that was compiled under another value, and would compile Node's own modules anew. Nor is it set
 * where what is compiled is to be kept, in the rehearsal, which no service of Cloud Run is.
 */
export function growLater({ K_SERVICE }: NodeJS.ProcessEnv): void {
  if (K_SERVICE === undefined) return;
  setTimeout(() => setFlagsFromString(`--heap-growing-percent=${GROWTH}`), DELAY_MS).unref();
}
