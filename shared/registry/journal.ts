/**
 * The journal of a portfolio: every event, in Cloud Storage for good and copied to the warehouse.
 *
 * A deployment takes effect with its own write. Its event follows from what was written: whoever
 * comes next, be it the one who wrote it, finds the generations that have none in the bucket's
 * versions and writes theirs. So a crash in between leaves nothing out, nor does an edit by hand.
 */
import { AppError } from '../errors.ts';
import type { ObjectGeneration, Objects } from '../google/objects.ts';
import { type Deployment, deploymentName, deploymentSchema, readDeployment } from './deployment.ts';
import type { EventCopy } from './event_copy.ts';
import {
  deploymentEvent,
  deploymentEventId,
  eventIdOf,
  eventName,
  eventsPrefix,
  parseEvent,
  type RegistryEvent,
  unusableDeploymentEvent,
} from './events.ts';

/** Objects that are read at a time. */
const AT_A_TIME = 16;

/** Writes an event, once, and retained: a second time changes nothing. */
export async function appendEvent(objects: Objects, event: RegistryEvent): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(event, null, 1)}\n`);
  try {
    await objects.create(eventName(event), bytes, 'application/json');
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
  }
}

/**
 * All events of a portfolio in the order in which they happened, those included that are still to be
 * written.
 * @throws {AppError} naming an object that is no event
 */
export async function readEvents(objects: Objects, portfolio: string): Promise<RegistryEvent[]> {
  const names = await objects.list(eventsPrefix(portfolio));
  const missing = await missingEvents(objects, portfolio, names);
  return inOrder([...(await readAll(objects, names)), ...missing]);
}

async function readAll(objects: Objects, names: readonly string[]): Promise<RegistryEvent[]> {
  const events: RegistryEvent[] = [];
  for (let from = 0; from < names.length; from += AT_A_TIME) {
    const slice = names.slice(from, from + AT_A_TIME).map(async (name) => {
      const stored = await objects.read(name);
      return stored ? [parseEvent(name, stored.bytes)] : [];
    });
    events.push(...(await Promise.all(slice)).flat());
  }
  return events;
}

/**
 * The deployment of a generation, from the bucket or, once that has forgotten it, from its event.
 * @returns undefined where neither has it
 * @throws {AppError} for one that nobody could use
 */
export async function deploymentAt(
  objects: Objects,
  portfolio: string,
  generation: number,
): Promise<Deployment | undefined> {
  const stored = await readDeployment(objects, portfolio, generation);
  if (stored) return stored.deployment;
  const name = eventName({ portfolio, event_id: deploymentEventId(portfolio, generation) });
  const event = await objects.read(name);
  const { details } = event ? parseEvent(name, event.bytes) : { details: null };
  return details ? deploymentSchema.parse(details.deployment) : undefined;
}

/** Deployments by their generations, which clocks can't disorder; the rest by time among them. */
function inOrder(events: readonly RegistryEvent[]): RegistryEvent[] {
  const time = ({ occurred_at }: RegistryEvent) => Date.parse(occurred_at);
  const deployments = events
    .filter(({ generation }) => generation !== null)
    .sort((a, b) => a.generation! - b.generation!);
  const others = events
    .filter(({ generation }) => generation === null)
    .sort((a, b) => time(a) - time(b));
  const ordered: RegistryEvent[] = [];
  for (const deployment of deployments) {
    while (others.length > 0 && time(others[0]!) <= time(deployment)) ordered.push(others.shift()!);
    ordered.push(deployment);
  }
  return [...ordered, ...others];
}

/** Events of deployments that came into force and have none among the names. */
async function missingEvents(
  objects: Objects,
  portfolio: string,
  names: readonly string[],
): Promise<RegistryEvent[]> {
  const history = await objects.history(deploymentName(portfolio));
  const known = new Set(names.map((name) => eventIdOf(portfolio, name)));
  const missing = history.map(async (one, i) =>
    known.has(deploymentEventId(portfolio, one.generation))
      ? undefined
      : eventOf(objects, portfolio, one, history[i - 1]?.generation ?? null),
  );
  return (await Promise.all(missing)).filter((event) => event !== undefined);
}

/** Undefined where the generation is gone meanwhile. */
async function eventOf(
  objects: Objects,
  portfolio: string,
  one: ObjectGeneration,
  previous: number | null,
): Promise<RegistryEvent | undefined> {
  try {
    const stored = await readDeployment(objects, portfolio, one.generation);
    return stored && deploymentEvent(stored, previous);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return unusableDeploymentEvent(portfolio, one, previous, error.message);
  }
}

/**
 * Writes what is missing, in either place.
 * @param at tells this call from others
 * @returns how many events were written, and how many copied
 */
export async function completeJournal(
  objects: Objects,
  copy: EventCopy,
  portfolio: string,
  at: Date,
): Promise<{ readonly written: number; readonly copied: number }> {
  const names = await objects.list(eventsPrefix(portfolio));
  const missing = await missingEvents(objects, portfolio, names);
  for (const event of missing) await appendEvent(objects, event);
  const known = await copy.known(portfolio, at);
  const all = new Set([...names, ...missing.map(eventName)]);
  const uncopied = [...all].filter((name) => !known.has(eventIdOf(portfolio, name)));
  await copy.add(await readAll(objects, uncopied), at);
  return { written: missing.length, copied: uncopied.length };
}
