/**
 * Decisions under an Idempotency-Key: the first one is kept, and every repetition is told the same.
 *
 * decide → keep it, only if there is none → publish its event → answer. Whoever finds one publishes
 * it before telling it, for its maker may have died in between; events of one id and content are one
 * in the view of decisions. Nothing is looked up first: most keys come once, and the conditional
 * write, which is needed anyway, says whether this one did.
 */
import type { DecisionEvent } from '../../shared/decision/decide.ts';
import { AppError, notFound, unavailable } from '../../shared/errors.ts';
import type { Answer } from '../../shared/http/handler.ts';
import { fingerprint } from '../../shared/idempotency/fingerprint.ts';
import type { KeptDecision, KeptDecisions } from '../../shared/idempotency/kept_decisions.ts';
import { isKeyedDecisionId, keyDigest, keyedDecisionId } from '../../shared/idempotency/key.ts';
import type { Log } from '../../shared/log.ts';
import type { RecordDecision } from './events.ts';

export interface KeyedRequest {
  readonly portfolio: string;
  readonly key: string;
  readonly body: unknown;
  readonly log: Log;
}

/** A decision, and what is answered of it. */
interface Made {
  readonly event: DecisionEvent;
  readonly answer: object;
}

/** Decides, under an id and with the digest of the key in the event. */
export type MakeDecision = (decisionId: string, keyDigest: string) => Promise<Made>;

export interface KeyedDecisions {
  /**
   * The first decision under the key, which may be this one.
   * @throws {AppError} 422 where the first was on another body; 503 while none can be kept
   */
  once(request: KeyedRequest, make: MakeDecision): Promise<Answer>;
  /** What was answered. @throws {AppError} 404 where no keyed decision has the id; 503 */
  find(portfolio: string, decisionId: string, log: Log): Promise<object>;
}

/** Ids that an instance remembers as published. */
const REMEMBERED = 10_000;

export function createKeyedDecisions(kept: KeptDecisions, record: RecordDecision): KeyedDecisions {
  const published = new Set<string>();
  const publish = async ({ event }: Made, log: Log): Promise<void> => {
    if (published.has(event.decision_id)) return;
    await record(event, log);
    published.add(event.decision_id);
    if (published.size > REMEMBERED) published.delete(published.values().next().value!);
  };
  return {
    async once({ portfolio, key, body, log }, make) {
      const id = keyedDecisionId(portfolio, key);
      let made: Made | undefined;
      let refusal: unknown;
      try {
        made = await make(id, keyDigest(key));
      } catch (error) {
        // A body that is refused now may have been decided on before the contract changed.
        refusal = error;
      }
      if (
        made &&
        (await kept.create(portfolio, id, { request_sha256: fingerprint(body), ...made }))
      ) {
        await publish(made, log);
        return { body: made.answer };
      }
      const first = await kept.read(portfolio, id);
      if (!first) throw refusal ?? expired();
      requireSame(body, first);
      await publish(first, log);
      return { body: first.answer, headers: { 'idempotent-replayed': 'true' } };
    },

    async find(portfolio, decisionId, log) {
      const found = isKeyedDecisionId(decisionId)
        ? await kept.read(portfolio, decisionId)
        : undefined;
      if (!found) throw notFound('No decision with an Idempotency-Key has this id.');
      await publish(found, log);
      return found.answer;
    },
  };
}

/** The draft has 422 for it; its 409 is for a first request under way, which here is waited for. */
function requireSame(body: unknown, first: KeptDecision): void {
  if (first.request_sha256 === fingerprint(body)) return;
  throw new AppError(
    'idempotency_key_reused',
    422,
    'The Idempotency-Key was used for another body. Take a new key for a new request.',
  );
}

/** Kept when it was to be created, and gone when it was to be read. */
const expired = (): AppError =>
  unavailable('The decision under the Idempotency-Key has just expired. Send it again.');
