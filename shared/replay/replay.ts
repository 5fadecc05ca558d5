/** One recorded decision, decided again: by whom it was, to the bit, or by somebody else. */
import { BundleError } from '../bundle/bundle.ts';
import type { Outcome } from '../policy/policy.ts';
import { armDifferences, type DeploymentAt } from './arms.ts';
import { differencesOf } from './compare.ts';
import type { Decider, Deciders, PolicySource, Redone } from './deciders.ts';
import { nameOf, RecordError, type Recorded, readRecorded } from './recorded.ts';

type Row = Readonly<Record<string, unknown>>;

/** A decision that could not be made again. */
export interface Failed {
  readonly kind: 'failed';
  readonly decisionId: string;
  readonly why: string;
}

export interface Again {
  readonly kind: 'again';
  readonly decisionId: string;
  /** None: outcome, probabilities, features, reasons and policy came out with the same bits. */
  readonly differences: readonly string[];
  /** Whether the deployment of that moment could be read, and its arm be held against the record. */
  readonly armChecked: boolean;
}

/** Decides again with the version and the policy that decided. */
export function decideAgain(
  row: Row,
  deciders: Deciders,
  deploymentAt: DeploymentAt,
): Promise<Again | Failed> {
  return orFailed(row, async (recorded) => {
    const decider = await deciders.of(recorded.version);
    const differences = await againBy(decider, recorded);
    const arms = await armDifferences(recorded, deploymentAt);
    return {
      kind: 'again',
      decisionId: recorded.decisionId,
      differences: [...differences, ...(arms ?? [])],
      armChecked: arms !== undefined,
    };
  });
}

/** No record says by which code onnxruntime was run; it came out again if by either. */
async function againBy(decider: Decider, recorded: Recorded): Promise<string[]> {
  const { event } = await decider.decide(recorded);
  const differences = differencesOf(recorded, event);
  if (differences.length === 0) return differences;
  const once = await decider.decideAsOnce(recorded);
  return once && differencesOf(recorded, once.event).length === 0 ? [] : differences;
}

/** Who decides in place of those who did; whatever is undefined stays as it was. */
export interface Other {
  readonly version: string | undefined;
  readonly policy: PolicySource | undefined;
}

/**
 * What alone would have led to the new outcome: the new model under the old policy, the new policy on the
 * old model, either of them, or only both together. `record`: neither is new, so that the record
 * itself does not replay. `unknown`: the version that decided cannot be used any more.
 */
export type Cause = 'model' | 'policy' | 'either' | 'together' | 'record' | 'unknown';

export interface Moved {
  readonly kind: 'moved';
  readonly from: Outcome;
  readonly to: Outcome;
  /** Undefined where the outcome is the same. */
  readonly cause: Cause | undefined;
  readonly before: Figures;
  readonly now: Figures;
  /** Exposure at default of what was asked, in the currency of now; null where it is not known. */
  readonly amount: number | null;
}

/** Of a decision; null where no model was asked. */
export interface Figures {
  readonly pd: number | null;
  readonly currency: string | null;
  readonly expected_loss: number | null;
  readonly expected_profit: number | null;
}

/** Decides again with another version, another policy, or both. */
export function decideOtherwise(
  row: Row,
  deciders: Deciders,
  other: Other,
): Promise<Moved | Failed> {
  return orFailed(row, async (recorded) => {
    const version = other.version ?? recorded.version;
    const decider = await deciders.of(version, other.policy);
    const now = await decider.decide(recorded);
    const from = recorded.outcome;
    const to = now.event.outcome;
    return {
      kind: 'moved',
      from,
      to,
      cause: from === to ? undefined : await causeOf(recorded, now, deciders, decider.source),
      before: {
        pd: recorded.pd,
        currency: textOrNull(recorded.row.currency),
        expected_loss: numberOrNull(recorded.row.expected_loss),
        expected_profit: numberOrNull(recorded.row.expected_profit),
      },
      now: now.event,
      amount: now.amount,
    };
  });
}

/** Decides with one side new at a time. */
async function causeOf(
  recorded: Recorded,
  now: Redone,
  deciders: Deciders,
  newPolicy: PolicySource,
): Promise<Cause> {
  const { outcome, model_version: version, policy_sha256 } = now.event;
  const sameModel = version === recorded.version;
  const samePolicy = policy_sha256 === recorded.row.policy_sha256;
  if (sameModel && samePolicy) return 'record';
  if (sameModel) return 'policy';
  if (samePolicy) return 'model';
  try {
    const { source: oldPolicy } = await deciders.of(recorded.version);
    const outcomeOf = async (side: string | null, policy: PolicySource) =>
      (await (await deciders.of(side, policy)).decide(recorded)).event.outcome;
    const byModel = (await outcomeOf(version, oldPolicy)) === outcome;
    const byPolicy = (await outcomeOf(recorded.version, newPolicy)) === outcome;
    if (byModel && byPolicy) return 'either';
    return byModel ? 'model' : byPolicy ? 'policy' : 'together';
  } catch (error) {
    if (error instanceof BundleError || error instanceof RecordError) return 'unknown';
    throw error;
  }
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A record that is damaged, or whose version cannot be used, is named, and the rest goes on. */
async function orFailed<T>(
  row: Row,
  replay: (recorded: Recorded) => Promise<T>,
): Promise<T | Failed> {
  try {
    return await replay(readRecorded(row));
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof BundleError)) throw error;
    return { kind: 'failed', decisionId: nameOf(row), why: error.message };
  }
}
