/**
 * The journal of a portfolio: every event, in Cloud Storage for good and copied to the warehouse.
 *
 * A deployment takes effect with its own write; its event is written after it. What a crash in
 * between leaves out is found again: the bucket has the generations of the deployment, and each must
 * have its event.
 */
import { AppError } from '../errors.ts';
import type { ObjectGeneration, Objects } from '../google/objects.ts';
import { deploymentName, readDeployment } from './deployment.ts';
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

/** Writes an event, once: a second time changes nothing. */
export async function appendEvent(objects: Objects, event: RegistryEvent): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(event, null, 1)}\n`);
  try {
    await objects.write(eventName(event), bytes, 'application/json', 0);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
  }
}

/** All events of a portfolio, in the order in which they happened. @throws {AppError} */
export async function readEvents(objects: Objects, portfolio: string): Promise<RegistryEvent[]> {
  const names = await objects.list(eventsPrefix(portfolio));
  return inOrder(await readAll(objects, names));
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

/** Writes the events of deployments that came into force and have none. @returns how many */
export async function repairEvents(objects: Objects, portfolio: string): Promise<number> {
  const history = await objects.history(deploymentName(portfolio));
  const known = new Set(
    (await objects.list(eventsPrefix(portfolio))).map((name) => eventIdOf(portfolio, name)),
  );
  let repaired = 0;
  for (const [i, one] of history.entries()) {
    if (known.has(deploymentEventId(portfolio, one.generation))) continue;
    const previous = history[i - 1]?.generation ?? null;
    const event = await eventOf(objects, portfolio, one, previous);
    if (!event) continue;
    await appendEvent(objects, event);
    repaired++;
  }
  return repaired;
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
 * Brings journal and copy up to date, whoever left something out.
 * @param at tells this call from others
 * @returns how many events were missing in either place
 */
export async function completeJournal(
  objects: Objects,
  copy: EventCopy,
  portfolio: string,
  at: Date,
): Promise<{ readonly repaired: number; readonly copied: number }> {
  const repaired = await repairEvents(objects, portfolio);
  const names = await objects.list(eventsPrefix(portfolio));
  const known = await copy.known(portfolio, at);
  const missing = names.filter((name) => !known.has(eventIdOf(portfolio, name)));
  const events = await readAll(objects, missing);
  await copy.add(events, at);
  return { repaired, copied: events.length };
}
