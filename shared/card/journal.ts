/** What happened to a version after its card was written: who approved it, and what it became. */
import type { RegistryEvent } from '../registry/events.ts';
import { table } from './markdown_text.ts';

export interface CardEvent {
  readonly occurred_at: string;
  readonly what: RegistryEvent['kind'];
  readonly by: string;
  readonly reason: string;
}

/** In the order in which they happened. */
export const eventsOf = (events: readonly RegistryEvent[], version: string): CardEvent[] =>
  events
    .filter((event) => event.version === version)
    .map(({ occurred_at, kind, actor, reason }) => ({
      occurred_at,
      what: kind,
      by: actor,
      reason,
    }));

export function eventsMarkdown(events: readonly CardEvent[]): string {
  const approved = events.filter(({ what }) => what === 'approved');
  const approval =
    approved.length === 0
      ? 'Nobody has approved it by name.'
      : approved
          .map(
            ({ by, occurred_at, reason }) =>
              `Approved by ${by} on ${occurred_at.slice(0, 10)}: ${reason}.`,
          )
          .join('\n');
  const rows = events.map(({ occurred_at, what, by, reason }) => [occurred_at, what, by, reason]);
  return `## Approvals and history\n\n${approval}\n\n${table(['when', 'what', 'who', 'why'], rows)}\n`;
}
