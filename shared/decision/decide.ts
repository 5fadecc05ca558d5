/** One decision: an application, what serves, and the policy, into an answer and the event that proves it. */
import { type Arm, type ArmReason, assign } from '../arms/arm.ts';
import type { Guard } from '../arms/guard.ts';
import type { Timing } from '../http/timing.ts';
import type { Log } from '../log.ts';
import type { Reader } from '../policy/columns.ts';
import type { Outcome, Verdict } from '../policy/policy.ts';
import type { Policies } from '../policy/versions.ts';
import type { PortfolioDocument, Reason } from '../portfolio/documents.ts';
import type { Deployment } from '../registry/deployment.ts';
import type { EngineName } from '../serving/engine.ts';
import type { Application, Scored, ServingModel } from '../serving/serving_model.ts';
import { findOffer } from './counter_offer.ts';
import { reasonsOf } from './reasons.ts';
import { type CounterOfferRecord, describe, offerRecord, readingOf } from './ruling.ts';

/** What serves, as far as a decision needs to know. */
export interface Candidates {
  readonly generation: number;
  readonly deployment: Deployment;
  readonly champion: ServingModel | undefined;
  readonly challenger: ServingModel | undefined;
  /** Watches the challenger; there is none without. */
  readonly guard?: Guard | undefined;
  readonly shadows: readonly ServingModel[];
}

/** The policy without a model: what is left when none can be asked. */
export interface PolicyOnly {
  readonly portfolio: PortfolioDocument;
  readonly policies: Policies;
  readonly read: Reader;
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
  /** Why that arm; null where no model was asked. */
  readonly arm_reason: ArmReason | null;
  /** The challenger's share then, and the entity's bucket; null without a challenger. */
  readonly arm_share: number | null;
  readonly arm_bucket: number | null;
  readonly model_version: string | null;
  readonly policy_version: string;
  /** Of all that can change what the policy says. */
  readonly policy_sha256: string;
  readonly deployment_generation: number | null;
  /** Why no model was asked; null where one was. */
  readonly fallback: string | null;
  readonly scores: readonly ScoreRecord[];
  /** Every rule, limit, segment and band of the policy with what was found. */
  readonly rules: Verdict['rules'];
  /** Money of the plan as it was asked, in `currency`; null where no model was asked. */
  readonly expected_loss: number | null;
  readonly expected_profit: number | null;
  readonly currency: string | null;
  readonly counter_offer: CounterOfferRecord | null;
  /** The request as JSON. */
  readonly request: string;
  /** SHA-256 of the caller's Idempotency-Key, in hexadecimal; null where it sent none. */
  readonly idempotency_key_sha256: string | null;
}

interface ScoreRecord {
  readonly version: string;
  readonly role: Arm | 'shadow';
  readonly probability: number;
  readonly pd: number;
  readonly engine: EngineName;
  /** The features as JSON. */
  readonly features: string;
}

export interface Occasion {
  readonly decisionId: string;
  readonly at: Date;
  readonly log: Log;
  /** SHA-256 of the caller's Idempotency-Key, where it sent one. */
  readonly keyDigest?: string | undefined;
  /** Told of the phases of the decision. */
  readonly timing?: Timing;
}

/**
 * Decides with the model of the entity's arm; shadows are scored beside it and change nothing.
 * @throws {RowError} naming the field for an application that the champion cannot read
 */
export async function decide(
  application: Application,
  candidates: Candidates & { readonly champion: ServingModel },
  occasion: Occasion,
): Promise<DecisionEvent> {
  const { log, timing } = occasion;
  const asked = await askArm(application, candidates, occasion);
  const { arm, model, scored } = asked;
  let shadows: readonly ScoreRecord[] = [];
  if (candidates.shadows.length > 0) {
    timing?.enter('shadows');
    shadows = await askShadows(application, candidates.shadows, log);
  }
  timing?.enter('policy');
  const policy = model.policies.at(occasion.at);
  const verdict = policy.apply(readingOf(policy, model.read, application, log), scored.pd);
  const offer =
    verdict.outcome === 'approve'
      ? undefined
      : await findOffer(application, verdict, policy, model, log);
  timing?.enter('explain');
  const reasons = reasonsOf(verdict, policy, model.manifest.reasons, () =>
    model.contributions(scored.row, policy.document),
  );
  return {
    ...identify(application, model.manifest.portfolio, occasion),
    outcome: offer ? 'counter_offer' : verdict.outcome,
    pd: scored.pd,
    reasons,
    arm,
    arm_reason: asked.reason,
    arm_share: asked.share,
    arm_bucket: asked.bucket,
    model_version: model.manifest.version,
    ...describe(policy, verdict),
    counter_offer: offer ? offerRecord(verdict.outcome, offer) : null,
    deployment_generation: candidates.generation,
    fallback: null,
    scores: [record(model, arm, scored), ...shadows],
    request: JSON.stringify(application),
  };
}

