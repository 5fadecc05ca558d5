/** The champion in force, and what it says of the applications that a candidate is judged on. */
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import {
  type Bundle,
  BundleError,
  readBundle,
  readManifest,
} from '../../../shared/bundle/bundle.ts';
import type { Manifest, Metrics } from '../../../shared/bundle/manifest.ts';
import { windowOf } from '../../../shared/bundle/window.ts';
import { RowError } from '../../../shared/features/errors.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createRowBuilder, type RowBuilder } from '../../../shared/scorer/row_builder.ts';
import type { Context } from '../context.ts';
import type { Judged } from './judged.ts';

/** A champion whose manifest can be read. */
export interface Champion {
  readonly version: string;
  readonly manifest: Manifest;
  /** Undefined where its model or its rows cannot be read. */
  readonly bundle: Bundle | undefined;
  readonly why?: string;
}

export type Incumbent =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly version: string; readonly why: string }
  | { readonly kind: 'champion'; readonly champion: Champion };

/** What a candidate has to stand up to. */
export type Rival =
  | Exclude<Incumbent, { kind: 'champion' }>
  | {
      readonly kind: 'champion';
      readonly version: string;
      readonly metrics: Metrics;
      /** Of the judged applications; NaN where it was fitted on one, or cannot read it. */
      readonly pd: Float64Array;
      /** Why it scores none. */
      readonly why?: string;
    };

/** A champion that is damaged must not keep out its successor; one that cannot be reached may. */
export async function readIncumbent({ models, portfolio }: Context): Promise<Incumbent> {
  const stored = await readDeployment(models.objects, portfolio.id);
  const ref = stored?.deployment.champion;
  if (!ref) return { kind: 'none' };
  const { version } = ref;
  const manifest = await orFault(readManifest(models.objects, portfolio.id, ref));
  if (manifest instanceof BundleError) {
    return { kind: 'unreadable', version, why: manifest.message };
  }
  const bundle = await orFault(readBundle(models.objects, portfolio.id, ref));
  return bundle instanceof BundleError
    ? { kind: 'champion', champion: { version, manifest, bundle: undefined, why: bundle.message } }
    : { kind: 'champion', champion: { version, manifest, bundle } };
}

const orFault = <T>(read: Promise<T>): Promise<T | BundleError> =>
  read.catch((error) => {
    if (error instanceof BundleError) return error;
    throw error;
  });

/** Has the champion score what is new to it; of the rest its own test is taken, where that had it. */
export async function rivalOf(incumbent: Incumbent, judged: Judged): Promise<Rival> {
  if (incumbent.kind !== 'champion') return incumbent;
  const { version, manifest, bundle, why } = incumbent.champion;
  const rival = { kind: 'champion' as const, version, metrics: manifest.metrics };
  if (!bundle) return { ...rival, pd: judged.pd.map(() => Number.NaN), why: why! };
  const { from, fittedUntil } = windowOf(manifest);
  const isNew = (at: Date) => at < from || at >= fittedUntil;
  try {
    const scored = await scoreAll(bundle, judged);
    const pd = scored.map((one, i) => (isNew(judged.appliedAt[i]!) ? one : judged.champion_pd[i]!));
    return { ...rival, pd };
  } catch (error) {
    // Its bytes are as they were written: what fails is what this build makes of them.
    return { ...rival, pd: judged.pd.map(() => Number.NaN), why: (error as Error).message };
  }
}

async function scoreAll(
  { manifest, model }: Bundle,
  { applications }: Judged,
): Promise<Float64Array> {
  const builder = createRowBuilder(manifest.features, manifest.inputs);
  const scorer = createKernelScorer(readScoringGraph(model));
  const { rows, unread } = rowsOf(builder, applications);
  const { pd } = await scorer.score(rows);
  for (const i of unread) pd[i] = Number.NaN;
  return pd;
}

/** @returns with the places of those that are outside of what a version was made for */
export function rowsOf(
  builder: RowBuilder,
  applications: Judged['applications'],
): { readonly rows: Float64Array; readonly unread: readonly number[] } {
  const rows = new Float64Array(applications.length * builder.width);
  const unread: number[] = [];
  applications.forEach((application, i) => {
    try {
      builder.fill(application, rows, i * builder.width);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      unread.push(i);
    }
  });
  return { rows, unread };
}
