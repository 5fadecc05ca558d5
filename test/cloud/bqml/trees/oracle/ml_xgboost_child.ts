/**
 * Trains with ml-xgboost (XGBoost 0.7, compiled to WebAssembly): jobs as JSON on stdin, the bytes of
 * their models as base64 in JSON on stdout. A process of its own, because that package prints,
 * listens for uncaught exceptions, and ends the process on a bad option.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';

console.log = () => {}; // what it prints is no answer
console.warn = () => {};
console.error = () => {};

const jobs = (await json(process.stdin)) as {
  rows: number[][];
  labels: number[];
  options: Record<string, unknown>;
}[];
const XGBoost = await createRequire(import.meta.url)('ml-xgboost');
const models = jobs.map(({ rows, labels, options }) => {
  const model = new XGBoost(options);
  model.train(rows, labels);
  return Buffer.from(model.toJSON().model).toString('base64');
});
writeFileSync(process.stdout.fd, JSON.stringify(models));
process.exit(0); // its runtime keeps the process alive
