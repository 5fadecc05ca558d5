/** What a list of applications would be answered: scored and ruled, nothing decided, nothing recorded. */
import * as z from 'zod';
import { type Fault, pointerTo } from '../errors.ts';
import { RowError } from '../features/errors.ts';
import type { Log } from '../log.ts';
import type { Application, ServingModel } from '../serving/serving_model.ts';
import { readingOf } from './ruling.ts';

/** Applications of one list. */
export const MOST_APPLICATIONS = 100;

export const scoresAnswer = z
  .object({
    model_version: z.string().describe('Of the champion: one version for the whole list.'),
    policy_version: z.string(),
    scores: z
      .array(
        z.object({
          application_id: z.string().describe('The application’s own key, as it was sent.'),
          probability_of_default: z.number().min(0).max(1).describe('Calibrated.'),
          outcome: z
            .enum(['approve', 'review', 'decline'])
            .describe(
              'What the policy says of the request as it is; no other terms are looked for.',
            ),
        }),
      )
      .max(MOST_APPLICATIONS)
      .describe('In the order of the applications.'),
  })
  .meta({ title: 'Scores' });

export type ScoresAnswer = z.infer<typeof scoresAnswer>;

/**
 * Scores all applications in one batch of the kernel, which agrees with onnxruntime to 1e-6.
 * @param applications that the contract allows
 * @throws {RowError} naming the field for one that the features cannot read; `unreadable` says which
 */
export async function scoreAll(
  model: ServingModel,
  applications: readonly Application[],
  { at, log }: { readonly at: Date; readonly log: Log },
): Promise<ScoresAnswer> {
  const policy = model.policies.at(at);
  const key = model.manifest.portfolio.keys.application;
  const pds = await model.pds(applications);
  return {
    model_version: model.ref.version,
    policy_version: policy.document.version,
    scores: applications.map((application, i) => ({
      application_id: String(application[key]),
      probability_of_default: pds[i]!,
      outcome: policy.outcomeOf(readingOf(policy, model.read, application, log), pds[i]),
    })),
  };
}

/**
 * The same of a whole body as it came, in half the time.
 * @returns undefined where anything is wrong or unusual with it, or the model wants objects: then
 *   it is to be parsed, checked and given to `scoreAll`
 */
export function scoreBytes(
  model: ServingModel,
  body: Uint8Array,
  at: Date,
): ScoresAnswer | undefined {
  const list = model.scoreList(body, MOST_APPLICATIONS);
  if (!list) return undefined;
  const { ids, pds, values } = list;
  const policy = model.policies.at(at);
  return {
    model_version: model.ref.version,
    policy_version: policy.document.version,
    scores: ids.map((application_id, i) => ({
      application_id,
      probability_of_default: pds[i]!,
      outcome: policy.outcomeOf({ values: values[i]! }, pds[i]),
    })),
  };
}

/** What the features cannot read of a list, by JSON pointer into it. */
export async function unreadable(
  model: ServingModel,
  applications: readonly Application[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const [i, application] of applications.entries()) {
    try {
      await model.pds([application]);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      faults.push({ pointer: pointerTo([i, error.field]), problem: error.message });
    }
  }
  return faults;
}
