/** What each feature adds to a model's answer, against those whom an applicant is compared with. */
import type { InputEncoding } from '../bridge/encoding.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Bundle } from '../bundle/bundle.ts';
import {
  checkReference,
  createExplainer,
  type Explainer,
  referenceOf,
} from '../explain/explainer.ts';
import type { PolicyVersion } from '../policy/document.ts';
import { approvedByScore } from '../policy/reference.ts';
import type { RowBuilder } from '../scorer/row_builder.ts';
import type { Scorer } from '../scorer/scorer.ts';

export interface Contributions {
  /**
   * What each feature added to the log-odds of default, against the reference population.
   * @param policy whose reference population is meant; without, that of the explanation itself
   */
  contributions(row: Float64Array, policy?: PolicyVersion): Record<string, number>;
  /** The log-odds of the reference population: with all contributions, those of the application. */
  baseline(policy?: PolicyVersion): number;
}

/** What of a bundle says whom an applicant is compared with. */
export interface Comparing extends Pick<Bundle, 'background'> {
  readonly manifest: Pick<Bundle['manifest'], 'background' | 'policy'> & {
    readonly inputs: readonly InputEncoding[];
    readonly portfolio: Pick<Bundle['manifest']['portfolio'], 'explanation'>;
  };
}

/** @throws {Error} where somebody is to be compared with applicants whom the bundle lacks */
export async function createContributions(
  bundle: Comparing,
  graph: ScoringGraph,
  builder: RowBuilder,
  kernel: Scorer,
): Promise<Contributions> {
  checkWidth(bundle, builder.width);
  const { portfolio, inputs } = bundle.manifest;
  const reference = referenceOf(portfolio, inputs, bundle.background);
  checkReference(graph, reference);
  const approved = await approvedRows(bundle, kernel);
  // Covers and explanation tables are wanted by the first adverse decision only.
  let known: Explainer | undefined;
  const explainer = () => {
    known ??= createExplainer(graph, reference);
    return known;
  };
  const means = new Map<string, Float64Array>();
  /** What approved applicants get on average; undefined where nobody is compared with them. */
  const meanFor = (policy: PolicyVersion | undefined): Float64Array | undefined => {
    const rows = policy && approved.get(policy.version);
    if (!rows) return undefined;
    const mean = means.get(policy.version) ?? meanOf(rows, explainer());
    means.set(policy.version, mean);
    return mean;
  };
  return {
    baseline(policy) {
      const mean = meanFor(policy) ?? new Float64Array();
      return mean.reduce((sum, value) => sum + value, explainer().baseline);
    },
    contributions(row, policy) {
      const contributions = new Float64Array(builder.width);
      explainer().explain(row, contributions);
      meanFor(policy)?.forEach((value, i) => {
        contributions[i]! -= value;
      });
      return builder.byFeature(contributions);
    },
  };
}

function checkWidth({ manifest: { background } }: Comparing, width: number): void {
  if (!background || background.width === width) return;
  throw new Error(
    `its background has ${background.width} numbers a row, the features give ${width}`,
  );
}

/** Rows of the background that a version of the policy approves, where it compares with them. */
async function approvedRows(
  { manifest, background }: Comparing,
  kernel: Scorer,
): Promise<Map<string, Float64Array[]>> {
  const comparing = manifest.policy.versions.filter(
    ({ reference_population }) => reference_population.kind === 'approved',
  );
  if (comparing.length === 0) return new Map();
  if (!background) {
    throw new Error('its policy compares with approved applicants of a background, which it lacks');
  }
  const { pd } = await kernel.score(background);
  return new Map(
    comparing.map((policy) => {
      const places = approvedByScore(policy, pd);
      if (places.length > 0)
        return [policy.version, places.map((i) => rowAt(background, kernel, i))];
      throw new Error(
        `its policy ${policy.version} compares with approved applicants, and approves none of its background`,
      );
    }),
  );
}

const rowAt = (rows: Float64Array, { width }: Scorer, i: number): Float64Array =>
  rows.subarray(i * width, (i + 1) * width);

function meanOf(rows: readonly Float64Array[], explainer: Explainer): Float64Array {
  const mean = new Float64Array(rows[0]!.length);
  const one = new Float64Array(mean.length);
  for (const row of rows) {
    explainer.explain(row, one);
    one.forEach((value, i) => {
      mean[i]! += value / rows.length;
    });
  }
  return mean;
}