/**
 * The challenger for its share of the entities; the champion for the others, and where the
 * challenger is out or fails.
 */
async function askArm(
  application: Application,
  { deployment, champion, challenger, guard }: Candidates & { readonly champion: ServingModel },
  { at, log, timing }: Occasion,
) {
  const entity = String(application[champion.manifest.portfolio.keys.entity]);
  const { arm, share, bucket, control } = assign(entity, deployment, at);
  const byChampion = async (reason: ArmReason) => {
    const asked = await ask('champion', champion, application, log, timing);
    if (control) guard?.compare(asked.scored.pd);
    return { ...asked, reason, share, bucket };
  };
  if (arm === 'champion') return byChampion(share === null ? 'champion_only' : 'bucket');
  if (!challenger) return byChampion('challenger_missing');
  if (guard?.trip) return byChampion('guard');
  try {
    const run = () => ask('challenger', challenger, application, log, timing);
    const asked = await (guard ? guard.watch(run) : run());
    return { ...asked, reason: 'bucket' as const, share, bucket };
  } catch (error) {
    const { version } = challenger.manifest;
    log.error('the challenger failed; the champion decides', { version }, error);
    return byChampion('challenger_failed');
  }
}

const ask = async (
  arm: Arm,
  model: ServingModel,
  application: Application,
  log: Log,
  timing: Timing | undefined,
) => ({
  arm,
  model,
  scored: await model.score(application, log, timing),
});

/** What shadows say, without those that fail. */
async function askShadows(
  application: Application,
  shadows: readonly ServingModel[],
  log: Log,
): Promise<ScoreRecord[]> {
  const said = await Promise.all(shadows.map((shadow) => askShadow(application, shadow, log)));
  return said.flat();
}

async function askShadow(
  application: Application,
  shadow: ServingModel,
  log: Log,
): Promise<ScoreRecord[]> {
  try {
    return [record(shadow, 'shadow', await shadow.score(application, log))];
  } catch (error) {
    log.error('a shadow failed', { version: shadow.manifest.version }, error);
    return [];
  }
}

/**
 * Decides by policy alone: knock-outs still decline, everybody else is looked at by a person.
 * @param obstacle why no model is asked, and the generation of the deployment that says so, if any
 */
export function decideWithoutModel(
  application: Application,
  { portfolio, policies, read }: PolicyOnly,
  occasion: Occasion,
  obstacle: { readonly why: string; readonly generation: number | null },
): DecisionEvent {
  const policy = policies.at(occasion.at);
  const verdict = policy.apply(readingOf(policy, read, application, occasion.log), undefined);
  return {
    ...identify(application, portfolio, occasion),
    outcome: verdict.outcome,
    pd: null,
    reasons: reasonsOf(verdict, policy, { reasons: [] }, () => ({})),
    arm: null,
    arm_reason: null,
    arm_share: null,
    arm_bucket: null,
    model_version: null,
    ...describe(policy, verdict),
    counter_offer: null,
    deployment_generation: obstacle.generation,
    fallback: obstacle.why,
    scores: [],
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
    idempotency_key_sha256: occasion.keyDigest ?? null,
  };
}

const record = (model: ServingModel, role: ScoreRecord['role'], scored: Scored): ScoreRecord => ({
  version: model.manifest.version,
  role,
  probability: scored.probability,
  pd: scored.pd,
  engine: scored.engine,
  features: JSON.stringify(scored.features),
});
