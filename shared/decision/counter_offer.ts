/** Asks the model and the policy what they would say to less than was asked. */
import type { Log } from '../log.ts';
import {
  bestOffer,
  type Candidate,
  candidatesOf,
  isCurable,
  type Offer,
} from '../policy/counter_offer.ts';
import type { Policy, Verdict } from '../policy/policy.ts';
import type { Application, ServingModel } from '../serving/serving_model.ts';

/** An offer, and among how many candidates it was found. */
export interface FoundOffer extends Offer {
  readonly tried: number;
}

/**
 * The best counter-offer to an adverse verdict; undefined where the policy makes none, or none would be
 * approved. Whatever goes wrong, the verdict stands: it is logged, and there is no offer.
 */
export async function findOffer(
  application: Application,
  verdict: Verdict,
  policy: Policy,
  model: ServingModel,
  log: Log,
): Promise<FoundOffer | undefined> {
  const offers = policy.document.counter_offers;
  const { policy_columns: columns, contract, version } = model.manifest;
  if (verdict.outcome === 'approve' || !offers?.instead_of.includes(verdict.outcome))
    return undefined;
  if (!isCurable(verdict, offers, columns)) return undefined;
  try {
    const candidates = candidatesOf(application, offers, contract);
    const offer = bestOffer(await judged(candidates, model), policy, offers, columns);
    return offer && { ...offer, tried: candidates.length };
  } catch (error) {
    log.error('no counter-offer could be found', { version }, error);
    return undefined;
  }
}

/** All candidates in one batch. */
async function judged(candidates: readonly Candidate[], model: ServingModel) {
  if (candidates.length === 0) return [];
  const pds = await model.pds(candidates.map(({ request }) => request));
  return candidates.map((candidate, i) => ({
    ...candidate,
    reading: model.read(candidate.request),
    pd: pds[i]!,
  }));
}
