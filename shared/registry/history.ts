/** What the journal says of versions: who was champion when, what was approved, what is retired. */
import type { BundleRef } from '../bundle/bundle.ts';
import { deploymentSchema } from './deployment.ts';
import type { RegistryEvent } from './events.ts';

/**
 * The champions that lead to the one of now, oldest first: who was promoted and not taken back.
 * After a rollback the next one goes further back, not forth again.
 */
export function lineOf(events: readonly RegistryEvent[]): BundleRef[] {
  let line: BundleRef[] = [];
  for (const event of events) {
    const champion = championOf(event);
    if (!champion || line.at(-1)?.version === champion.version) continue;
    const earlier = line.findLastIndex(({ version }) => version === champion.version);
    const isBack = event.kind === 'rolled_back' && earlier >= 0;
    line = isBack ? line.slice(0, earlier + 1) : [...line, champion];
  }
  return line;
}

/** The champion that an event put in force, by the deployment in its details. */
function championOf({ champion, details }: RegistryEvent): BundleRef | undefined {
  if (champion === null) return undefined;
  return deploymentSchema.parse(details?.deployment).champion ?? undefined;
}

/** What was said and done about one version. */
export interface Standing {
  /** Undefined where its birth was not recorded. */
  readonly created: RegistryEvent | undefined;
  readonly gated: RegistryEvent | undefined;
  readonly approved: RegistryEvent | undefined;
  readonly retired: RegistryEvent | undefined;
}

/** Of several approvals the last one counts. */
export function standingOf(events: readonly RegistryEvent[], version: string): Standing {
  const last = (kind: RegistryEvent['kind']) =>
    events.findLast((event) => event.version === version && event.kind === kind);
  return {
    created: last('created'),
    gated: last('gated'),
    approved: last('approved'),
    retired: last('retired'),
  };
}
