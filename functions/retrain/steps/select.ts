import * as z from 'zod';
import { type Candidate, candidateSchema } from '../../../shared/bundle/candidates.ts';
import { blendSplits, describeBlend } from '../candidates/blend.ts';
import { type Contender, choose } from '../candidates/choose.ts';
import { measureSplit, type SplitPredictions } from '../candidates/figures.ts';
import { candidatesOf, predictSplits, profitOf, tuneCandidate } from '../candidates/measure.ts';
import { timeSplits } from '../candidates/splits.ts';
import type { Context } from '../context.ts';
import { keepRows } from '../keep.ts';
import type { Plan } from '../plan.ts';
import type { Step } from './step.ts';

/**
 * Chooses what to train from the candidates of model.json: each is trained on the past, several times,
 * and measured on what came next. Nothing here sees a row of the test, which stays an honest one.
 */
export const selectStep: Step<unknown, Candidate[]> = {
  name: 'select',
  result: z.array(candidateSchema).min(2),
  async run(context, plan) {
    const { model } = context.portfolio;
    const { by, splits: count } = model.selection!;
    const splits = await timeSplits(context, plan, count);
    const profits =
      by === 'profit'
        ? await Promise.all(splits.map((split) => profitOf(context, plan, split)))
        : [];
    const measured = (predictions: readonly SplitPredictions[]) =>
      predictions.map((split, i) => measureSplit(context.portfolio.calibration, split, profits[i]));
    const blends = model.blends ?? [];
    const blended = new Set(blends.flatMap(({ members }) => members));
    const said = new Map<string, SplitPredictions[]>();
    const contenders: Contender[] = [];
    for (const candidate of candidatesOf(model)) {
      const tuned = await tuneCandidate(context, plan, candidate, splits.at(-1)!);
      const predictions = await predictSplits(context, plan, tuned, splits);
      if (blended.has(tuned.name)) said.set(tuned.name, predictions);
      contenders.push({ ...tuned, splits: measured(predictions) });
    }
    for (const blend of blends) {
      const members = blend.members.map((name) => said.get(name)!);
      const predictions = blendSplits(blend.weights, members);
      contenders.push({ ...describeBlend(blend, members), splits: measured(predictions) });
    }
    const candidates = choose(contenders, by);
    await keepCandidates(context, plan, candidates);
    context.log.info('chosen', { candidate: candidates.find(({ chosen }) => chosen)!.name });
    return candidates;
  },
};

/** One row a candidate and split, for analysts. */
const keepCandidates = (context: Context, plan: Plan, candidates: readonly Candidate[]) =>
  keepRows(
    context,
    plan,
    'candidates',
    candidates.flatMap(({ name, model_type, options, members, splits, chosen, why }) =>
      splits.map(({ rows, ...figures }, i) => ({
        candidate: name,
        model_type,
        options: JSON.stringify(options),
        members: members && JSON.stringify(members),
        split: i + 1,
        applications: rows,
        ...figures,
        chosen,
        why,
      })),
    ),
  );
