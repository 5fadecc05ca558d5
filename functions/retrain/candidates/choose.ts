/** Which candidate serves: the best on average over the splits. */
import type { Candidate, SplitFigures } from '../../../shared/bundle/candidates.ts';
import type { ModelDocument } from '../../../shared/portfolio/model_document.ts';

export type Objective = NonNullable<ModelDocument['selection']>['by'];

/** A candidate with what it is made of by now, and how it did. */
export type Contender = Omit<Candidate, 'metrics' | 'chosen' | 'why'>;

const OBJECTIVES: Readonly<Record<Objective, { readonly sign: 1 | -1; readonly words: string }>> = {
  auc: { sign: 1, words: 'discrimination (AUC)' },
  log_loss: { sign: -1, words: 'truth of the probabilities (log loss)' },
  profit: { sign: 1, words: 'profit an application' },
};

/**
 * @param contenders the first wins among equals, and a blend of one never; all measured on the same splits
 * @returns the same, in their order, with what the choice rests on
 */
export function choose(contenders: readonly Contender[], by: Objective): Candidate[] {
  const { sign, words } = OBJECTIVES[by];
  const summed = contenders.map((contender) => ({
    contender,
    metrics: metricsOf(contender.splits),
  }));
  const worth = ({ metrics }: (typeof summed)[number]) => sign * metrics[by]!.mean;
  const best = summed
    .filter(({ contender }) => onlyMemberOf(contender) === undefined)
    .reduce((a, b) => (worth(b) > worth(a) ? b : a));
  const figure = (one: (typeof summed)[number]) => one.metrics[by]!.mean.toPrecision(5);
  return summed.map((one) => {
    const { splits } = one.contender;
    const chosen = one === best;
    const only = onlyMemberOf(one.contender);
    const why = chosen
      ? `Best by ${words}: ${figure(one)} on average over ${splits.length} splits in time.`
      : `By ${words} ${figure(one)}, where ${best.contender.name} has ${figure(best)}; ` +
        `ahead of it in ${ahead(one.contender, best.contender, by, sign)} of ${splits.length} splits.` +
        (only === undefined ? '' : ` No other member is worth a share: it is ${only}.`);
    return { ...one.contender, metrics: one.metrics, chosen, why };
  });
}

/** The member that has all the weight of a blend; undefined where several share it, and of what is no blend. */
function onlyMemberOf({ members }: Contender): string | undefined {
  const left = members?.filter(({ weight }) => weight > 0);
  return left?.length === 1 ? left[0]!.name : undefined;
}

const ahead = (one: Contender, best: Contender, by: Objective, sign: 1 | -1): number =>
  one.splits.filter((split, i) => sign * (split[by]! - best.splits[i]![by]!) > 0).length;

function metricsOf(splits: readonly SplitFigures[]): Candidate['metrics'] {
  const over = (figures: readonly number[]) => {
    const mean = figures.reduce((a, b) => a + b, 0) / figures.length;
    const squares = figures.reduce((sum, figure) => sum + (figure - mean) ** 2, 0);
    return { mean, spread: Math.sqrt(squares / Math.max(figures.length - 1, 1)) };
  };
  const profits = splits.flatMap(({ profit }) => (profit === null ? [] : [profit]));
  return {
    auc: over(splits.map(({ auc }) => auc)),
    log_loss: over(splits.map(({ log_loss }) => log_loss)),
    brier: over(splits.map(({ brier }) => brier)),
    profit: profits.length === splits.length ? over(profits) : null,
  };
}
