/** From a `before` hook: skips all tests of its suite, each saying why. */
export function skipSuite(context: Mocha.Context, why: string): never {
  for (const test of context.test!.parent!.tests) test.title += ` (skipped: ${why})`;
  return context.skip();
}
