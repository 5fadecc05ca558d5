/** What was last said of every breach of a portfolio, and whether it is time to say something again. */
import * as z from 'zod';
import { type Addressee, type Alert, alertOf, alertSchema } from './alert.ts';
import { type Breach, type BreachKind, COOLDOWN_DAYS, isWorse, topicOf } from './breach.ts';

/** The last word on one subject: what an alert said of it, and when. */
const wordSchema = alertSchema.pick({
  kind: true,
  subject: true,
  segment: true,
  severity: true,
  state: true,
  at: true,
  since: true,
  model_version: true,
});

type Word = z.infer<typeof wordSchema>;

export const standingSchema = z.strictObject({
  words: z.array(wordSchema),
  /** Alerts that are decided on and may not have been told yet. */
  untold: z.array(alertSchema),
});

export type Standing = z.infer<typeof standingSchema>;

/** Nothing was ever said. */
export const SILENCE: Standing = { words: [], untold: [] };

/** Kinds of which a run finds all there is: what it does not find of them is over. */
export interface Checked {
  readonly kinds: readonly BreachKind[];
  /** When the run was due. */
  readonly at: Date;
}

const DAY_MS = 86_400_000;
/** Days that an end is remembered, lest a run of before it is taken for news. */
const REMEMBERED_DAYS = 90;

/**
 * Adds the alerts that a run's breaches are worth. A breach is told when it is new or back, when it
 * becomes worse, and again after every cooldown; a run that is older than the last word on a subject
 * has no news of it.
 *
 * @returns the very same standing where there is no news
 */
export function hear(
  standing: Standing,
  portfolio: Addressee,
  breaches: readonly Breach[],
  checked?: Checked,
): Standing {
  const words = new Map(standing.words.map((word) => [topicOf(word), word]));
  const cooldownMs = (portfolio.alerts?.cooldown_days ?? COOLDOWN_DAYS) * DAY_MS;
  const worst = worstBySubject(breaches);
  const alerts: Alert[] = [];
  for (const [topic, breach] of worst) {
    const word = words.get(topic);
    const why = newsOf(word, breach, cooldownMs);
    if (!why) continue;
    const since = word && why !== 'new' ? word.since : breach.at.toISOString();
    alerts.push(alertOf(portfolio, breach, { state: 'raised', why, since }));
  }
  for (const [topic, word] of words) {
    if (checked && !worst.has(topic) && isOver(word, checked)) {
      alerts.push(endOf(portfolio, word, checked.at));
    }
  }
  if (alerts.length === 0) return standing;
  for (const alert of alerts) words.set(topicOf(alert), wordSchema.strip().parse(alert));
  const latest = Math.max(...alerts.map(({ at }) => Date.parse(at)));
  return {
    words: [...words.values()].filter((word) => isRemembered(word, latest)),
    untold: [...standing.untold, ...alerts],
  };
}

/** Of several breaches of one subject the worst, of those the first. */
function worstBySubject(breaches: readonly Breach[]): Map<string, Breach> {
  const worst = new Map<string, Breach>();
  for (const breach of breaches) {
    const topic = topicOf(breach);
    const other = worst.get(topic);
    if (!other || isWorse(breach.severity, other.severity)) worst.set(topic, breach);
  }
  return worst;
}

function newsOf(
  word: Word | undefined,
  { severity, at }: Breach,
  cooldownMs: number,
): 'new' | 'worse' | 'reminder' | undefined {
  if (!word) return 'new';
  const since = at.getTime() - Date.parse(word.at);
  if (since < 0) return undefined;
  if (word.state === 'over') return since > 0 ? 'new' : undefined;
  if (isWorse(severity, word.severity)) return 'worse';
  return since >= cooldownMs ? 'reminder' : undefined;
}

const isOver = (word: Word, { kinds, at }: Checked): boolean =>
  word.state === 'raised' && kinds.includes(word.kind) && Date.parse(word.at) < at.getTime();

function endOf(portfolio: Addressee, word: Word, at: Date): Alert {
  const { kind, subject, segment, severity, since } = word;
  const days = Math.round((at.getTime() - Date.parse(since)) / DAY_MS);
  const breach: Breach = {
    portfolio: portfolio.id,
    kind,
    subject,
    segment: segment ?? undefined,
    severity,
    figure: null,
    limit: null,
    text: `${whatIsOver(subject, segment)}, after ${days} ${days === 1 ? 'day' : 'days'}.`,
    model_version: word.model_version ?? undefined,
    at,
  };
  return alertOf(portfolio, breach, { state: 'over', why: 'over', since });
}

/** A segment is not told of where all of the portfolio is. */
const whatIsOver = (subject: string, segment: string | null): string =>
  segment === null
    ? `${subject} is within its limits again`
    : `${subject} in ${segment} is within its limits again, or beyond them everywhere`;

const isRemembered = ({ state, at }: Word, now: number): boolean =>
  state === 'raised' || Date.parse(at) > now - REMEMBERED_DAYS * DAY_MS;
