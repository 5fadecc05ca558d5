/**
 * What a caller is told of a decision: the one source of the answer's type, of what openapi.json
 * says of it, and of what the contract test holds. Additive only: fields are added, never renamed,
 * removed or given another type.
 */
import * as z from 'zod';
import type { DecisionEvent } from './decide.ts';

/** What an adverse outcome tells the applicant. */
export const reasonAnswer = z.object({
  code: z.string().describe('Stable: what letters and translations are keyed by.'),
  text: z.string().describe('In words that a customer understands.'),
});

export const outcomeAnswer = z
  .enum(['approve', 'review', 'decline', 'counter_offer'])
  .describe(
    'review: a person decides. counter_offer: not what was asked, but less would be approved. ' +
      'A word that a client does not know is no approval.',
  );

/** Less than was asked, which would be approved. */
export const counterOfferAnswer = z.object({
  terms: z
    .array(
      z.object({
        field: z.string().describe('A field of the application.'),
        asked: z.number(),
        offered: z.number().describe('Never more than was asked.'),
      }),
    )
    .min(1)
    .describe(
      'Asked again with these fields as they are offered, and with what the checkout derives from them, it would be approved now.',
    ),
});

export const decisionAnswer = z
  .object({
    decision_id: z.string().describe('Under which the decision is on record.'),
    application_id: z.string().describe('The application’s own key, as it was sent.'),
    decided_at: z.iso.datetime(),
    outcome: outcomeAnswer,
    probability_of_default: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe('Calibrated; null where no model could be asked and the policy alone decided.'),
    reasons: z
      .array(reasonAnswer)
      .max(4)
      .describe('The principal reasons, strongest first; none for an approval.'),
    counter_offer: counterOfferAnswer
      .nullable()
      .describe('What is offered where the outcome is counter_offer; null otherwise.'),
    model_version: z.string().nullable().describe('The version that decided, if one did.'),
    policy_version: z.string(),
    arm: z
      .enum(['champion', 'challenger'])
      .nullable()
      .describe('Whose turn it was; null where no model could be asked.'),
  })
  .meta({
    title: 'Decision',
    examples: [
      {
        decision_id: 'f217ca55-4b46-46ec-928f-643079e17bcb',
        application_id: 'txn_0587479003',
        decided_at: '2026-11-21T05:47:41.664Z',
        outcome: 'decline',
        probability_of_default: 0.4412,
        reasons: [{ code: 'M05', text: 'You paid earlier instalments late or missed them.' }],
        counter_offer: null,
        model_version: 'v20261121_000000',
        policy_version: '2026-11-01',
        arm: 'champion',
      },
    ],
  });

export type DecisionAnswer = z.infer<typeof decisionAnswer>;

/** The event without what is only the lender's to know. */
export const answerOf = (event: DecisionEvent): DecisionAnswer => ({
  decision_id: event.decision_id,
  application_id: event.application_id,
  decided_at: event.decided_at,
  outcome: event.outcome,
  probability_of_default: event.pd,
  reasons: [...event.reasons],
  counter_offer: event.counter_offer && { terms: [...event.counter_offer.terms] },
  model_version: event.model_version,
  policy_version: event.policy_version,
  arm: event.arm,
});
