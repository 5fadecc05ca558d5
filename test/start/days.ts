const DAY_MS = 86_400_000;

/** The date so many days before another; both YYYY-MM-DD in UTC. */
export const daysBefore = (date: string, days: number): string =>
  new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
