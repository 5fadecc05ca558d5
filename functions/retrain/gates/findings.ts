/** All that gates ask of a candidate beside its metrics, and that its card tells. */
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { decodeBackground } from '../../../shared/bundle/background.ts';
import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import type { Metrics } from '../../../shared/bundle/manifest.ts';
import type { Coverage, Findings, Footprint, Shifts } from '../../../shared/card/findings.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';
import { createRowBuilder } from '../../../shared/scorer/row_builder.ts';
import type { Scorer } from '../../../shared/scorer/scorer.ts';
import { createContributions } from '../../../shared/serving/contributions.ts';
import { calibrationLine } from '../../../shared/statistics/calibration.ts';
import type { sampleBackground } from '../background.ts';
import type { Context } from '../context.ts';
import type { Converted } from '../convert.ts';
import type { Plan } from '../plan.ts';
import { sampleRows } from '../sample.ts';
import { compareWithChampion } from './champion.ts';
import { intervalsOf } from './discrimination.ts';
import { screensOf } from './fairness.ts';
import { timeOf } from './footprint.ts';
import { type Judged, readJudged } from './judged.ts';
import { reversalsOf } from './monotone.ts';
import { coverageOf } from './reasons.ts';
import { fewestApproved } from './reference.ts';
import { type Rival, readIncumbent, rivalOf, rowsOf } from './rival.ts';
import { segmentsOf } from './segments.ts';
import { shiftOf } from './stability.ts';

/** Applications trained on whose scores are held against those tested on. */
const TRAINING_ROWS = 5000;
/** Applications that are explained for their reasons: a share is then known to three points. */
const EXPLAINED = 500;

export async function findAbout(
  context: Context,
  plan: Plan,
  metrics: Metrics,
  { inputs, files }: Converted,
  background: Awaited<ReturnType<typeof sampleBackground>>,
): Promise<Findings> {
  const { portfolio } = context;
  const incumbent = await readIncumbent(context);
  const champion = incumbent.kind === 'champion' ? incumbent.champion : undefined;
  const judged = await readJudged(context, plan, champion);
  const rival = await rivalOf(incumbent, judged);
  const model = files.get(MODEL_FILE)!;
  const candidate: Candidate = {
    model,
    builder: createRowBuilder(portfolio.features, inputs),
    kernel: createKernelScorer(readScoringGraph(model)),
    inputs,
    background: decodeBackground(background.bytes, background.description),
    description: background.description,
  };
  return {
    intervals: intervalsOf(judged),
    line: calibrationLine(judged.pd, judged.bad) ?? null,
    comparison: compareWithChampion(judged, metrics, rival),
    shifts: await shiftsOf(context, plan, judged, rival, candidate),
    screens: screensOf(judged, portfolio),
    segments: segmentsOf(judged, portfolio),
    coverage: await coverOf(context, judged, candidate),
    footprint: await footprintOf(context, candidate),
    reversals: reversalsOf(portfolio, inputs, model, candidate.background),
    approved: await fewestApproved(portfolio, model, candidate.background),
  };
}

interface Candidate {
  readonly model: Uint8Array;
  readonly builder: ReturnType<typeof createRowBuilder>;
  readonly kernel: Scorer;
  readonly inputs: Converted['inputs'];
  readonly background: Float64Array;
  readonly description: Awaited<ReturnType<typeof sampleBackground>>['description'];
}

async function shiftsOf(
  context: Context,
  plan: Plan,
  judged: Judged,
  rival: Rival,
  { builder, kernel }: Candidate,
): Promise<Shifts> {
  const theirs = rival.kind === 'champion' ? rival.pd : new Float64Array();
  const both = [...theirs.keys()].filter((i) => !Number.isNaN(theirs[i]!));
  const pick = (pd: Float64Array) => Float64Array.from(both, (i) => pd[i]!);
  const champion = shiftOf(pick(judged.pd), pick(theirs));
  if (plan.testRole === 'TRAIN') return { champion, training: null };
  const request = { job: 'training-scores', role: 'TRAIN', rows: TRAINING_ROWS } as const;
  const sample = await sampleRows(context, plan, builder, request);
  const rows = new Float64Array(sample.length * builder.width);
  for (const [i, row] of sample.entries()) rows.set(row, i * builder.width);
  const { pd } = await kernel.score(rows);
  return { champion, training: shiftOf(judged.pd, pd) };
}

/** The reasons of those whom the cut-off that holds does not approve, as checkout would find them. */
async function coverOf(
  { portfolio }: Context,
  judged: Judged,
  { model, builder, kernel, inputs, background, description }: Candidate,
): Promise<Coverage> {
  const bundle = {
    manifest: { portfolio, inputs, policy: portfolio.policy, background: description },
    background,
  };
  const { contributions } = await createContributions(
    bundle,
    readScoringGraph(model),
    builder,
    kernel,
  );
  const policy = portfolio.policy.versions.at(-1)!;
  const adverse = judged.applications
    .filter((_, i) => judged.pd[i]! >= (judged.review_from[i] ?? Infinity))
    .slice(0, EXPLAINED);
  const { rows, unread } = rowsOf(builder, adverse);
  const each = adverse.flatMap((_, i) =>
    unread.includes(i)
      ? []
      : [contributions(rows.subarray(i * builder.width, (i + 1) * builder.width), policy)],
  );
  return coverageOf(portfolio.reasons, each);
}

async function footprintOf(
  { portfolio, clock }: Context,
  { model, background }: Candidate,
): Promise<Footprint> {
  const bytes = model.length;
  if (portfolio.gates.score_ms_at_most === undefined) return { bytes, ms: null, timed: 0 };
  const scorer = await createOnnxScorer(model);
  try {
    return { bytes, ...(await timeOf(scorer, background, clock)) };
  } finally {
    await scorer.close();
  }
}
