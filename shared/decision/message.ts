import type { DecisionEvent } from './decide.ts';

/** An event as it is published: whoever subscribes can filter by what the attributes say. */
export const messageOf = (event: DecisionEvent) => ({
  data: Buffer.from(JSON.stringify(event)),
  attributes: { portfolio: event.portfolio, outcome: event.outcome },
});
