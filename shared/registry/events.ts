/**
 * What happened to versions and deployments: one immutable object each in
 * `models/<portfolio>/events/`, and the same as a row of `flit.registry_events`.
 */
import * as z from 'zod';
import type { BundleRef } from '../bundle/bundle.ts';
import { type Manifest, versionId } from '../bundle/manifest.ts';
import { AppError } from '../errors.ts';
import type { ObjectGeneration } from '../google/objects.ts';
import { CHANGES, type StoredDeployment } from './deployment.ts';
import { approvalAsked, refusedBy, verdictText } from './hurdle.ts';

const step = z.strictObject({ begins_at: z.iso.datetime(), share: z.number() });

export const eventSchema = z.strictObject({
  /** `<portfolio>/<name of the object without its ending>`. */
  event_id: z.string().regex(/^[a-z0-9_]+\/[\w-]+$/),
  portfolio: z.string(),
  kind: z.enum(['created', 'gated', 'approved', ...CHANGES]),
  occurred_at: z.iso.datetime(),
  actor: z.string().min(1),
  reason: z.string().min(1),
  version: versionId.nullable(),
  /** Of the deployment that came into force, with what stood in it; null where none did. */
  generation: z.int().nullable(),
  previous_generation: z.int().nullable(),
  champion: z.string().nullable(),
  challenger: z.string().nullable(),
  share: z.number().nullable(),
  steps: z.array(step),
  shadows: z.array(z.string()),
  salt: z.string().nullable(),
  kill_switch: z.boolean().nullable(),
  /** What else there is to it. */
  details: z.record(z.string(), z.unknown()).nullable(),
});

export type RegistryEvent = z.infer<typeof eventSchema>;

export const eventsPrefix = (portfolio: string): string => `models/${portfolio}/events/`;

/** Where an event is kept. */
export const eventName = ({
  event_id,
  portfolio,
}: Pick<RegistryEvent, 'event_id' | 'portfolio'>): string =>
  `${eventsPrefix(portfolio)}${event_id.slice(portfolio.length + 1)}.json`;

/** Which event an object is. */
export const eventIdOf = (portfolio: string, name: string): string =>
  `${portfolio}/${name.slice(eventsPrefix(portfolio).length).replace(/\.json$/, '')}`;

/** Generations have up to 19 digits: so padded, they sort as numbers do. */
export const deploymentEventId = (portfolio: string, generation: number): string =>
  `${portfolio}/deployment-${String(generation).padStart(19, '0')}`;

const NO_DEPLOYMENT = {
  generation: null,
  previous_generation: null,
  champion: null,
  challenger: null,
  share: null,
  steps: [],
  shadows: [],
  salt: null,
  kill_switch: null,
};

/**
 * The event of a deployment: a function of what was written alone, so that whoever finds it missing
 * writes the same.
 * @param previous the generation that it replaced
 */
export function deploymentEvent(
  { deployment, generation }: StoredDeployment,
  previous: number | null,
): RegistryEvent {
  const { portfolio, champion, challenger, shadows, salt, kill_switch, change } = deployment;
  return {
    event_id: deploymentEventId(portfolio, generation),
    portfolio,
    kind: change?.kind ?? 'edited',
    occurred_at: deployment.updated_at,
    actor: deployment.updated_by,
    reason: deployment.reason,
    version: change?.version ?? null,
    generation,
    previous_generation: previous,
    champion: champion?.version ?? null,
    challenger: challenger?.version ?? null,
    share: challenger?.share ?? null,
    steps: (challenger?.steps ?? []).map(({ from, share }) => ({
      begins_at: new Date(from).toISOString(),
      share,
    })),
    shadows: shadows.map(({ version }) => version),
    salt,
    kill_switch,
    details: { deployment },
  };
}

/** The event of an object that was in force and that nobody could use. @param why it could not */
export const unusableDeploymentEvent = (
  portfolio: string,
  { generation, createdAt }: ObjectGeneration,
  previous: number | null,
  why: string,
): RegistryEvent => ({
  ...NO_DEPLOYMENT,
  event_id: deploymentEventId(portfolio, generation),
  portfolio,
  kind: 'edited',
  occurred_at: createdAt.toISOString(),
  actor: 'unknown',
  reason: why,
  version: null,
  generation,
  previous_generation: previous,
  details: null,
});

/** Who did something to a version, why and when. */
export interface Act {
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** What happens to a version apart from deployments. A version is created, gated and retired once. */
export function versionEvent(
  portfolio: string,
  kind: 'created' | 'gated' | 'approved' | 'retired',
  version: string,
  { by, reason, at }: Act,
  details: Record<string, unknown> | null,
): RegistryEvent {
  const occurred = at.toISOString();
  const suffix = kind === 'approved' ? `-${occurred.replace(/\D/g, '')}` : '';
  return {
    ...NO_DEPLOYMENT,
    event_id: `${portfolio}/${version}-${kind}${suffix}`,
    portfolio,
    kind,
    occurred_at: occurred,
    actor: by,
    reason,
    version,
    details,
  };
}

/** That a version was written, and what its gates said. */
export function birthEvents(
  ref: BundleRef,
  manifest: Pick<Manifest, 'portfolio' | 'gates' | 'metrics'>,
  { by, at }: Pick<Act, 'by' | 'at'>,
): RegistryEvent[] {
  const { portfolio, gates, metrics } = manifest;
  const wait = approvalAsked(manifest);
  const waits = wait === undefined ? '' : `; waits for approval: ${wait}`;
  const passed = refusedBy(manifest).length === 0;
  const { manifest_sha256 } = ref;
  return [
    versionEvent(
      portfolio.id,
      'created',
      ref.version,
      { by, at, reason: 'a retraining made it' },
      {
        manifest_sha256,
        metrics,
      },
    ),
    versionEvent(
      portfolio.id,
      'gated',
      ref.version,
      { by, at, reason: verdictText(manifest) + (passed ? waits : '') },
      { passed, waits: passed && wait !== undefined, gates },
    ),
  ];
}

/** @param name of the object, for the message @throws {AppError} */
export function parseEvent(name: string, bytes: Uint8Array): RegistryEvent {
  try {
    return eventSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new AppError('event_unusable', 503, `${name} is no event: ${detail}`, { cause: error });
  }
}
