/** One decision: an application, what serves, and the policy, into an answer and the event that proves it. */
import { principalReasons } from '../explain/reasons.ts';
import { applyPolicy, type Outcome, type PolicyVerdict } from '../policy/policy.ts';
import type { PolicyDocument, PortfolioDocument, Reason } from '../portfolio/documents.ts';
import type { Deployment } from '../registry/deployment.ts';
import type { Application, Scored, ServingModel } from '../serving/serving_model.ts';
import { type Arm, armOf } from './arm.ts';

/** What serves, as far as a decision needs to know. */
export interface Candidates {
  readonly generation: number;
  readonly deployment: Deployment;
  readonly champion: ServingModel | undefined;
  readonly challenger: ServingModel | undefined;
  readonly shadows: readonly ServingModel[];
}

/** Knock-out rules and policy without a model: what is left when none can be asked. */
export interface PolicyOnly {
  readonly portfolio: PortfolioDocument;
  readonly policy: PolicyDocument;
  hits(application: Application): Record<string, boolean>;
}

/** A row of the table `decisions`, and what an auditor replays. */
export interface DecisionEvent {
  readonly decision_id: string;
  readonly portfolio: string;
  readonly application_id: string;
  readonly entity_id: string;
  readonly decided_at: string;
  readonly outcome: Outcome;
  readonly pd: number | null;
  readonly reasons: readonly Reason[];
  readonly arm: Arm | null;
  readonly model_version: string | null;
  readonly policy_version: string;
  readonly deployment_generation: number | null;
  /** Why no model was asked; null where one was. */
  readonly fallback: string | null;
  readonly scores: readonly ScoreRecord[];
  readonly rules: PolicyVerdict['rules'];
  /** The request as JSON. */
  readonly request: string;
}

interface ScoreRecord {
  readonly version: string;
  readonly role: Arm | 'shadow';
  readonly probability: number;
  readonly pd: number;
  /** The features as JSON. */
  readonly features: string;
}

export interface Occasion {
  readonly decisionId: string;
  readonly at: Date;
}

/** Decides with the model of the entity's arm; shadows are scored beside it and change nothing. */
export async function decide(
  application: Application,
  candidates: Candidates & { readonly champion: ServingModel },
  occasion: Occasion,
): Promise<DecisionEvent> {
  const { deployment, champion, challenger, shadows, generation } = candidates;
  const { keys } = champion.manifest.portfolio;
  const assigned = armOf(String(application[keys.entity]), deployment);
  const arm = assigned === 'challenger' && challenger ? assigned : 'champion';
  const model = arm === 'challenger' ? challenger! : champion;
  const scored = await model.score(application);
  const others = await Promise.all(
    shadows.map(async (shadow) => record(shadow, 'shadow', await shadow.score(application))),
  );
  const { policy } = model.manifest;
  const verdict = applyPolicy(policy, scored.pd, model.hits(application));
  return {
    ...identify(application, model.manifest.portfolio, occasion),
    outcome: verdict.outcome,
    pd: scored.pd,
    reasons: reasonsOf(verdict, model, scored),
    arm,
    model_version: model.manifest.version,
    policy_version: policy.version,
    deployment_generation: generation,
    fallback: null,
    scores: [record(model, arm, scored), ...others],
    rules: verdict.rules,
    request: JSON.stringify(application),
  };
}

/** Decides by policy alone: knock-outs still decline, everybody else is looked at by a person. */
export function decideWithoutModel(
  application: Application,
  { portfolio, policy, hits }: PolicyOnly,
  occasion: Occasion,
  why: string,
): DecisionEvent {
  const verdict = applyPolicy(policy, undefined, hits(application));
  return {
    ...identify(application, portfolio, occasion),
    outcome: verdict.outcome,
    pd: null,
    reasons: verdict.ruleReasons.length > 0 ? verdict.ruleReasons : [policy.fallback_reason],
    arm: null,
    model_version: null,
    policy_version: policy.version,
    deployment_generation: null,
    fallback: why,
    scores: [],
    rules: verdict.rules,
    request: JSON.stringify(application),
  };
}

function identify(application: Application, { id, keys }: PortfolioDocument, occasion: Occasion) {
  return {
    decision_id: occasion.decisionId,
    portfolio: id,
    application_id: String(application[keys.application]),
    entity_id: String(application[keys.entity]),
    decided_at: occasion.at.toISOString(),
  };
}

/**
 * A knock-out's reason is its rule; a cut-off's are the features that count most against the
 * applicant. An approval needs none.
 */
function reasonsOf(verdict: PolicyVerdict, model: ServingModel, scored: Scored): readonly Reason[] {
  if (verdict.outcome === 'approve') return [];
  if (verdict.ruleReasons.length > 0) return verdict.ruleReasons.slice(0, 4);
  return principalReasons(model.manifest.reasons, model.contributions(scored.row));
}

const record = (model: ServingModel, role: ScoreRecord['role'], scored: Scored): ScoreRecord => ({
  version: model.manifest.version,
  role,
  probability: scored.probability,
  pd: scored.pd,
  features: JSON.stringify(scored.features),
});
