import * as z from 'zod';
import { type Snapshot, takeSnapshot } from '../snapshot.ts';
import type { Step } from './step.ts';

const counts = z.record(z.string(), z.int());

/** Freezes the rows that the version is made of. */
export const snapshotStep: Step<unknown, Snapshot> = {
  name: 'snapshot',
  result: z.strictObject({ query: z.string(), rows: counts, excluded: counts }),
  async run(context, plan) {
    const snapshot = await takeSnapshot(context, plan);
    context.log.info('snapshot taken', { rows: snapshot.rows, excluded: snapshot.excluded });
    return snapshot;
  },
};
