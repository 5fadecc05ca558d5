import * as z from 'zod';
import { type Candidate, candidateSchema } from '../../../shared/bundle/candidates.ts';
import { type Contender, choose } from '../candidates/choose.ts';
import { candidatesOf, measureCandidate, profitOf, tuneCandidate } from '../candidates/measure.ts';
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
    const { by, splits: count } = context.portfolio.model.selection!;
    const splits = await timeSplits(context, plan, count);
    const profits =
      by === 'profit'
        ? await Promise.all(splits.map((split) => profitOf(context, plan, split)))
        : [];
    const contenders: Contender[] = [];
    for (const candidate of candidatesOf(context.portfolio.model)) {
      const tuned = await tuneCandidate(context, plan, candidate, splits.at(-1)!);
      const figures = await measureCandidate(context, plan, tuned, splits, profits);
      contenders.push({ ...tuned, splits: figures });
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
    candidates.flatMap(({ name, model_type, options, splits, chosen, why }) =>
      splits.map(({ rows, ...figures }, i) => ({
        candidate: name,
        model_type,
        options: JSON.stringify(options),
        split: i + 1,
        applications: rows,
        ...figures,
        chosen,
        why,
      })),
    ),
  );
