/** What the registry knows, as data: for tables and for `--json` alike. */
import { shareAt } from '../../arms/arm.ts';
import { limitsOf } from '../../arms/limits.ts';
import { bundlePrefix, MANIFEST_FILE, readListed } from '../../bundle/bundle.ts';
import { type Manifest, versionId } from '../../bundle/manifest.ts';
import { CARD_JSON, CARD_MARKDOWN, describeVersion } from '../../card/document.ts';
import { eventsOf } from '../../card/journal.ts';
import { cardMarkdown } from '../../card/markdown.ts';
import { AppError } from '../../errors.ts';
import type { Objects } from '../../google/objects.ts';
import { readDeployment, type StoredDeployment } from '../../registry/deployment.ts';
import type { RegistryEvent } from '../../registry/events.ts';
import { findVersion } from '../../registry/fitness.ts';
import { standingOf } from '../../registry/history.ts';
import { hurdleOf, refusedBy } from '../../registry/hurdle.ts';
import { readEvents } from '../../registry/journal.ts';
import { rolesOf } from '../../registry/roles.ts';

export interface VersionLine {
  readonly version: string;
  /** champion, challenger, shadow; or else what keeps it from being one, or nothing. */
  readonly state: string;
  readonly gates: string;
  readonly auc: number | null;
  readonly mean_pd: number | null;
  readonly as_of: string;
}

/** Every version in the bucket, newest first. */
export async function listVersions(objects: Objects, portfolio: string): Promise<VersionLine[]> {
  const events = await readEvents(objects, portfolio);
  const stored = await readDeployment(objects, portfolio);
  const lines: VersionLine[] = [];
  for (const version of await versionsOf(objects, portfolio)) {
    const { waits, ...merit } = await merits(objects, portfolio, version, events);
    const state = stateOf(stored, events, version);
    lines.push({ version, state: state || (waits ? 'waits for approval' : ''), ...merit });
  }
  return lines.reverse();
}

/** What a version's manifest says for it; a damaged one must not hide the others. */
async function merits(
  objects: Objects,
  portfolio: string,
  version: string,
  events: readonly RegistryEvent[],
): Promise<Omit<VersionLine, 'version' | 'state'> & { readonly waits: boolean }> {
  try {
    const { manifest } = await findVersion(objects, portfolio, version, []);
    const { metrics, training } = manifest;
    const failed = refusedBy(manifest).map(({ gate }) => gate);
    const gates = failed.length === 0 ? 'passed' : `failed: ${failed.join(', ')}`;
    const waits = hurdleOf(manifest, events)?.kind === 'waits';
    const { auc, mean_pd } = metrics;
    return { gates, auc, mean_pd, as_of: training.as_of, waits };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const gates = 'unknown: its manifest is damaged';
    return { gates, auc: null, mean_pd: null, as_of: '', waits: false };
  }
}

/** Those whose manifest is there: a bundle without one is none. */
async function versionsOf(objects: Objects, portfolio: string): Promise<string[]> {
  const names = await objects.list(`models/${portfolio}/v`);
  return names.flatMap((name) => {
    const version = name.split('/')[2]!;
    const isManifest = name === bundlePrefix(portfolio, version) + MANIFEST_FILE;
    return isManifest && versionId.safeParse(version).success ? [version] : [];
  });
}

function stateOf(
  stored: StoredDeployment | undefined,
  events: readonly RegistryEvent[],
  version: string,
): string {
  const roles = stored ? rolesOf(stored.deployment, version) : [];
  if (roles.length > 0) return roles.join(', ');
  const { retired, approved } = standingOf(events, version);
  if (retired) return 'retired';
  return approved ? `approved by ${approved.actor}` : '';
}

/** The deployment in force, with the challenger's share at a moment and all limits of its guard. */
export async function showDeployment(objects: Objects, portfolio: string, at: Date) {
  const stored = await readDeployment(objects, portfolio);
  if (!stored) return undefined;
  const { challenger } = stored.deployment;
  return {
    generation: stored.generation,
    ...stored.deployment,
    challenger: challenger && {
      ...challenger,
      share_now: shareAt(challenger, at),
      guard: limitsOf(challenger.guard),
    },
  };
}

/** A version as its manifest and the journal have it. */
export async function showVersion(objects: Objects, portfolio: string, version: string) {
  const events = await readEvents(objects, portfolio);
  const { ref, manifest } = await findVersion(objects, portfolio, version, events);
  const stored = await readDeployment(objects, portfolio);
  return {
    ...ref,
    state: stateOf(stored, events, version),
    ...comparable(manifest),
    parity: manifest.parity,
    gates: manifest.gates,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    events: events.filter((event) => event.version === version),
  };
}

/** What two versions can be compared by. */
const comparable = (manifest: Manifest) => ({
  model: manifest.model,
  training: {
    as_of: manifest.training.as_of,
    rows: manifest.training.rows,
    excluded: manifest.training.excluded,
  },
  calibration: manifest.calibration,
  metrics: manifest.metrics,
  features: sqlByName(manifest.features),
  policy: manifest.policy,
  policy_columns: sqlByName(manifest.policy_columns),
});

const sqlByName = ({ features }: Manifest['features']): Record<string, string> =>
  Object.fromEntries(features.map(({ name, sql }) => [name, sql]));

/**
 * A version's model card with what happened to it since: as it was written with the version, or, of
 * one that is older than cards, as far as its manifest tells.
 */
export async function cardOfVersion(objects: Objects, portfolio: string, version: string) {
  const events = await readEvents(objects, portfolio);
  const { manifest } = await findVersion(objects, portfolio, version, events);
  const read = (file: string) => readListed(objects, manifest, file);
  const [json, markdown] = await Promise.all([read(CARD_JSON), read(CARD_MARKDOWN)]);
  const older = describeVersion(manifest, null);
  const card: object = json ? JSON.parse(Buffer.from(json).toString()) : older;
  const text = markdown ? Buffer.from(markdown).toString() : cardMarkdown(older);
  return { ...card, text, history: eventsOf(events, version) };
}

export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two versions, by path. */
export async function diffVersions(
  objects: Objects,
  portfolio: string,
  before: string,
  after: string,
): Promise<Difference[]> {
  const [one, other] = await Promise.all(
    [before, after].map(async (version) => {
      const { manifest } = await findVersion(objects, portfolio, version, []);
      return leavesOf(comparable(manifest));
    }),
  );
  const paths = [...new Set([...one!.keys(), ...other!.keys()])];
  return paths
    .map((path) => ({ path, before: one!.get(path), after: other!.get(path) }))
    .filter((pair) => JSON.stringify(pair.before) !== JSON.stringify(pair.after));
}

/** Every value that holds no others, by its path. */
function leavesOf(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...leavesOf(inner, path === '' ? key : `${path}.${key}`),
    ]),
  );
}
