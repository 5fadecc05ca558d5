import * as z from 'zod';
import type { BundleRef } from '../../../shared/bundle/bundle.ts';
import { type Manifest, versionId } from '../../../shared/bundle/manifest.ts';
import { birthEvents } from '../../../shared/registry/events.ts';
import { appendEvent } from '../../../shared/registry/journal.ts';
import type { Step } from './step.ts';

/** A version as it was written, and on whose behalf. */
export interface Registered {
  readonly ref: BundleRef;
  readonly manifest: Manifest;
  readonly actor: string;
}

/** Tells the journal of the version that was written, and of what its gates said. */
export const registerStep: Step<Registered, BundleRef> = {
  name: 'register',
  result: z.strictObject({ version: versionId, manifest_sha256: z.string() }),
  async run({ models, now }, _plan, { ref, manifest, actor }) {
    const events = birthEvents(ref, manifest, { by: actor, at: now() });
    for (const event of events) await appendEvent(models.objects, event);
    return ref;
  },
};
