/**
 * Predicts with ml-xgboost (XGBoost 0.7, compiled to WebAssembly): jobs as JSON on stdin, each the
 * bytes of a model as base64 and rows without missing values (which it can't take); predictions as
 * JSON on stdout. A process of its own, because that package prints and listens for uncaught
 * exceptions.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';

console.log = () => {}; // what it prints is no answer
console.warn = () => {};
const jobs = (await json(process.stdin)) as { model: string; rows: number[][] }[];
const XGBoost = await createRequire(import.meta.url)('ml-xgboost');
const predictions = jobs.map(({ model, rows }) => {
  const bytes = [...Buffer.from(model, 'base64')];
  return XGBoost.load({ name: 'ml-xgboost', model: bytes, options: {} }).predict(rows).flat();
});
writeFileSync(process.stdout.fd, JSON.stringify(predictions));
process.exit(0); // its runtime keeps the process alive
