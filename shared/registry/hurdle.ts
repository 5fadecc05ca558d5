/** What stands between a version and its first decision: its gates, and whoever has to approve it. */
import { type Gate, type Manifest, verdictOf } from '../bundle/manifest.ts';
import type { RegistryEvent } from './events.ts';
import { standingOf } from './history.ts';

type Gated = { readonly gates: readonly Gate[] };

export const refusedBy = ({ gates }: Gated): Gate[] =>
  gates.filter((gate) => verdictOf(gate) === 'failed');

export const notMeasured = ({ gates }: Gated): Gate[] =>
  gates.filter((gate) => verdictOf(gate) === 'not_measurable');

const namesOf = (gates: readonly Gate[]): string => gates.map(({ gate }) => gate).join(', ');

/** All verdicts of a version in one line. */
export function verdictText(manifest: Gated): string {
  const [refused, unknown] = [refusedBy(manifest), notMeasured(manifest)];
  const verdict = refused.length > 0 ? `refused by ${namesOf(refused)}` : 'all gates passed';
  if (unknown.length === 0) return verdict;
  const rest = `not measurable: ${namesOf(unknown)}`;
  return refused.length > 0 ? `${verdict}; ${rest}` : `no gate refused it; ${rest}`;
}

/** Why a person has to approve a version that no gate refused; undefined where nobody has to. */
export function approvalAsked(manifest: Pick<Manifest, 'gates' | 'portfolio'>): string | undefined {
  const { approval } = manifest.portfolio.release;
  const unknown = notMeasured(manifest);
  if (approval === 'required') return 'the portfolio wants every version approved';
  if (approval === 'automatic' || unknown.length === 0) return undefined;
  return `these gates could not be measured: ${namesOf(unknown)}`;
}

export type Hurdle =
  | { readonly kind: 'refused'; readonly by: readonly Gate[] }
  | { readonly kind: 'waits'; readonly why: string };

/** What keeps a version from deciding; undefined where nothing does, or a named person let it. */
export function hurdleOf(
  manifest: Pick<Manifest, 'version' | 'gates' | 'portfolio'>,
  events: readonly RegistryEvent[],
): Hurdle | undefined {
  if (standingOf(events, manifest.version).approved) return undefined;
  const by = refusedBy(manifest);
  if (by.length > 0) return { kind: 'refused', by };
  const why = approvalAsked(manifest);
  return why === undefined ? undefined : { kind: 'waits', why };
}
