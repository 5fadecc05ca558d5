/**
 * Raising of alerts. What was said last of every subject, and what is still to be told, is one object
 * a portfolio (`alerts/<portfolio>.json`), changed by conditional writes: of two instances that find
 * the same breach at the same time one is refused and looks again, which no statement of BigQuery
 * could promise (inserts never conflict there). An alert is in that object before it is told and
 * leaves it after, so a crash in between tells it twice and never not at all.
 */
import { AppError } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import type { Addressee, Alert } from './alert.ts';
import type { Breach } from './breach.ts';
import { type Checked, hear, SILENCE, type Standing, standingSchema } from './standing.ts';
import type { Tell } from './tell.ts';

export interface AlertParts {
  readonly portfolio: Addressee;
  /** The bucket of what was said. */
  readonly objects: Objects;
  readonly tell: Tell;
}

/** Writers that may be first before this one gives up. */
const MOST_ATTEMPTS = 10;

export const standingName = (portfolio: string): string => `alerts/${portfolio}.json`;

/**
 * Raises alerts for the breaches that are news, and tells what an earlier run could not.
 *
 * @param breaches of one run; a repetition of the run raises none of them again
 * @param checked kinds of which `breaches` is all there is: alerts of theirs that it lacks are over
 * @returns the alerts that were told
 * @throws {Error} when one can't be told: it will be by the next call
 */
export async function raise(
  parts: AlertParts,
  breaches: readonly Breach[],
  checked?: Checked,
): Promise<readonly Alert[]> {
  const { portfolio, tell } = parts;
  const stranger = breaches.find((breach) => breach.portfolio !== portfolio.id);
  if (stranger) throw new Error(`A breach of ${stranger.portfolio} is none of ${portfolio.id}.`);
  const { untold } = await change(parts, (standing) =>
    hear(standing, portfolio, breaches, checked),
  );
  if (untold.length === 0) return [];
  await tell(untold);
  const told = new Set(untold.map(({ alert_id }) => alert_id));
  await change(parts, (standing) => {
    const left = standing.untold.filter(({ alert_id }) => !told.has(alert_id));
    return left.length === standing.untold.length ? standing : { ...standing, untold: left };
  });
  return untold;
}

/** Changes what stands, over nobody else's change; writes nothing where nothing changes. */
async function change(
  { objects, portfolio }: AlertParts,
  next: (standing: Standing) => Standing,
): Promise<Standing> {
  const name = standingName(portfolio.id);
  for (let attempt = 1; ; attempt++) {
    const stored = await objects.read(name);
    const before = stored
      ? standingSchema.parse(JSON.parse(Buffer.from(stored.bytes).toString()))
      : SILENCE;
    const after = next(before);
    if (after === before) return before;
    const bytes = Buffer.from(`${JSON.stringify(after, null, 1)}\n`);
    try {
      await objects.write(name, bytes, 'application/json', stored?.generation ?? 0);
      return after;
    } catch (error) {
      const lost = error instanceof AppError && error.code === 'conflict';
      if (!lost || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}
