import * as z from 'zod';
import { type Snapshot, takeSnapshot } from '../snapshot.ts';
import type { Begun } from './records.ts';
import type { Step } from './step.ts';

const counts = z.record(z.string(), z.int());

/** Freezes the rows that the version is made of: those that were known when the run began. */
export const snapshotStep: Step<Begun, Snapshot> = {
  name: 'snapshot',
  result: z.strictObject({
    query: z.string(),
    parameters: z.record(z.string(), z.union([z.string(), z.number()])),
    rows: counts,
    bad: counts,
    fingerprints: z.record(z.string(), z.string()),
    excluded: counts,
  }),
  async run(context, plan, { begun_at }) {
    const snapshot = await takeSnapshot(context, plan, new Date(begun_at));
    context.log.info('snapshot taken', { rows: snapshot.rows, excluded: snapshot.excluded });
    return snapshot;
  },
};
