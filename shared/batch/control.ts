/** Whether a run goes on: cancelled and resumed by hand, with who and when. */
import * as z from 'zod';
import type { Objects } from '../google/objects.ts';
import { batchObjects } from './plan.ts';

const controlSchema = z.strictObject({
  state: z.enum(['running', 'cancelled']),
  at: z.iso.datetime(),
  by: z.string(),
});

export type Control = z.infer<typeof controlSchema>;

/** Undefined where nobody has said anything: it goes on. */
export async function readControl(
  objects: Objects,
  portfolio: string,
  run: string,
): Promise<Control | undefined> {
  const stored = await objects.read(batchObjects(portfolio, run).control);
  return stored && controlSchema.parse(JSON.parse(Buffer.from(stored.bytes).toString()));
}

/** The last word holds. */
export async function writeControl(
  objects: Objects,
  portfolio: string,
  run: string,
  control: Control,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(controlSchema.parse(control)));
  await objects.replace(batchObjects(portfolio, run).control, bytes, 'application/json');
}
