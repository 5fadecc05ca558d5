/** Why a version answers as it does: its decision, taken apart. Nothing is decided and nothing recorded. */
import * as z from 'zod';
import type { Guard } from '../arms/guard.ts';
import type { Counterfactual } from '../explain/counterfactual.ts';
import type { PolicyVersion } from '../policy/document.ts';
import type { ReasonsDocument } from '../portfolio/documents.ts';
import type { Application, Scored, ServingModel } from '../serving/serving_model.ts';
import { answerOf, decisionAnswer, reasonAnswer } from './answer.ts';
import { type Candidates, decide, type Occasion } from './decide.ts';

const logOdds = z.number().describe('In log-odds of default.');
const feature = z.union([z.number(), z.string(), z.boolean(), z.null()]);

const contributionAnswer = z.object({
  feature: z.string(),
  value: feature.describe('What the model read; null is missing.'),
  contribution: logOdds,
  reason: z.string().nullable().describe('Code of the reason that it stands for.'),
});

const ruleAnswer = z.object({
  rule: z.string().describe('Its name; of a band, <cut-off>.review or <cut-off>.decline.'),
  kind: z.enum(['rule', 'limit', 'segment', 'band', 'profit']),
  state: z.enum(['hit', 'not_hit', 'error']),
  hit: z.boolean(),
  figure: z.number().nullable().describe('What was compared, …'),
  threshold: z.number().nullable().describe('… and with what.'),
});

const factorAnswer = reasonAnswer.extend({
  features: z.array(z.string()).describe('More than one: they are one reason, and are summed.'),
  contribution: logOdds,
});

const counterfactualAnswer = z
  .object({
    changes: z
      .array(
        z.object({
          field: z.string().describe('Of the application.'),
          from: feature,
          to: feature,
          text: z.string().describe('What to do, in words that a customer understands.'),
        }),
      )
      .max(3)
      .nullable()
      .describe('The smallest change found that this version and policy approve; all together.'),
    probability_of_default: z.number().nullable().describe('After the changes.'),
    complete: z
      .boolean()
      .describe('False where the search ended before every smaller change was tried.'),
    why: z
      .enum(['approved', 'none', 'limit', 'no_trees'])
      .nullable()
      .describe(
        'Why there are no changes: approved as it is; none was found; the search was ended; a linear model has no thresholds to search by.',
      ),
  })
  .describe('What a person could change of the application to be approved.');

const ofDecision = decisionAnswer.pick({
  application_id: true,
  outcome: true,
  probability_of_default: true,
  reasons: true,
  counter_offer: true,
  policy_version: true,
});

export const explanationAnswer = z
  .object({
    ...ofDecision.shape,
    model_version: z.string(),
    role: z.enum(['champion', 'challenger', 'shadow']),
    rules: z
      .array(ruleAnswer)
      .describe('Every rule, limit, segment and band of the policy with what was found.'),
    expected_loss: z.number().nullable().describe('Of the plan as it was asked, in `currency`.'),
    expected_profit: z.number().nullable(),
    currency: z.string().nullable(),
    units: z
      .literal('log_odds')
      .describe(
        'Of base_value, contributions and margin: natural logarithm of the odds of default.',
      ),
    base_value: logOdds.describe('The margin of the reference population.'),
    contributions: z
      .array(contributionAnswer)
      .describe('What each feature adds (exact Shapley values), the weightiest first.'),
    margin: logOdds.describe(
      'base_value plus all contributions; probability = 1 / (1 + e^−margin).',
    ),
    probability: z.number().describe('The model’s own, before it is calibrated.'),
    factors: z
      .array(factorAnswer)
      .describe('Every reason with what its features add together, the most adverse first.'),
    reference_population: z.string().describe('Whom the applicant is compared with.'),
    counterfactual: counterfactualAnswer,
  })
  .meta({ title: 'Explanation' });

export type ExplanationAnswer = z.infer<typeof explanationAnswer>;

/** Evaluations of a changed application: some tens of milliseconds. Of BNPL few need as many. */
const MOST_EVALUATIONS = 4000;

/**
 * Explains what `decide` would answer: the version of the entity's arm, unless one is chosen.
 * @param chosen one of the candidates
 * @throws {RowError} naming the field for an application that the version cannot read
 */
export async function explain(
  application: Application,
  candidates: Candidates,
  chosen: ServingModel | undefined,
  occasion: Omit<Occasion, 'decisionId'>,
): Promise<ExplanationAnswer> {
  const champion = chosen ?? candidates.champion!;
  const deciding = {
    ...candidates,
    champion,
    challenger: chosen ? undefined : candidates.challenger,
    guard: unwatched(candidates.guard),
    shadows: [],
  };
  const event = await decide(application, deciding, { ...occasion, decisionId: '' });
  const model = event.model_version === champion.ref.version ? champion : deciding.challenger!;
  const scored = await model.score(application, occasion.log);
  const { document } = model.policies.at(occasion.at);
  const { decision_id: _, decided_at: __, arm: ___, ...answer } = answerOf(event);
  return {
    ...answer,
    model_version: model.ref.version,
    role: roleOf(model, candidates),
    rules: [...event.rules],
    expected_loss: event.expected_loss,
    expected_profit: event.expected_profit,
    currency: event.currency,
    ...takenApart(model, scored, document),
    probability: event.scores[0]!.probability,
    reference_population: document.reference_population.text,
    counterfactual: changesOf(
      await model.counterfactual(application, occasion.at, MOST_EVALUATIONS),
    ),
  };
}

/** A guard that stands by what it found and learns nothing: an explanation is no evidence. */
const unwatched = (guard: Guard | undefined): Guard | undefined =>
  guard && { trip: guard.trip, watch: (run) => run(), compare: () => {} };

function roleOf(model: ServingModel, { champion, challenger }: Candidates) {
  if (model === champion) return 'champion';
  return model === challenger ? 'challenger' : 'shadow';
}

function takenApart(model: ServingModel, { row, features }: Scored, policy: PolicyVersion) {
  const { reasons } = model.manifest.reasons;
  const added = model.contributions(row, policy);
  const base_value = model.baseline(policy);
  const contributions = Object.entries(added)
    .map(([name, contribution]) => ({
      feature: name,
      value: features[name] ?? null,
      contribution,
      reason: reasons.find((reason) => reason.features.includes(name))?.code ?? null,
    }))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return {
    units: 'log_odds' as const,
    base_value,
    contributions,
    margin: contributions.reduce((sum, { contribution }) => sum + contribution, base_value),
    factors: factorsOf(reasons, added),
  };
}

const factorsOf = (
  reasons: ReasonsDocument['reasons'],
  added: Readonly<Record<string, number>>,
): ExplanationAnswer['factors'] =>
  reasons
    .map(({ code, text, features }) => ({
      code,
      text,
      features: [...features],
      contribution: features.reduce((sum, name) => sum + (added[name] ?? 0), 0),
    }))
    .sort((a, b) => b.contribution - a.contribution);

const changesOf = (found: Counterfactual): ExplanationAnswer['counterfactual'] =>
  found.changes
    ? {
        changes: [...found.changes],
        probability_of_default: found.pd,
        complete: found.complete,
        why: null,
      }
    : {
        changes: null,
        probability_of_default: null,
        complete: found.why !== 'limit',
        why: found.why,
      };
